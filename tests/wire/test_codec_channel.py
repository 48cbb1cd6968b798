"""Frames go over a pair of pipes whole or not at all, and nobody is made to wait for ever."""

import json
import os
import random
import threading
import time
from contextlib import contextmanager, suppress

import numpy as np
import pytest

from autograder.wire import codec
from autograder.wire.codec import Channel, Closed, Late, Malformed

EIGHT = bytes(range(8))
LONG = 300.0  # seconds that nothing here needs, however busy the machine is


class Pair:
    """Two channels that talk to each other, and the bare ends of the first."""

    def __init__(self):
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()
        self.ends = [read_here, write_here, read_there, write_there]
        self.here, self.there = Channel(read_here, write_here), Channel(read_there, write_there)

    def shut(self, *numbers):
        """Close these of the ends; never one twice, for its number may be another's by then."""
        for number in numbers:
            end, self.ends[number] = self.ends[number], None
            if end is not None:
                os.close(end)

    def close(self):
        self.shut(0, 1, 2, 3)


@pytest.fixture
def pair():
    both = Pair()
    yield both
    both.close()


def test_frames_come_in_the_order_they_were_sent(pair):
    """Nothing of one frame is left over for the next."""
    for number in range(3):
        pair.here.send({"number": number}, [bytes(number), b"x"])
    got = [pair.there.receive(time.monotonic() + LONG) for _ in range(3)]
    assert [header["number"] for header, _ in got] == [0, 1, 2]
    assert [buffers for _, buffers in got] == [[bytes(number), b"x"] for number in range(3)]


def test_a_frame_that_is_larger_than_the_pipe_arrives_whole(pair):
    """Sender and receiver take turns; a pipe holds 64 KB."""
    buffers = [os.urandom(1_000_000), b"", os.urandom(70_000)]
    sender = threading.Thread(target=pair.here.send, args=({"n": 1}, buffers))
    sender.start()
    header, came = pair.there.receive(time.monotonic() + LONG)
    sender.join()
    assert (header["n"], came) == (1, buffers)


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
        os.set_blocking(pair.ends[1], True)
        with (
            suppress(BrokenPipeError),
            open(pair.ends[1], "wb", buffering=0, closefd=False) as pipe,
        ):
            view = memoryview(data)
            while view:
                view = view[pipe.write(view) :]
        pair.shut(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return pair.there.receive(time.monotonic() + LONG)
    finally:
        pair.shut(2)  # whoever still writes is let go
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
            pair.here.send(header, buffers, time.monotonic() + LONG)
    with pytest.raises(Late):
        pair.there.receive(time.monotonic())


def damaged(data, rng):
    """The same bytes with a few changed, left out or put in."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data))
        piece = rng.randbytes(rng.randint(0, 3))
        data[place : place + rng.randint(0, 3)] = piece
    return bytes(data)


@pytest.mark.parametrize("seed", range(10))
def test_whatever_arrives_is_a_frame_or_is_refused(seed):
    """Fifteen times a valid frame with damaged bytes: a frame, Malformed or Closed."""
    rng = random.Random(seed)
    buffers = [EIGHT, b"", np.arange(5).tobytes()]
    header = {"n": 1, "kind": "ok", "body": {"l": [1, {"a": [0, "float64", [1]]}]}}
    whole = frame(header | {"sizes": [len(one) for one in buffers]}, *buffers)
    refused = 0
    for _ in range(15):
        pair = Pair()
        try:
            got, came = received(damaged(whole, rng), pair)
            assert [len(one) for one in came] == got["sizes"]
        except (Malformed, Closed):
            refused += 1
        finally:
            pair.close()
    assert refused > 0


@contextmanager
def closed_later(pair, end):
    """Close an end of the pipes after some minutes, so that who waits without end finds out."""
    timer = threading.Timer(LONG, pair.shut, [end])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def test_a_silent_other_end_is_late(pair):
    """Even when it has said half of something."""
    with closed_later(pair, 1):
        for said in (b"", b"\x00\x00"):
            os.write(pair.ends[1], said)
            start = time.monotonic()
            with pytest.raises(Late):
                pair.there.receive(start + 0.1)
            assert time.monotonic() - start >= 0.1


def test_an_other_end_that_sends_in_drops_is_late(pair):
    """The deadline is the frame's: if it began again with every byte, all would arrive."""
    stop = threading.Event()

    def drip():
        for byte in frame({"sizes": [], "body": "x" * 1000}):
            if stop.wait(0.02):
                return
            os.write(pair.ends[1], bytes([byte]))

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(Late):
            pair.there.receive(time.monotonic() + 0.2)
    finally:
        stop.set()
        dripping.join()


def test_an_other_end_that_does_not_listen_is_late(pair):
    """A sender waits for a full pipe until its deadline and no longer."""
    start = time.monotonic()
    with closed_later(pair, 2), pytest.raises(Late):
        pair.here.send({}, [bytes(1_000_000)], start + 0.1)
    assert time.monotonic() - start >= 0.1


def test_a_deadline_that_is_past_still_takes_what_is_there(pair):
    """An answer that came in time is not lost to whoever reads it late."""
    pair.here.send({"n": 1}, [b"x"])
    header, buffers = pair.there.receive(time.monotonic() - 1)
    assert (header["n"], buffers) == (1, [b"x"])


def test_a_frame_that_goes_on_and_on_is_late(pair):
    """Also where there is always something to read: not long after the deadline it is over."""
    pair.here.send({"n": 1}, [b"x"])
    with pytest.raises(Late):
        pair.there.receive(time.monotonic() - 10)


def test_a_closed_other_end_is_closed(pair):
    """For the reader and for the writer, whatever the deadline."""
    pair.there.close()
    pair.ends[2:] = None, None
    with pytest.raises(Closed):
        pair.here.receive(None)
    with pytest.raises(Closed):
        pair.here.send({}, [b"x"], None)
