"""What `solutions/NAME/checks.py` is written with.

A trusted check is a function `(student, reference, rng)` named after the test cell it grades. It
calls the student's functions and the reference's on the same inputs and compares:

    def test_conv2d_forward_stride(student, reference, rng):
        x, w, b = ...
        with checking("a stride of 2 moves the window by two", hint="is `stride` used for rows?"):
            want = reference.conv2d_forward(x, w, b, stride=2)
            agree(student.conv2d_forward(x, w, b, stride=2), want)

It returns nothing when all is well. A failure names the property and the hint and nothing else,
so that a message never carries a hidden input or an answer out to the student.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from autograder.course.errors import CheckFailed, StudentError
from autograder.wire.changes import MODES

# Relative to the largest value of the answer: loose enough for any order of summation in that
# precision, and far below what any real mistake changes.
TOLERANCE = {
    np.dtype(np.float64): 1e-8,
    np.dtype(np.float32): 1e-4,
    np.dtype(np.float16): 1e-2,
}

# What `agree` compares, in words.
COMPARED = (
    "numbers, texts, bytes, booleans, None, NumPy arrays, and tuples, lists, dicts and sets of them"
)
# A message may say more than it must; one that names every number explains nothing.
MORE_NUMBERS = 20


@contextmanager
def checking(prop: str, hint: str = "") -> Iterator[None]:
    """Name the property that the comparisons inside establish.

    Any disagreement, and any exception from the student's function, is reported as this property
    failing, with `hint`.
    """
    try:
        yield
    except StudentError as error:
        raise CheckFailed(f"{prop}: your function raised {_safe_kind(error.kind)}", hint) from None
    except CheckFailed as failure:
        raise CheckFailed(f"{prop}: {failure.prop}", failure.hint or hint) from None


def agree(got: Any, want: Any, *, tolerance: float | None = None) -> None:
    """Raise `CheckFailed` unless `got` equals `want` in type, shape, dtype and values.

    Arrays agree when every value is within the tolerance of the reference, relative to the
    reference's largest magnitude, or to 1 where that is smaller; NaN agrees with nothing. Integers
    must be integers, and are compared exactly, as are texts, bytes, `None` and what is in a set.
    Tuples and lists are compared item by item, and may stand for each other; of dicts the keys
    must be the same, in any order, and their values agree.

    got : what the student's function returned
    want : what is right; a `TypeError` says so where it is of another kind than those above
    tolerance : in place of what the dtype of an array or a number asks for, see `TOLERANCE`; a
        `ValueError` says so where every value would be within it
    """
    if tolerance is not None and not 0 <= tolerance < 1:
        raise ValueError(f"with tolerance={tolerance} agree() takes 0 for the largest value")
    if isinstance(want, np.ndarray):
        _agree_array(got, want, tolerance)
    elif isinstance(want, tuple | list):
        _agree_sequence(got, want, tolerance)
    elif isinstance(want, dict):
        _agree_dict(got, want, tolerance)
    elif isinstance(want, set | frozenset):
        _agree_set(got, want)
    elif isinstance(want, bool | str | bytes | type(None)):
        if type(got) is not type(want) or got != want:
            raise CheckFailed("another value came back")
    elif isinstance(want, int | np.integer):
        _agree_integer(got, want)
    elif isinstance(want, float | np.floating):
        _agree_number(got, want, tolerance)
    else:
        raise TypeError(
            f"agree() compares {COMPARED}, and no {type(want).__name__}; what is right stands "
            "second in it"
        )


def alike(
    got: Any, want: np.ndarray, slips: Mapping[str, Callable[[], np.ndarray]] | None = None
) -> None:
    """Raise `CheckFailed` unless an array has the shape and the values of `want`, in any dtype.

    Values may be off by what single precision loses, so that a wrong dtype is paid for in the cell
    about the dtype and in no other.

    slips : hints, each with what computes the wrong values by which its slip is recognized
    """
    try:
        _alike(got, want)
    except CheckFailed as failure:
        for hint, wrong in (slips or {}).items():
            if holds(partial(_alike, got, wrong())):
                raise CheckFailed(failure.prop, hint) from None
        raise


def _alike(got: Any, want: np.ndarray) -> None:
    if type(got) is not np.ndarray:
        raise CheckFailed(f"expected a NumPy array, but {_type_name(got)} came back")
    if got.dtype.kind not in "iuf":
        raise CheckFailed(f"the result holds {got.dtype} where numbers were expected")
    with np.errstate(over="ignore", invalid="ignore"):
        _agree_array(got.astype(np.float32), want.astype(np.float32))


def holds(comparison: Callable[[], Any]) -> bool:
    """Whether a comparison passes, for a cell that leaves out what another cell has judged."""
    try:
        comparison()
    except (StudentError, CheckFailed):
        return False
    return True


def refuses(call: Callable[[], Any], *mentions: object, kind: str = "ValueError") -> None:
    """Raise `CheckFailed` unless a call is refused with a message that explains itself.

    call : a call of the student's function, without arguments
    mentions : the numbers and words that the message must name
    kind : the exception that is expected, by the name of its class
    """
    try:
        call()
    except StudentError as error:
        if error.kind != kind:
            raise CheckFailed(f"expected a {kind}, but {_safe_kind(error.kind)} came") from None
        if len(set(re.findall(r"\d+", error.message))) > len(mentions) + MORE_NUMBERS:
            raise CheckFailed(f"the {kind}'s message names numbers that explain nothing") from None
        missing = [word for word in mentions if not _names(error.message, str(word))]
        if missing:
            # How many, not which: the numbers are the hidden input.
            raise CheckFailed(
                f"the {kind}'s message leaves out {len(missing)} of the {len(mentions)} numbers "
                "that explain it"
            ) from None
        return
    raise CheckFailed(f"expected a {kind}, but a result came back")


def _names(message: str, word: str) -> bool:
    """Whether the word stands in the message; as for a number, by itself, not within another."""
    alone = rf"(?<!\d){re.escape(word)}(?!\d)"
    return re.search(alone if word[-1:].isdigit() else re.escape(word), message) is not None


def untouched(student: Any) -> None:
    """Raise `CheckFailed` if the student's last call changed an argument or PyTorch's modes."""
    if MODES in student.changed:
        raise CheckFailed("PyTorch's modes are other ones than before the call")
    if student.changed:
        raise CheckFailed(f"argument {' and '.join(student.changed)} was changed in place")


def shaped(got: Any, shape: tuple[int, ...]) -> None:
    """Raise `CheckFailed` unless `got` is an array of this shape, whatever its values."""
    if type(got) is not np.ndarray or got.shape != shape:
        raise CheckFailed("sizes that do fit give no array of the right shape")


def precise(got: Any, dtype: Any, want: np.ndarray | None = None) -> None:
    """Raise `CheckFailed` unless `got` is an array of this dtype.

    Values that are wrong are paid for in their own cell, and are not looked at. Where they are
    those of `want`, they must be as exact as the dtype can be.
    """
    if type(got) is not np.ndarray or got.dtype != dtype:
        raise CheckFailed(f"the result is not an array of {np.dtype(dtype)}")
    if want is not None and holds(lambda: alike(got, want)) and not holds(lambda: agree(got, want)):
        raise CheckFailed(f"the values are less exact than {np.dtype(dtype)} is")


def three_gradients(result: Any) -> tuple[Any, ...] | list[Any]:
    """The three gradients (dx, dw, db) that a backward function returned.

    Raises `CheckFailed` for anything but a sequence of three; what they hold is not looked at, so
    that a missing one costs only the cells that look at it.
    """
    if not isinstance(result, tuple | list) or len(result) != 3:
        raise CheckFailed("expected the three gradients (dx, dw, db)")
    return result


def slope_along(gradient: Any, step: np.ndarray) -> float:
    """How fast the loss grows along `step`, according to `gradient`: the sum of their products.

    Raises `CheckFailed` unless `gradient` is an array of the shape of `step`.
    """
    if type(gradient) is not np.ndarray or gradient.shape != step.shape:
        raise CheckFailed("a gradient has another shape than its array")
    return float(np.sum(gradient * step))


def _agree_array(got: Any, want: np.ndarray, tolerance: float | None = None) -> None:
    if want.dtype.kind not in "iub" and want.dtype not in TOLERANCE:
        raise TypeError(f"agree() compares {COMPARED}, and no array of {want.dtype}")
    # Shape before values, and the exact type: a subclass can answer == as it likes.
    if type(got) is not np.ndarray:
        raise CheckFailed(f"expected a NumPy array, but {_type_name(got)} came back")
    if got.shape != want.shape:
        raise CheckFailed(
            f"the result has the wrong shape ({got.ndim} axes, {want.ndim} expected)"
            if got.ndim != want.ndim
            else "the result has the wrong shape"
        )
    if got.dtype != want.dtype:
        raise CheckFailed(f"the result is {got.dtype} where {want.dtype} was expected")
    if want.dtype.kind in "iub":
        close = np.array_equal(got, want)
    else:
        allowed = TOLERANCE[want.dtype] if tolerance is None else tolerance
        # Of what is infinite nothing is near: it is equal or wrong.
        finite = np.isfinite(want)
        scale = max(float(np.max(np.abs(want[finite]), initial=0.0)), 1.0)
        with np.errstate(over="ignore"):
            # `<=` is false for NaN, so a NaN never agrees.
            near = np.abs(got[finite] - want[finite]) <= allowed * scale
        close = bool(np.all(near)) and np.array_equal(got[~finite], want[~finite])
    if not close:
        raise CheckFailed("some values are wrong")


def _agree_integer(got: Any, want: int | np.integer) -> None:
    if isinstance(got, bool) or not isinstance(got, int | np.integer):
        raise CheckFailed(f"expected an integer, but {_type_name(got)} came back")
    if int(got) != int(want):
        raise CheckFailed("another number came back")


def _agree_number(got: Any, want: float | np.floating, tolerance: float | None) -> None:
    # Of a text, NumPy would read the number that stands in it.
    number = isinstance(got, int | float | np.integer | np.floating) and not isinstance(got, bool)
    if not number and not (type(got) is np.ndarray and got.ndim == 0 and got.dtype.kind in "iuf"):
        raise CheckFailed(f"expected a number, but {_type_name(got)} came back")
    try:
        got = np.asarray(got, dtype=np.float64)
    except OverflowError:  # an integer without end
        raise CheckFailed("some values are wrong") from None
    _agree_array(got, np.asarray(want, dtype=np.float64), tolerance)


def _agree_dict(got: Any, want: dict[Any, Any], tolerance: float | None) -> None:
    if not isinstance(got, dict):
        raise CheckFailed(f"expected a dict, but {_type_name(got)} came back")
    if got.keys() != want.keys():
        raise CheckFailed("the dict that came back has other keys")
    for key, expected in want.items():
        try:
            agree(got[key], expected, tolerance=tolerance)
        except CheckFailed as failure:
            raise CheckFailed(f"a value of the dict: {failure.prop}") from None


def _agree_set(got: Any, want: set[Any] | frozenset[Any]) -> None:
    if not isinstance(got, set | frozenset):
        raise CheckFailed(f"expected a set, but {_type_name(got)} came back")
    if got != want:
        raise CheckFailed("the set that came back has other items")


def _agree_sequence(got: Any, want: tuple[Any, ...] | list[Any], tolerance: float | None) -> None:
    if not isinstance(got, tuple | list):
        raise CheckFailed(f"expected {len(want)} results, but {_type_name(got)} came back")
    if len(got) != len(want):
        raise CheckFailed(f"{len(got)} results came back where {len(want)} were expected")
    for index, (item, expected) in enumerate(zip(got, want, strict=True)):
        try:
            agree(item, expected, tolerance=tolerance)
        except CheckFailed as failure:
            raise CheckFailed(f"result {index}: {failure.prop}") from None


def _type_name(value: Any) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"a {name}" if name in dir(builtins) or name in ("ndarray", "Tensor") else "an object"


def _safe_kind(kind: str) -> str:
    # A class name is the student's to choose, and could carry a hidden input out.
    return kind if kind in dir(builtins) else "an exception of its own"
