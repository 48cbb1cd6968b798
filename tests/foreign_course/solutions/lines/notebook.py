# %% [markdown]
# # Lines
# A library of the kind that takes long to import.

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np
from sklearn.linear_model import LinearRegression


# %% nbgrader={"grade_id": "line_through", "solution": true}
def line_through(x, y):
    """The slope and the intercept of the line that fits points best."""
    ### BEGIN SOLUTION
    model = LinearRegression().fit(x.reshape(-1, 1), y)
    return float(model.coef_[0]), float(model.intercept_)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_line_through", "grade": true, "points": 3}
got = line_through(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
assert np.allclose(got, [2, 1]), f"expected slope 2 and intercept 1, you returned {got}"
