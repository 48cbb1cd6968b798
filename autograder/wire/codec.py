"""Carry values over a pipe as JSON and raw bytes, and check everything that arrives.

A frame is a length, a JSON header and the bytes of its arrays. Both ends use this module; the
trusted one relies on the checks in `receive` and `decode`, for the other end may send anything.

Plain data (see `tags` for its forms) is encoded and decoded here. Everything else (tensors,
networks, records, handles) is left to the `other` functions that both ends pass in.
"""

from __future__ import annotations

import json
import math
import os
import select
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.wire import tags

INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
DTYPES = frozenset(("bool", *INTEGERS, "float16", "float32", "float64"))
SCALARS = frozenset((bool, int, float, str, type(None)))  # JSON carries them as they are
SETS: dict[type, str] = {set: tags.SET, frozenset: tags.FROZENSET}
KEYS = (str, int, float, bytes, np.generic, tuple, frozenset, type(None))
MAX_HEADER = 4_000_000
MAX_BYTES = 64_000_000
MAX_BUFFERS = 2_000
MAX_AXES = 16
MAX_DEPTH = 40
MAX_PAIRS = 1_000  # of a dict: keys can be chosen so that each is compared with all before it
CHUNK = 1 << 20
SMALL = 1 << 16  # what a pipe holds
GRACE = 2.0  # seconds in which what came in time may be read, on a busy machine

# The bytes of a received frame's arrays. Decoding takes each out and leaves None in its place.
Received = list[bytes | None]
# How a value that is no plain data is encoded, and how one with its tag is decoded.
EncodeOther = Callable[[Any, list[bytes]], Any]
DecodeOther = Callable[[str, Any, Received], Any]


class Malformed(Exception):
    """A frame or a value is not of a form that this codec carries."""


class Closed(Exception):
    """The other end is gone."""


class Late(Exception):
    """The other end did not answer, or did not listen, in time."""


def encode(value: Any, buffers: list[bytes], other: EncodeOther) -> Any:
    """The JSON form of `value`; the bytes of its arrays are added to `buffers`.

    Raises `Malformed` for what is too deep, and what `other` raises for what it does not know.
    """
    return _encode(value, buffers, other, 0)


def _encode(value: Any, buffers: list[bytes], other: EncodeOther, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Malformed("a value is nested too deeply")
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value
    if isinstance(value, np.ndarray) and value.dtype.name in DTYPES:  # a matrix too, as an array
        return {tags.ARRAY: _buffer(np.asarray(value), buffers)}
    if isinstance(value, np.generic) and value.dtype.name in DTYPES:
        return {tags.SCALAR: _buffer(np.asarray(value), buffers)}
    if kind is int:
        return value
    if kind is bytes:
        buffers.append(value)
        return {tags.BYTES: len(buffers) - 1}
    if isinstance(value, tuple | list):
        if SCALARS.issuperset(map(type, value)):
            items = list(value)
        else:
            items = [_encode(item, buffers, other, depth + 1) for item in value]
        return {tags.TUPLE if isinstance(value, tuple) else tags.LIST: items}
    if kind is dict:
        if len(value) > MAX_PAIRS:
            raise Malformed("a dict has too many items")
        pairs = [
            [_encode(item, buffers, other, depth + 1) for item in pair] for pair in value.items()
        ]
        return {tags.DICT: pairs}
    if kind in SETS:
        items = [_encode(item, buffers, other, depth + 1) for item in value]
        if len(items) > MAX_PAIRS:
            raise Malformed("a set has too many items")
        return {SETS[kind]: items}
    return other(value, buffers)


def _buffer(array: np.ndarray, buffers: list[bytes]) -> list[Any]:
    """The form of an array: [index of its buffer, name of the dtype, shape]."""
    native = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    buffers.append(native.tobytes())
    return [len(buffers) - 1, native.dtype.name, list(array.shape)]


def decode(node: Any, buffers: Received, other: DecodeOther) -> Any:
    """The value of a JSON form; raises `Malformed` unless everything about it is in order.

    The buffers that it uses are taken out of the list.
    """
    return _decode(node, buffers, other, 0)


def _decode(node: Any, buffers: Received, other: DecodeOther, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Malformed("a value is nested too deeply")
    if node is None or isinstance(node, bool | int | float | str):
        return node
    if not isinstance(node, dict) or len(node) != 1:
        raise Malformed("a value has no known form")
    ((tag, body),) = node.items()
    if tag in (tags.LIST, tags.TUPLE) and isinstance(body, list):
        if SCALARS.issuperset(map(type, body)):
            items = body
        else:
            items = [_decode(item, buffers, other, depth + 1) for item in body]
        return tuple(items) if tag == tags.TUPLE else items
    if tag == tags.DICT and isinstance(body, list):
        if len(body) > MAX_PAIRS:
            raise Malformed("a dict has too many items")
        entries: dict[Any, Any] = {}
        for pair in body:
            if not isinstance(pair, list) or len(pair) != 2:
                raise Malformed("a dict has an item that is no pair")
            key, item = (_decode(part, buffers, other, depth + 1) for part in pair)
            _require_plain_key(key, "a dict has a key")
            entries[key] = item
        return entries
    if tag in (tags.SET, tags.FROZENSET) and isinstance(body, list):
        if len(body) > MAX_PAIRS:
            raise Malformed("a set has too many items")
        items = [_decode(item, buffers, other, depth + 1) for item in body]
        for item in items:
            _require_plain_key(item, "a set has an item")
        return set(items) if tag == tags.SET else frozenset(items)
    if tag == tags.ARRAY:
        return _array(body, buffers)
    if tag == tags.SCALAR:
        array = _array(body, buffers)
        if array.shape != ():
            raise Malformed("a scalar has axes")
        return array[()]
    if tag == tags.BYTES:
        return bytes(_bytes(body, buffers))
    return other(tag, body, buffers)


def _require_plain_key(value: Any, what: str) -> None:
    """Raise `Malformed` unless it can be hashed without running anything that was sent."""
    try:
        if isinstance(value, KEYS):
            hash(value)
            return
    except TypeError:  # a tuple with a list in it
        pass
    raise Malformed(f"{what} that is no plain value")


def _array(body: Any, buffers: Received) -> np.ndarray:
    if not isinstance(body, list) or len(body) != 3:
        raise Malformed("an array has no known form")
    index, name, shape = body
    if not isinstance(name, str) or name not in DTYPES:
        raise Malformed("an array has a dtype that is not carried")
    if not isinstance(shape, list) or len(shape) > MAX_AXES:
        raise Malformed("an array has too many axes")
    if any(type(length) is not int or length < 0 for length in shape):
        raise Malformed("an array has a length that is no length")
    data, dtype = _bytes(index, buffers), np.dtype(name)
    if math.prod(shape) * dtype.itemsize != len(data):
        raise Malformed("an array has another size than its bytes")
    try:
        return np.frombuffer(data, dtype=dtype).reshape(shape).copy()
    except ValueError:  # no values, and lengths that NumPy cannot count
        raise Malformed("an array has a length that is no length") from None


def _bytes(index: Any, buffers: Received) -> bytes:
    if type(index) is not int or not 0 <= index < len(buffers):
        raise Malformed("a value has no bytes")
    data, buffers[index] = buffers[index], None
    if data is None:  # a frame of some megabytes must not become gigabytes here
        raise Malformed("the bytes of a value belong to another")
    return data


class Channel:
    """Frames over a pair of pipes; with a deadline, neither end can make the other wait."""

    def __init__(self, read_end: int, write_end: int):
        self._read_end, self.write_end = read_end, write_end
        self._held = b""  # what came with the frame before it was asked for
        for end in (read_end, write_end):
            os.set_blocking(end, False)

    def send(
        self, header: dict[str, Any], buffers: list[bytes], deadline: float | None = None
    ) -> None:
        """Send one frame; raises `Malformed` for one that is too large, `Closed` or `Late`."""
        try:
            text = json.dumps({**header, "sizes": [len(buffer) for buffer in buffers]}).encode()
        except (ValueError, RecursionError):  # an integer of more digits than Python prints
            raise Malformed("a value cannot be written as JSON") from None
        if len(text) > MAX_HEADER or len(buffers) > MAX_BUFFERS:
            raise Malformed("a value has too many parts")
        if sum(map(len, buffers)) > MAX_BYTES:
            raise Malformed("a value is too large")
        parts = [len(text).to_bytes(4, "big") + text, *buffers]
        # Most frames are small: one system call on either end.
        small = sum(map(len, parts)) <= SMALL
        for part in [b"".join(parts)] if small else parts:
            self._write(part, deadline)

    def receive(self, deadline: float | None = None) -> tuple[dict[str, Any], Received]:
        """The next frame; raises `Malformed`, `Closed` or `Late`."""
        length = int.from_bytes(self._read(4, deadline), "big")
        if length > MAX_HEADER:
            raise Malformed("a frame's header is too long")
        try:
            header = json.loads(self._read(length, deadline))
        except (ValueError, RecursionError):
            raise Malformed("a frame's header is not JSON") from None
        sizes = header.get("sizes") if isinstance(header, dict) else None
        if not isinstance(sizes, list) or len(sizes) > MAX_BUFFERS:
            raise Malformed("a frame has no list of sizes")
        if any(type(size) is not int or size < 0 for size in sizes) or sum(sizes) > MAX_BYTES:
            raise Malformed("a frame has impossible sizes")
        return header, [self._read(size, deadline) for size in sizes]

    def close(self) -> None:
        """Close both ends of this side."""
        for end in (self._read_end, self.write_end):
            os.close(end)

    def _read(self, count: int, deadline: float | None) -> bytes:
        # One growing array, as bytes may come one by one.
        data = bytearray(self._held[:count])
        self._held = self._held[count:]
        while (missing := count - len(data)) > 0:
            self._wait(self._read_end, select.POLLIN, deadline)
            try:
                part = os.read(self._read_end, min(max(missing, SMALL), CHUNK))
            except BlockingIOError:
                continue
            if not part:
                raise Closed
            data += part[:missing]
            self._held = part[missing:]
        return bytes(data)

    def _write(self, data: bytes, deadline: float | None) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.write_end, view[:CHUNK]) :]
            except BlockingIOError:
                self._wait(self.write_end, select.POLLOUT, deadline)
            except BrokenPipeError:
                raise Closed from None

    @staticmethod
    def _wait(end: int, event: int, deadline: float | None) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left < -GRACE:
            raise Late  # however much there is to be read
        poll = select.poll()
        poll.register(end, event)
        if not poll.poll(None if left is None else max(0.0, left) * 1000):
            raise Late
