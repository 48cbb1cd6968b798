"""Values are encoded as JSON and bytes and come back bit for bit; wrong forms are refused."""

import json
import math
import random

import numpy as np
import pytest

from autograder.wire import codec
from autograder.wire.codec import Malformed, decode, encode

EIGHT = bytes(range(8))


def refuse(*what):
    """No other kinds of values than the codec's own."""
    raise Malformed("a value of an unknown kind")


def carried(value):
    """What the other end makes of `value`, by way of JSON's text."""
    buffers = []
    text = json.dumps(encode(value, buffers, refuse)).encode()
    return decode(json.loads(text), buffers, refuse)


def same(one, other):
    """Equal in type and in every bit, so that NaN equals NaN and 0.0 is not -0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        native = one.astype(one.dtype.newbyteorder("="))
        kind = one.dtype.name, one.shape
        return kind == (other.dtype.name, other.shape) and native.tobytes() == other.tobytes()
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, set | frozenset):
        return one == other and sorted(map(repr, one)) == sorted(map(repr, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    return repr(one) == repr(other)


def nested(depth):
    """A one in `depth` lists."""
    value = (1, None)
    for _ in range(depth):
        value = [value]
    return value


VALUES = {
    "nothing": None,
    "true": True,
    "zero": 0,
    "a huge integer": -(10**4000),
    "a float of all digits": 0.1 + 0.2,
    "no number": math.nan,
    "infinities": [math.inf, -math.inf, -0.0],
    "text": 'é ∂ "\\" \x00 𝛼',
    "half a surrogate": "\ud800",
    "bytes": bytes(range(256)),
    "no bytes": b"",
    "a list": [1, "a", None, 2.5, True],
    "a tuple": (1, "a", None, 2.5, True),
    "nested": [(1, [2, {"x": (np.arange(3), b"b", [])}]), {}, ()],
    "keys of every kind": {1: "a", "1": "b", 1.5: "c", (1, (2, "x")): "d", None: "e", b"f": "f"},
    "a key that NumPy counted": {np.int64(3): "a"},
    "sets": [{1, "a", (2, 3.5)}, set(), {frozenset({1}), np.float32(2)}],
    "no axes": np.array(2.5),
    "no values": np.zeros((0, 3), "f4"),
    "no values, four axes": np.zeros((2, 0, 5, 0), "i2"),
    "big-endian": np.arange(6, dtype=">f8").reshape(2, 3),
    "Fortran order": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    "backwards": np.arange(10)[::-3],
    "a window": np.arange(36).reshape(6, 6)[1:4, ::2],
    "broadcast": np.broadcast_to(np.arange(3), (4, 3)),
    "the bits of a NaN": np.array([0x7FF8_0000_0000_0123, 1 << 63], "u8").view("f8"),
    "the most items": dict.fromkeys(range(codec.MAX_PAIRS)),
    "the most axes": np.zeros((1,) * codec.MAX_AXES),
    "the most depth": nested(codec.MAX_DEPTH - 1),
    "more than a pipe holds": np.random.default_rng(0).normal(size=100_000),
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_comes_back_as_it_was(value):
    """Kind, dtype, shape and every bit are kept; the byte order becomes this machine's."""
    assert same(value, carried(value))


@pytest.mark.parametrize("name", sorted(codec.DTYPES))
def test_arrays_and_scalars_of_every_dtype_come_back(name):
    """Random bits as an array, and one of its values as a NumPy scalar."""
    size = np.dtype(name).itemsize
    bits = np.random.default_rng(1).bytes(12 * size)
    values = np.frombuffer(bits, name) if name != "bool" else np.arange(12) % 3 == 0
    array = values.reshape(3, 4)
    assert same([array, array[1, 2]], carried([array, array[1, 2]]))


def test_what_comes_back_can_be_written_to_and_shares_no_memory():
    """Two arrays of the same values are two arrays."""
    one, other = carried([np.zeros(3), np.zeros(3)])
    one += 1
    assert other.tolist() == [0, 0, 0]


class Mine(np.ndarray):
    """A student's own kind of array."""


NOT_CARRIED = {
    "an object": object(),
    "a complex number": 1j,
    "an array of objects": np.array([None]),
    "an array of complex numbers": np.zeros(2, "c16"),
    "an array of text": np.array(["a"]),
    "an array of records": np.zeros(2, [("x", "f8")]),
    "a date": np.datetime64("2020-01-01"),
    "a subclass of int": type("Five", (int,), {})(5),
    "a subclass of dict": type("Mapping", (dict,), {})(),
    "too many items in a set": set(range(codec.MAX_PAIRS + 1)),
    "an object in a set": {object()},
    "too many items": dict.fromkeys(range(codec.MAX_PAIRS + 1)),
    "too deep": nested(codec.MAX_DEPTH + 1),
    "inside a dict": {"x": [object()]},
}


@pytest.mark.parametrize("value", NOT_CARRIED.values(), ids=NOT_CARRIED)
def test_what_is_not_plain_data_is_not_encoded(value):
    """It is left to whoever knows more kinds, here to somebody who knows none."""
    with pytest.raises(Malformed):
        encode(value, [], refuse)


def test_a_matrix_travels_as_the_array_that_it_holds():
    """So does a masked array, or any other subclass: nothing of it answers on the other side."""
    buffers: list[bytes] = []
    value = decode(encode(np.arange(2.0).view(Mine), buffers, refuse), buffers, refuse)
    assert type(value) is np.ndarray and value.tolist() == [0.0, 1.0]


ARRAY = {"a": [0, "float64", [1]]}
MALFORMED = {
    "a bare list": [1, 2],
    "an object without a tag": {},
    "an object with two tags": {"l": [], "t": []},
    "an unknown tag": {"z": []},
    "a list that is text": {"l": "ab"},
    "a tuple that is an object": {"t": {"0": 1}},
    "a dict that is an object": {"d": {"a": 1}},
    "a pair of one": {"d": [[1]]},
    "a pair of three": {"d": [[1, 2, 3]]},
    "a pair that is text": {"d": ["ab"]},
    "a key that is a list": {"d": [[{"l": []}, 1]]},
    "a key that is an array": {"d": [[ARRAY, 1]]},
    "a key with a list in it": {"d": [[{"t": [{"l": [1]}]}, 1]]},
    "a key with an array in it": {"d": [[{"t": [ARRAY]}, 1]]},
    "bytes by a negative index": {"b": -1},
    "bytes that are not there": {"b": 2},
    "bytes by true": {"b": True},
    "bytes by a float": {"b": 0.0},
    "bytes by text": {"b": "0"},
    "bytes by nothing": {"b": None},
    "an array that is no list": {"a": {"0": 0}},
    "an array of two parts": {"a": [0, "float64"]},
    "an array of four parts": {"a": [0, "float64", [1], 1]},
    "an array of bytes that are not there": {"a": [2, "float64", [1]]},
    "an array by a negative index": {"a": [-1, "float64", [1]]},
    "an array by false": {"a": [False, "float64", [1]]},
    "objects": {"a": [0, "object", [1]]},
    "objects in short": {"a": [0, "O", [1]]},
    "a dtype in short": {"a": [0, "f8", [1]]},
    "a dtype of two fields": {"a": [0, "float32,float32", [1]]},
    "a dtype that is a list": {"a": [0, [["x", "f8"]], [1]]},
    "a dtype that is nothing": {"a": [0, None, [1]]},
    "complex numbers": {"a": [0, "complex64", [1]]},
    "text of one letter": {"a": [0, "str", [2]]},
    "a shape that is a number": {"a": [0, "float64", 1]},
    "a shape that is text": {"a": [0, "uint8", "8"]},
    "a negative length": {"a": [0, "float64", [-1]]},
    "two negative lengths": {"a": [0, "float64", [-1, -1]]},
    "a length of true": {"a": [0, "float64", [True]]},
    "a length that is a float": {"a": [0, "float64", [1.0]]},
    "a length that is nothing": {"a": [0, "float64", [None]]},
    "a size too small": {"a": [0, "float64", [0]]},
    "a size too large": {"a": [0, "float64", [2]]},
    "a size that overflows": {"a": [0, "float64", [2**32, 2**32, 1]]},
    "too many axes": {"a": [0, "float64", [1] * (codec.MAX_AXES + 1)]},
    "no values, a length that is none": {"a": [1, "float64", [0, 2**70]]},
    "no values, lengths that overflow": {"a": [1, "float64", [0, 2**40, 2**40]]},
    "a scalar with an axis": {"n": [0, "float64", [1]]},
    "a scalar of no bytes": {"n": [1, "float64", []]},
    "bytes that are used twice": {"l": [ARRAY, ARRAY]},
    "bytes that are used in two ways": {"l": [ARRAY, {"b": 0}]},
    "too many pairs": {"d": [[number, 0] for number in range(codec.MAX_PAIRS + 1)]},
    "too many in a set": {"s": list(range(codec.MAX_PAIRS + 1))},
    "a list in a set": {"s": [{"l": []}]},
    "an array in a frozenset": {"f": [{"t": [ARRAY]}]},
    "a set that is no list": {"s": 1},
    "deep in a list": {"l": [1, {"t": [{"d": [["x", {"b": 7}]]}]}]},
}


@pytest.mark.parametrize("node", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_value_is_refused(node):
    """With Malformed and no other exception."""
    with pytest.raises(Malformed):
        decode(node, [EIGHT, b""], refuse)


@pytest.mark.parametrize("tag", ["l", "t", "d"])
def test_a_value_that_is_too_deep_is_refused(tag):
    """Lists, tuples and dicts end at one depth, whoever wrote them."""
    node = 1
    for _ in range(codec.MAX_DEPTH + 2):
        node = {tag: [["key", node] if tag == "d" else node]}
    with pytest.raises(Malformed):
        decode(node, [], refuse)


JUNK = (
    *(None, True, False, -1, 0, 1, 2**31, 2**70, -(2**70), 1e300, math.nan, math.inf, "", "x"),
    *("float64", "object", "\ud800", [], [[]], [0], [-1], [None, None], {}, {"l": 5}, {"b": 0}),
    *({"a": [0, "bool", [-8]]}, {"n": [0, "uint8", []]}, {"d": [[1, 2], [[], 2]]}, {"t": [{}]}),
)


def mutated(value, rng):
    """A copy of plain JSON in which one node, anywhere, is junk."""
    if isinstance(value, dict | list) and value and rng.random() < 0.85:
        copy = dict(value) if isinstance(value, dict) else list(value)
        key = rng.choice(list(copy) if isinstance(copy, dict) else range(len(copy)))
        copy[key] = mutated(copy[key], rng)
        return copy
    return rng.choice(JUNK)


@pytest.mark.parametrize("seed", range(10))
def test_whatever_comes_is_a_value_or_is_refused(seed):
    """Fifteen random changes of what was encoded: a value or Malformed, and nothing else."""
    rng = random.Random(seed)
    buffers = []
    whole = [VALUES["nested"], VALUES["keys of every kind"], np.float32(1), np.zeros((2, 0))]
    node = encode(whole, buffers, refuse)
    refused = 0
    for _ in range(15):
        text = json.dumps(mutated(node, rng))
        try:
            decode(json.loads(text), list(buffers), refuse)
        except Malformed:
            refused += 1
    assert refused > 0
