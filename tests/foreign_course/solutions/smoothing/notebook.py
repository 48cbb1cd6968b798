# %% [markdown]
# # Smoothing
# NumPy alone, and an answer in words.

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np


# %% nbgrader={"grade_id": "smooth", "solution": true}
def smooth(signal, width):
    """The mean of every `width` neighbours of a signal."""
    ### BEGIN SOLUTION
    return np.convolve(signal, np.ones(width) / width, mode="valid")
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_smooth", "grade": true, "points": 4}
assert np.allclose(smooth(np.array([1.0, 3.0, 5.0]), 2), [2, 4]), "the means of 1, 3, 5 are 2, 4"

# %% [markdown] nbgrader={"grade_id": "written_edges", "grade": true, "solution": true, "points": 2}
# At the edges there are no neighbours.
