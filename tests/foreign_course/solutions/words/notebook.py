# %% [markdown]
# # Words
# Plain Python: texts, dicts and sets, and a file that lies beside the notebook.

# %% nbgrader={"grade_id": "setup", "locked": true}
from pathlib import Path

TEXT = Path("text.txt").read_text()


# %% nbgrader={"grade_id": "count_words", "solution": true}
def count_words(text):
    """A dict with how often each word stands in a text."""
    ### BEGIN SOLUTION
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_count_words", "grade": true, "points": 2}
assert count_words(TEXT)["the"] == 4, "the text has four times the word `the`"


# %% nbgrader={"grade_id": "common_words", "solution": true}
def common_words(first, second):
    """The set of the words that two texts share."""
    ### BEGIN SOLUTION
    return set(count_words(first)) & set(count_words(second))
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_common_words", "grade": true, "points": 1.5}
assert common_words("a b", "b c") == {"b"}, "`a b` and `b c` share the word `b`"

# %% nbgrader={"grade_id": "test_common_words_untouched", "grade": true, "points": 0.5}
assert common_words("", "") == set(), "no words, and none in common"
