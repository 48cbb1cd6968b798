"""What compares an array with the expected one in the visible checks."""

import numpy as np


# included from here on
def expect_values(got, want, *, err_msg, rtol=1e-7, atol=0.0):
    """Raise `AssertionError` unless all values agree; say what was expected and what came."""
    shapes = np.shape(want), getattr(got, "shape", type(got).__name__)
    if shapes[0] != shapes[1]:
        raise AssertionError(f"{err_msg}\nexpected shape {shapes[0]}, you returned {shapes[1]}")
    got, want = np.asarray(got), np.asarray(want)
    wrong = ~np.isclose(got, want, rtol=rtol, atol=atol)
    if wrong.any():
        at = tuple(np.argwhere(wrong)[0].tolist())
        said = f"{err_msg}\nat {list(at)} expected {want[at]:.9g}, you returned {got[at]:.9g}"
        if want.size <= 12:
            said += f"\nexpected     {want.round(4).tolist()}"
            said += f"\nyou returned {got.round(4).tolist()}"
        raise AssertionError(
            f"{said}\n{wrong.sum()} of {want.size} values differ, of shape {want.shape}"
        )
