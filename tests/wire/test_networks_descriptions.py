"""A wrong description of a network or a tensor is refused, in every place of it."""

import copy
from contextlib import suppress

import numpy as np
import pytest
import torch
from torch import nn

from autograder.course.errors import CheckFailed
from autograder.sandbox.handles import check_network, check_tensor
from autograder.wire.codec import Malformed
from autograder.wire.networks import rebuild_network, serialize_network, serialize_tensor


def places(description, *, at=()):
    """Every place in a description, down to the fields of its tensors."""
    yield at
    inner = description.items() if isinstance(description, dict) else enumerate(description)
    for key, value in inner:
        if isinstance(value, dict | list):
            yield from places(value, at=(*at, key))
        else:
            yield (*at, key)


def with_value(description, place, value):
    """A copy with another value in this place; without it for `...`."""
    description = copy.deepcopy(description)
    inner = description
    for key in place[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return description


NETWORK = serialize_network(nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)))
VALUES = (..., None, 5, -1, 1.5, True, "x", [], {}, (1,), (-1,), 2**70, np.zeros(2), [["0", 5]])


@pytest.mark.parametrize("place", [one for one in places(NETWORK) if one], ids=str)
def test_a_wrong_description_of_a_network_is_refused_or_can_be_used(place):
    """CheckFailed or Malformed, in every place and for every wrong value; no other exception."""
    for value in VALUES:
        description = with_value(NETWORK, place, value)
        with suppress(CheckFailed):
            check_network(description)
        with suppress(Malformed):
            rebuild_network(description)


FIELDS = {
    "kind": (..., None, 5, ["Conv2d"]),
    "own": (..., None, 1, "yes"),
    "number": (..., None, "1", 1.0, True),
    "sequential": (..., None, 0, []),
    "training": (..., None, 1, "yes"),
    "settings": (..., None, [], {1: 2}),
    "parameters": (..., None, [], {1: None}, {"weight": 5}, {"weight": {}}),
    "buffers": (..., None, [], {1: None}, {"mean": np.zeros(2)}),
    "layers": (..., None, {}, [5], [["0"]], [[0, {}]], [["0", None]], (("0", {}),)),
}
TENSOR = serialize_tensor(torch.zeros(2, 3))
TENSOR_FIELDS = {
    "device": (..., None, 5, b"cpu"),
    "dtype": (..., None, 5, "float64", "int32"),
    "shape": (..., None, 6, [2, 3], (3, 2), (6,), (2, -3), (2, True), (2, 3.0), "23"),
    "strided": (..., None, 1),
    "grad": (..., None, 0),
    "values": (..., 5, [0.0] * 6, np.zeros((2, 3)), np.zeros((3, 2), "f4"), "x"),
}


def cases(fields):
    return [
        pytest.param(name, value, id=f"{name} {'missing' if value is ... else value!r}")
        for name, values in fields.items()
        for value in values
    ]


@pytest.mark.parametrize(("name", "value"), cases(FIELDS))
def test_each_wrong_field_of_a_network_is_refused(name, value):
    """At the top and in a layer of a layer."""
    top = serialize_network(nn.Sequential(nn.Sequential(nn.ReLU())))
    assert set(FIELDS) == set(check_network(top))
    for place in ((), ("layers", 0, 1), ("layers", 0, 1, "layers", 0, 1)):
        with pytest.raises(CheckFailed):
            check_network(with_value(top, (*place, name), value))


@pytest.mark.parametrize(("name", "value"), cases(TENSOR_FIELDS))
def test_each_wrong_field_of_a_tensor_is_refused(name, value):
    """Alone, as a parameter and as a buffer."""
    assert set(TENSOR_FIELDS) == set(check_tensor(TENSOR))
    wrong = with_value(TENSOR, (name,), value)
    with pytest.raises(CheckFailed):
        check_tensor(wrong)
    for held in ("parameters", "buffers"):
        with pytest.raises(CheckFailed):
            check_network(serialize_network(nn.ReLU()) | {held: {"weight": wrong}})


@pytest.mark.parametrize("description", [None, 5, "x", [], (), np.zeros(2), {}], ids=str)
def test_what_is_no_description_is_refused(description):
    """Whatever the codec may carry instead."""
    with pytest.raises(CheckFailed):
        check_network(description)
    with pytest.raises(CheckFailed):
        check_tensor(description)
