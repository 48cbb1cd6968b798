"""Networks and tensors are described by plain data and rebuilt as they were."""

import numpy as np
import pytest
import torch
from torch import nn

from autograder.sandbox.handles import check_network, check_tensor, encode_object
from autograder.wire import tags
from autograder.wire.codec import Malformed, decode
from autograder.wire.networks import (
    MAX_LAYERS,
    SETTINGS,
    can_rebuild,
    rebuild_network,
    rebuild_tensor,
    serialize_network,
    serialize_tensor,
)
from tests.wire.small_networks import IMAGES, LAYERS, answers, whole_network


def through_the_codec(model):
    """The network's description as it comes out of the codec at the other end."""
    buffers = []
    body = encode_object(model, buffers)[tags.NETWORK]
    return decode(body, buffers, lambda *_: pytest.fail("a value that is no plain data"))


@pytest.mark.parametrize(("make", "given"), LAYERS.values(), ids=LAYERS)
def test_a_rebuilt_layer_answers_as_before(make, given):
    """Whatever its settings are."""
    layer = make()
    rebuilt = rebuild_network(through_the_codec(layer))
    assert type(rebuilt) is type(layer)
    torch.testing.assert_close(answers(rebuilt, given), answers(layer, given), rtol=0, atol=0)


@pytest.mark.parametrize(("make", "given"), LAYERS.values(), ids=LAYERS)
def test_a_rebuilt_layer_has_the_same_description(make, given):
    """Settings, parameters, buffers and mode; so nothing is lost on the way."""
    for training in (True, False):
        description = through_the_codec(make().train(training))
        again = through_the_codec(rebuild_network(description))
        assert again.keys() == description.keys()
        for key in ("kind", "own", "number", "sequential", "training", "settings", "layers"):
            assert again[key] == description[key], key
        for key in ("parameters", "buffers"):
            assert again[key].keys() == description[key].keys()
            for name, values in description[key].items():
                np.testing.assert_equal(again[key][name], values)


def test_every_kind_of_layer_is_tried():
    """A kind that is added to SETTINGS needs a layer above."""
    assert {name.partition(" ")[0] for name in LAYERS} == set(SETTINGS)


def test_a_rebuilt_network_answers_as_before():
    """Nested, with running statistics, in float32 and in float64."""
    for kind in (torch.float32, torch.float64):
        model = whole_network().to(kind)
        rebuilt = rebuild_network(through_the_codec(model))
        assert torch.equal(answers(rebuilt, IMAGES.to(kind)), answers(model, IMAGES.to(kind)))
        assert [name for name, _ in rebuilt.named_modules()] == [
            name for name, _ in model.named_modules()
        ]


def test_a_rebuilt_network_shares_no_memory():
    """A change of one is no change of the other."""
    model = nn.Sequential(nn.Linear(2, 2))
    rebuilt = rebuild_network(serialize_network(model))
    with torch.no_grad():
        rebuilt[0].weight.zero_()
    assert model[0].weight.abs().sum() > 0


def test_parameters_stay_frozen_or_not():
    """`requires_grad` is part of a description."""
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].weight.requires_grad = False
    rebuilt = rebuild_network(through_the_codec(model))
    assert [values.requires_grad for values in rebuilt.parameters()] == [False, True]


def test_a_network_without_values_is_rebuilt_without_values():
    """On the meta device there are shapes alone."""
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
    rebuilt = rebuild_network(through_the_codec(model))
    assert {values.device.type for values in rebuilt.parameters()} == {"meta"}
    assert tuple(rebuilt[0].weight.shape) == (3, 2, 3, 3)


def test_a_layer_that_is_used_twice_has_one_number():
    """A description is a tree; the numbers say which of its leaves are the same layer."""
    relu = nn.ReLU()
    description = serialize_network(nn.Sequential(relu, nn.ReLU(), relu))
    numbers = [layer["number"] for _, layer in description["layers"]]
    assert numbers[0] == numbers[2] != numbers[1]
    assert description["number"] not in numbers


class OwnLinear(nn.Linear):
    """A student's own layer."""


class Conv2d(nn.Module):
    """A student's own layer under a known name."""

    def forward(self, images):
        return images


@pytest.mark.parametrize("layer", [OwnLinear(2, 2), Conv2d(), nn.Softmax(dim=1), nn.Module()])
def test_other_layers_are_described_by_name_and_not_rebuilt(layer):
    """Only PyTorch's own layers of SETTINGS, wherever in the network they are."""
    description = serialize_network(nn.Sequential(nn.ReLU(), nn.Sequential(layer)))
    assert (
        check_network(description)["layers"][1][1]["layers"][0][1]["kind"] == type(layer).__name__
    )
    assert not can_rebuild(description)
    with pytest.raises(Malformed):
        rebuild_network(description)


def test_networks_of_known_layers_can_be_rebuilt():
    """Each of the layers above alone, too."""
    assert can_rebuild(serialize_network(whole_network()))
    assert all(can_rebuild(serialize_network(make())) for make, _ in LAYERS.values())


def test_a_lazy_layer_is_described_without_values():
    """It has none before its first input."""
    description = serialize_network(nn.LazyLinear(3))
    assert check_network(description)["parameters"]["weight"]["values"] is None


def test_a_network_has_no_endless_number_of_layers():
    """What would take minutes to rebuild is refused."""
    model = nn.Sequential(*[nn.ReLU()] * (MAX_LAYERS - 1))
    rebuild_network(serialize_network(model))
    with pytest.raises(Malformed):
        rebuild_network(serialize_network(nn.Sequential(model)))


@pytest.mark.parametrize(
    "tensor",
    [
        pytest.param(torch.arange(6).reshape(2, 3), id="integers"),
        pytest.param(torch.tensor(2.5, dtype=torch.float64), id="no axes"),
        pytest.param(torch.zeros(0, 3), id="no values"),
        pytest.param(torch.ones(2, 3).T, id="transposed"),
        pytest.param(torch.ones(2, requires_grad=True), id="with gradient"),
        pytest.param(torch.tensor([True, False]), id="booleans"),
        pytest.param(torch.ones(2, dtype=torch.float16), id="half precision"),
        pytest.param(nn.Parameter(torch.ones(2)), id="a parameter"),
        pytest.param(torch.empty(2, 3, device="meta"), id="meta"),
    ],
)
def test_a_tensor_comes_back_as_it_was(tensor):
    """Device, dtype, shape, gradient and values."""
    rebuilt = rebuild_tensor(check_tensor(serialize_tensor(tensor)))
    assert (rebuilt.device, rebuilt.dtype, rebuilt.shape) == (
        tensor.device,
        tensor.dtype,
        tensor.shape,
    )
    assert rebuilt.requires_grad == tensor.requires_grad
    assert tensor.is_meta or torch.equal(rebuilt, tensor)


@pytest.mark.parametrize(
    "tensor",
    [
        pytest.param(torch.ones(2, dtype=torch.bfloat16), id="bfloat16"),
        pytest.param(torch.ones(2, dtype=torch.complex64), id="complex"),
        pytest.param(torch.eye(2).to_sparse(), id="sparse"),
        pytest.param(torch.empty(2, device="meta", dtype=torch.bfloat16), id="bfloat16 on meta"),
    ],
)
def test_a_tensor_of_another_kind_is_described_without_values_and_not_rebuilt(tensor):
    """A check can say what it is; nobody can use it."""
    description = check_tensor(serialize_tensor(tensor))
    assert (description["values"], description["dtype"]) == (
        None,
        str(tensor.dtype).removeprefix("torch."),
    )
    with pytest.raises(Malformed):
        rebuild_tensor(description)
