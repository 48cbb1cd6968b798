"""Networks and tensors are described by plain data and rebuilt; a wrong description is refused."""

import copy
from contextlib import suppress

import numpy as np
import pytest
import torch
from torch import nn

from autograder.course.errors import CheckFailed
from autograder.sandbox.handles import check_network, check_tensor, encode_object
from autograder.wire import questions, tags
from autograder.wire.codec import Malformed, decode
from autograder.wire.networks import (
    MAX_LAYERS,
    SETTINGS,
    answer_passes,
    can_rebuild,
    rebuild_network,
    rebuild_tensor,
    serialize_network,
    serialize_tensor,
)

IMAGES = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 4, 9, 8)).astype("f4"))
FEATURES = IMAGES.flatten(1)
# Each kind of layer, with every setting other than PyTorch's default, and what it is given.
LAYERS = {
    "Conv2d": (
        lambda: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (2, 1), groups=2, padding_mode="circular"),
        IMAGES,
    ),
    "Conv2d same": (lambda: nn.Conv2d(4, 4, 3, padding="same", bias=False), IMAGES),
    "Linear": (lambda: nn.Linear(288, 5), FEATURES),
    "Linear without bias": (lambda: nn.Linear(288, 5, bias=False), FEATURES),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4, eps=0.1, momentum=0.5), IMAGES),
    "BatchNorm2d plain": (
        lambda: nn.BatchNorm2d(4, affine=False, track_running_stats=False),
        IMAGES,
    ),
    "MaxPool2d": (lambda: nn.MaxPool2d((3, 2), (2, 1), (1, 0), (1, 2), ceil_mode=True), IMAGES),
    "MaxPool2d with indices": (lambda: nn.MaxPool2d(2, return_indices=True), IMAGES),
    "AvgPool2d": (lambda: nn.AvgPool2d((3, 2), (2, 3), (1, 1), True, False, 5), IMAGES),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((2, None)), IMAGES),
    "ReLU": (lambda: nn.ReLU(inplace=True), IMAGES),
    "Dropout": (lambda: nn.Dropout(0.3, inplace=True), IMAGES),
    "Flatten": (lambda: nn.Flatten(2, 3), IMAGES),
    "Identity": (nn.Identity, IMAGES),
    "Sequential": (lambda: nn.Sequential(), IMAGES),
}


@pytest.fixture(autouse=True)
def seeded():
    """Parameters are drawn by PyTorch's own generator."""
    torch.manual_seed(1)


def carried(model):
    """The network's description as it comes out of the codec at the other end."""
    buffers = []
    body = encode_object(model, buffers)[tags.NETWORK]
    return decode(body, buffers, lambda *_: pytest.fail("a value that is no plain data"))


def answers(model, given):
    with torch.no_grad():
        return model.eval()(given.clone())


def whole_network():
    norm = nn.BatchNorm2d(6)
    norm(IMAGES[:, :1].expand(-1, 6, -1, -1))  # running statistics other than at the start
    head = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(54, 7), nn.ReLU(), nn.Linear(7, 2))
    return nn.Sequential(nn.Conv2d(4, 6, 3, padding=1), norm, nn.ReLU(), nn.MaxPool2d(2, 3), head)


@pytest.mark.parametrize(("make", "given"), LAYERS.values(), ids=LAYERS)
def test_a_rebuilt_layer_answers_as_before(make, given):
    """Whatever its settings are."""
    layer = make()
    rebuilt = rebuild_network(carried(layer))
    assert type(rebuilt) is type(layer)
    torch.testing.assert_close(answers(rebuilt, given), answers(layer, given), rtol=0, atol=0)


@pytest.mark.parametrize(("make", "given"), LAYERS.values(), ids=LAYERS)
def test_a_rebuilt_layer_has_the_same_description(make, given):
    """Settings, parameters, buffers and mode; so nothing is lost on the way."""
    for training in (True, False):
        description = carried(make().train(training))
        again = carried(rebuild_network(description))
        assert again.keys() == description.keys()
        for key in ("kind", "own", "number", "sequential", "training", "settings", "layers"):
            assert again[key] == description[key], key
        for key in ("parameters", "buffers"):
            assert again[key].keys() == description[key].keys()
            for name, one in description[key].items():
                np.testing.assert_equal(again[key][name], one)


def test_every_kind_of_layer_is_tried():
    """A kind that is added to SETTINGS needs a layer above."""
    assert {name.partition(" ")[0] for name in LAYERS} == set(SETTINGS)


def test_a_rebuilt_network_answers_as_before():
    """Nested, with running statistics, in float32 and in float64."""
    for kind in (torch.float32, torch.float64):
        model = whole_network().to(kind)
        rebuilt = rebuild_network(carried(model))
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
    rebuilt = rebuild_network(carried(model))
    assert [one.requires_grad for one in rebuilt.parameters()] == [False, True]


def test_a_network_without_values_is_rebuilt_without_values():
    """On the meta device there are shapes alone."""
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
    rebuilt = rebuild_network(carried(model))
    assert {one.device.type for one in rebuilt.parameters()} == {"meta"}
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


def answered():
    """(a network, another one that answers its passes, the shapes that this was asked about)."""
    true, asked = whole_network(), []
    answer = lambda images: asked.append(images.shape) or answers(true, images)  # noqa: E731
    return answer_passes(whole_network().eval(), answer), true, asked


def in_turn(layers, given):
    for layer in layers:
        given = layer(given)
    return given


def test_every_way_through_a_network_is_answered_and_counted():
    """At once, layer by layer, through a copy, or several batches side by side."""
    model, true, asked = answered()
    *features, head = copy.deepcopy(model)
    ways = [model(IMAGES), in_turn([*features, *head], IMAGES), in_turn(features[:2], IMAGES)]
    for got in ways[:2]:
        torch.testing.assert_close(got, answers(true, IMAGES))
    parts = [IMAGES[:1], IMAGES[1:]]
    for layer in model:
        parts = [layer(one) for one in parts]
    torch.testing.assert_close(torch.cat(parts), answers(true, IMAGES))
    assert asked == [IMAGES.shape, IMAGES.shape, IMAGES.shape, (1, 4, 9, 8), (2, 4, 9, 8)]


def test_nothing_between_two_layers_is_true():
    """Neither a layer's values nor the answer to what was not let through all layers."""
    model, true, asked = answered()
    *features, head = model
    reached, wanted = in_turn(features, IMAGES), in_turn(true[:-1], IMAGES)
    assert not torch.allclose(reached, wanted, atol=1e-3)
    for given in (wanted, reached[:1]):
        assert not torch.allclose(head(given), true[-1](given), atol=1e-3)
    assert len(asked) == 1


def test_a_network_of_one_layer_is_answered():
    """It is first and last at once."""
    model = answer_passes(nn.Sequential(nn.Linear(2, 2)), lambda images: images + 1)
    assert torch.equal(model(torch.ones(3, 2)), torch.full((3, 2), 2.0))


def hidden_by_hooks(model):
    """What a network says of itself, by methods and hooks, is what it was."""
    before = copy.deepcopy(model)
    model._register_state_dict_hook(lambda *given: before.state_dict())
    model.named_modules = before.named_modules
    model.parameters, model.buffers = before.parameters, before.buffers
    return model


def test_no_hook_hides_what_changes_and_what_is_shared():
    """Parameters, buffers and modes are looked at where PyTorch holds them."""
    shared = hidden_by_hooks(nn.Sequential(whole_network(), nn.ReLU()))
    assert questions.share(shared[0], hidden_by_hooks(nn.Sequential(shared[0][1])))
    assert not questions.share(shared, copy.deepcopy(shared[0]))
    norm = shared[0][1]
    for change in (norm.weight.data.zero_, norm.running_mean.zero_, norm.eval):
        before = questions.content(shared)
        assert before == questions.content(shared)
        change()
        assert before != questions.content(shared)


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


def places(description, *, at=()):
    """Every place in a description, down to the fields of its tensors."""
    yield at
    inner = description.items() if isinstance(description, dict) else enumerate(description)
    for key, value in inner:
        if isinstance(value, dict | list):
            yield from places(value, at=(*at, key))
        else:
            yield (*at, key)


def spoiled(description, place, value):
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
        description = spoiled(NETWORK, place, value)
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
            check_network(spoiled(top, (*place, name), value))


@pytest.mark.parametrize(("name", "value"), cases(TENSOR_FIELDS))
def test_each_wrong_field_of_a_tensor_is_refused(name, value):
    """Alone, as a parameter and as a buffer."""
    assert set(TENSOR_FIELDS) == set(check_tensor(TENSOR))
    wrong = spoiled(TENSOR, (name,), value)
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
