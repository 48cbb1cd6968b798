"""Checks of plain Python, without any array."""

from autograder.checks.checking import agree, checking

WORDS = ["the", "cat", "saw", "a", "dog", "and", "an", "owl"]


def draw(rng, count):
    return " ".join(WORDS[index] for index in rng.integers(len(WORDS), size=count))


def test_count_words(student, reference, rng):
    text = draw(rng, 40)
    with checking("every word is counted", hint="split the text at blanks"):
        agree(student.count_words(text), reference.count_words(text))
    with checking("a text without words has no counts"):
        agree(student.count_words("  "), {})


def test_common_words(student, reference, rng):
    texts = draw(rng, 6), draw(rng, 6)
    with checking("the words of both texts come back as a set"):
        agree(student.common_words(*texts), reference.common_words(*texts))


def test_common_words_untouched(student, reference, rng):
    with checking("texts without a common word share none"):
        agree(student.common_words("a b", "c d"), set())
