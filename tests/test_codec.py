"""Values come over a pipe bit for bit, and what is sent wrong is refused and never believed."""

import json
import math
import os
import random
import threading
import time
from contextlib import suppress

import numpy as np
import pytest

from autograder.inside import codec
from autograder.inside.codec import Channel, Closed, Late, Malformed, decode, encode

EIGHT = bytes(range(8))
SOON = 10.0  # seconds that nothing here needs


def refuse(*what):
    """No other kinds of values than the codec's own."""
    raise Malformed("a value of an unknown kind")


class Pair:
    """Two channels that talk to each other, and the bare ends of the first."""

    def __init__(self):
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()
        self.ends = read_here, write_here, read_there, write_there
        self.here, self.there = Channel(read_here, write_here), Channel(read_there, write_there)

    def close(self):
        for end in self.ends:
            with suppress(OSError):  # a test has closed it
                os.close(end)


@pytest.fixture
def pair():
    both = Pair()
    yield both
    both.close()


def carried(value, pair):
    """What the other end makes of `value`; a thread sends it, for a pipe holds only 64 KB."""
    buffers = []
    body = encode(value, buffers, refuse)
    sender = threading.Thread(target=pair.here.send, args=({"body": body}, buffers))
    sender.start()
    header, received = pair.there.receive(time.monotonic() + SOON)
    sender.join()
    return decode(header["body"], received, refuse)


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
    "keys of every kind": {1: "a", "1": "b", 1.5: "c", (1, (2, "x")): "d", None: "e"},
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
def test_a_value_comes_back_as_it_was(value, pair):
    """Kind, dtype, shape and every bit are kept; the byte order becomes this machine's."""
    assert same(value, carried(value, pair))


@pytest.mark.parametrize("name", sorted(codec.DTYPES))
def test_arrays_and_scalars_of_every_dtype_come_back(name, pair):
    """Random bits as an array, and one of its values as a NumPy scalar."""
    size = np.dtype(name).itemsize
    bits = np.random.default_rng(1).bytes(12 * size)
    values = np.frombuffer(bits, name) if name != "bool" else np.arange(12) % 3 == 0
    array = values.reshape(3, 4)
    assert same([array, array[1, 2]], carried([array, array[1, 2]], pair))


def test_what_comes_back_can_be_written_to_and_shares_no_memory(pair):
    """Two arrays of the same values are two arrays."""
    one, other = carried([np.zeros(3), np.zeros(3)], pair)
    one += 1
    assert other.tolist() == [0, 0, 0]


def test_frames_come_in_the_order_they_were_sent(pair):
    """Nothing of one frame is left over for the next."""
    for number in range(3):
        pair.here.send({"number": number}, [bytes(number), b"x"])
    got = [pair.there.receive(time.monotonic() + SOON) for _ in range(3)]
    assert [header["number"] for header, _ in got] == [0, 1, 2]
    assert [buffers for _, buffers in got] == [[bytes(number), b"x"] for number in range(3)]


class Mine(np.ndarray):
    """A student's own kind of array."""


NOT_CARRIED = {
    "an object": object(),
    "a complex number": 1j,
    "a set": {1},
    "an array of objects": np.array([None]),
    "an array of complex numbers": np.zeros(2, "c16"),
    "an array of text": np.array(["a"]),
    "an array of records": np.zeros(2, [("x", "f8")]),
    "a date": np.datetime64("2020-01-01"),
    "a subclass of ndarray": np.zeros(2).view(Mine),
    "a subclass of int": type("Five", (int,), {})(5),
    "a subclass of dict": type("Mapping", (dict,), {})(),
    "too many items": dict.fromkeys(range(codec.MAX_PAIRS + 1)),
    "too deep": nested(codec.MAX_DEPTH + 1),
    "inside a dict": {"x": [object()]},
}


@pytest.mark.parametrize("value", NOT_CARRIED.values(), ids=NOT_CARRIED)
def test_what_is_not_plain_data_is_not_encoded(value):
    """It is left to whoever knows more kinds, here to somebody who knows none."""
    with pytest.raises(Malformed):
        encode(value, [], refuse)


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
    "a key that is bytes": {"d": [[{"b": 0}, 1]]},
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


def frame(header, *buffers):
    """The bytes of a frame; a header that is bytes is taken as it is."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(4, "big") + text + b"".join(buffers)


FRAMES = {
    "a header that is too long": (codec.MAX_HEADER + 1).to_bytes(4, "big") + b"{}",
    "an endless header": b"\xff\xff\xff\xff",
    "an empty header": frame(b""),
    "no JSON": frame(b"{'n': 1}"),
    "no UTF-8": frame(b'{"n": "\xff\xfe"}'),
    "brackets without end": frame(b"[" * 100_000),
    "a deep header": frame(b'{"sizes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a number of too many digits": frame(b'{"sizes": [], "n": ' + b"9" * 5_000 + b"}"),
    "a list": frame([1]),
    "nothing": frame(None),
    "no sizes": frame({"body": None}),
    "sizes that are a number": frame({"sizes": 0}),
    "sizes that are an object": frame({"sizes": {}}),
    "a negative size": frame({"sizes": [-1]}),
    "a size of true": frame({"sizes": [True]}, b"x"),
    "a size that is a float": frame({"sizes": [1.0]}, b"x"),
    "a size that is text": frame({"sizes": ["1"]}, b"x"),
    "an infinite size": frame(b'{"sizes": [Infinity]}', b"x"),
    "a size too large": frame({"sizes": [codec.MAX_BYTES + 1]}),
    "sizes too large together": frame({"sizes": [codec.MAX_BYTES, 1]}),
    "a size that hides another": frame({"sizes": [codec.MAX_BYTES * 2, -codec.MAX_BYTES]}),
    "too many buffers": frame({"sizes": [0] * (codec.MAX_BUFFERS + 1)}),
}


def received(data, pair):
    """What comes of these bytes, after which the pipe is closed; a thread writes them."""

    def write():
        with suppress(BrokenPipeError), open(pair.ends[1], "wb", closefd=True) as pipe:
            os.set_blocking(pipe.fileno(), True)
            pipe.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return pair.there.receive(time.monotonic() + SOON)
    finally:
        os.close(pair.ends[2])  # whoever still writes is let go
        writer.join()


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
def test_a_malformed_frame_is_refused(data, pair):
    """Before memory is set aside for what it announces."""
    with pytest.raises(Malformed):
        received(data, pair)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\x00", id="half a length"),
        pytest.param(frame({"sizes": []})[:-1], id="half a header"),
        pytest.param(frame({"sizes": [9]}, EIGHT), id="a size that lies"),
        pytest.param(frame({"sizes": [8, 1]}, EIGHT), id="a buffer that is missing"),
    ],
)
def test_a_frame_that_breaks_off_is_no_frame(data, pair):
    """The end of the pipe is the end of the conversation."""
    with pytest.raises(Closed):
        received(data, pair)


def test_what_is_too_large_is_not_sent(pair):
    """The sender finds out, and nothing of the frame is in the pipe."""
    large = bytes(codec.MAX_BYTES // 2 + 1)
    for header, buffers in (
        ({"body": "x" * codec.MAX_HEADER}, []),
        ({"body": 10**5_000}, []),
        ({}, [b""] * (codec.MAX_BUFFERS + 1)),
        ({}, [large, large]),
    ):
        with pytest.raises(Malformed):
            pair.here.send(header, buffers, time.monotonic() + SOON)
    with pytest.raises(Late):
        pair.there.receive(time.monotonic())


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


def damaged(data, rng):
    """The same bytes with a few changed, left out or put in."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data))
        piece = rng.randbytes(rng.randint(0, 3))
        data[place : place + rng.randint(0, 3)] = piece
    return bytes(data)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kind", ["nodes", "bytes"])
def test_whatever_arrives_is_a_value_or_is_refused(kind, seed):
    """Fifteen random changes of valid frames: a value, Malformed or Closed, and nothing else."""
    rng = random.Random(seed)
    buffers = []
    whole = [VALUES["nested"], VALUES["keys of every kind"], np.float32(1), np.zeros((2, 0))]
    header = {"n": 1, "kind": "ok", "body": encode(whole, buffers, refuse)}
    header["sizes"] = [len(one) for one in buffers]
    refused = 0
    for _ in range(15):
        if kind == "nodes":
            data = frame(mutated(header, rng), *buffers)
        else:
            data = damaged(frame(header, *buffers), rng)
        pair = Pair()
        try:
            got, came = received(data, pair)
            decode(got.get("body"), came, refuse)
        except (Malformed, Closed):
            refused += 1
        finally:
            pair.close()
    assert refused > 0


def test_a_silent_other_end_is_late(pair):
    """Even when it has said half of something."""
    for said in (b"", b"\x00\x00"):
        os.write(pair.ends[1], said)
        start = time.monotonic()
        with pytest.raises(Late):
            pair.there.receive(start + 0.1)
        assert 0.1 <= time.monotonic() - start < 2


def test_an_other_end_that_sends_in_drops_is_late(pair):
    """The deadline is the frame's: it does not begin again with every byte."""
    stop = threading.Event()

    def drip():
        for byte in frame({"sizes": [], "body": "x" * 1000}):
            if stop.wait(0.02):
                return
            os.write(pair.ends[1], bytes([byte]))

    dripping = threading.Thread(target=drip)
    dripping.start()
    start = time.monotonic()
    with pytest.raises(Late):
        pair.there.receive(start + 0.2)
    assert time.monotonic() - start < 2
    stop.set()
    dripping.join()


def test_an_other_end_that_does_not_listen_is_late(pair):
    """A sender waits for a full pipe until its deadline and no longer."""
    start = time.monotonic()
    with pytest.raises(Late):
        pair.here.send({}, [bytes(1_000_000)], start + 0.1)
    assert 0.1 <= time.monotonic() - start < 2


def test_a_deadline_that_is_past_still_takes_what_is_there(pair):
    """An answer that came in time is not lost to whoever reads it late."""
    pair.here.send({"n": 1}, [b"x"])
    header, buffers = pair.there.receive(time.monotonic() - 1)
    assert (header["n"], buffers) == (1, [b"x"])


def test_a_closed_other_end_is_closed(pair):
    """For the reader and for the writer, whatever the deadline."""
    pair.there.close()
    with pytest.raises(Closed):
        pair.here.receive(None)
    with pytest.raises(Closed):
        pair.here.send({}, [b"x"], None)
