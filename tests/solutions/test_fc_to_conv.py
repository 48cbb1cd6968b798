"""The reference of `fc_to_conv`, against PyTorch and brute force, and its checks."""

from __future__ import annotations

import copy
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn

from autograder.course.errors import ForbiddenRoute
from tests.fairness.suite import Variant
from tests.solutions.solved import solved

SOLVED = solved("fc_to_conv")
REFERENCE = SOLVED.reference


def drawn(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def networks():
    """(a network in float64 and eval mode, its feature shape, window, stride), by name."""
    head = (nn.ReLU(), nn.Dropout(0.5), nn.Linear(7, 4))
    table = {
        "one pooling": (
            nn.Sequential(
                nn.Conv2d(2, 3, 3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Flatten(),
                nn.Linear(27, 7),
                *head,
            ),
            (3, 3, 3),
            8,
            2,
        ),
        "two poolings and a norm": (
            nn.Sequential(
                nn.Conv2d(2, 3, 5),
                nn.BatchNorm2d(3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.AvgPool2d(2),
                nn.Flatten(),
                nn.Linear(12, 7),
                *head,
            ),
            (3, 2, 2),
            12,
            4,
        ),
        "a strided convolution": (
            nn.Sequential(nn.Conv2d(2, 5, 3, stride=3), nn.Tanh(), nn.Flatten(), nn.Linear(20, 3)),
            (5, 2, 2),
            6,
            3,
        ),
        "nothing before Flatten": (
            nn.Sequential(nn.Flatten(), nn.Linear(18, 7), *head),
            (2, 3, 3),
            3,
            1,
        ),
    }
    rng = np.random.default_rng(1)
    for model, *_ in table.values():
        model.double().eval()
        with torch.no_grad():
            for values in model.parameters():
                values.copy_(torch.from_numpy(rng.normal(size=tuple(values.shape))))
    return table


NETWORKS = networks()
each_network = pytest.mark.parametrize("name", NETWORKS)


def every_crop(model, images, window, stride):
    """Brute force: PyTorch's own unfold cuts the windows out, in the order of the map."""
    N, C, H, W = images.shape
    OH, OW = (H - window) // stride + 1, (W - window) // stride + 1
    columns = nn.functional.unfold(images, window, stride=stride).transpose(1, 2)
    with torch.no_grad():
        scores = model(columns.reshape(-1, C, window, window))
    return scores.reshape(N, OH, OW, -1).permute(0, 3, 1, 2)


# The reference against oracles that share no code with it


@pytest.mark.parametrize("shape", [(3, 2, 4), (1, 5, 1), (4, 1, 1)], ids=str)
def test_fc_to_conv_computes_what_linear_computes(shape):
    """The convolution gives one place, with the scores of nn.Flatten and nn.Linear."""
    linear = nn.Linear(int(np.prod(shape)), 5).double()
    x = drawn(6, *shape)
    with torch.no_grad():
        w, b = REFERENCE.fc_to_conv(linear.weight, linear.bias, shape)
        got = nn.functional.conv2d(x, w, b)
        torch.testing.assert_close(got, linear(x.flatten(1))[:, :, None, None])


@pytest.mark.parametrize("kernel", [(3, 2), (1, 4)], ids=str)
@pytest.mark.parametrize("pad", [0, 1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_conv_to_fc_computes_what_conv2d_computes(stride, pad, kernel):
    """The matrix times the flattened image is the flattened convolution."""
    H, W = ((places - 1) * stride + k - 2 * pad for places, k in zip((5, 7), kernel, strict=True))
    w, b, x = drawn(4, 3, *kernel), drawn(4, seed=1), drawn(2, 3, H, W, seed=2)
    weight, bias = REFERENCE.conv_to_fc(w, b, (3, H, W), stride=stride, pad=pad)
    want = nn.functional.conv2d(x, w, b, stride=stride, padding=pad)
    torch.testing.assert_close(nn.functional.linear(x.flatten(1), weight, bias), want.flatten(1))


def test_conv_to_fc_is_mostly_zeros():
    """A row of the matrix has as many entries as a filter has taps, and no filter value is new."""
    w = drawn(2, 3, 3, 2)
    weight, _ = REFERENCE.conv_to_fc(w, torch.zeros(2).double(), (3, 6, 5))
    assert set((weight != 0).sum(dim=1).tolist()) == {3 * 3 * 2}
    assert set(weight[weight != 0].tolist()) == set(w.flatten().tolist())


def test_both_ways_lead_back():
    """A fully connected layer as a convolution as a fully connected layer is the same again."""
    weight, bias = drawn(5, 24), drawn(5, seed=1)
    there = REFERENCE.fc_to_conv(weight, bias, (2, 3, 4))
    for got, was in zip(REFERENCE.conv_to_fc(*there, (2, 3, 4)), (weight, bias), strict=True):
        torch.testing.assert_close(got, was)


@each_network
def test_convolutionalize_scores_all_windows(name):
    """Without zero padding the map has the scores of every crop at the network's stride."""
    model, shape, window, net_stride = NETWORKS[name]
    images = drawn(2, 2, window + 2 * net_stride, window + 3 * net_stride)
    with torch.no_grad():
        got = REFERENCE.convolutionalize(model, shape)(images)
    torch.testing.assert_close(got, every_crop(model, images, window, net_stride))


@each_network
def test_sliding_window_scores_are_those_of_the_crops(name):
    """Crop by crop or all crops in one batch: the same map."""
    model, _, window, _ = NETWORKS[name]
    for stride in (1, 2, 5):
        images = drawn(2, 2, window + 3 * stride, window + 2 * stride)
        with torch.no_grad():
            got = REFERENCE.sliding_window_scores(model, images, window=window, stride=stride)
        torch.testing.assert_close(got, every_crop(model, images, window, stride))


@each_network
def test_shifted_dense_scores_are_those_of_the_crops(name):
    """For every stride and every small image: the same map, from the passes that have room."""
    model, shape, window, net_stride = NETWORKS[name]
    dense = REFERENCE.convolutionalize(model, shape)
    passes = []
    dense.register_forward_hook(lambda *_: passes.append(1))
    for stride in (s for s in range(1, net_stride + 1) if net_stride % s == 0):
        shifts = net_stride // stride
        for rows, columns in ((1, 1), (1, 2), (3, 2), (net_stride, 5), (2 * shifts + 1, 7)):
            images = drawn(2, 2, window + (rows - 1) * stride, window + (columns - 1) * stride)
            passes.clear()
            with torch.no_grad():
                got = REFERENCE.shifted_dense_scores(
                    dense, images, window=window, stride=stride, net_stride=net_stride
                )
            torch.testing.assert_close(got, every_crop(model, images, window, stride))
            assert len(passes) == min(shifts, rows) * min(shifts, columns)


def test_padding_makes_crops_and_pass_differ_everywhere():
    """The notes' claim, that 36 crops are one pass, holds in no place of a padded network."""
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(50, 3)
    ).double()
    images = drawn(1, 1, 20, 20)
    with torch.no_grad():
        dense = REFERENCE.convolutionalize(model, (2, 5, 5))(images)
    apart = (dense - every_crop(model, images, 10, 2)).abs().amax(dim=(0, 1))
    assert apart.shape == (6, 6)
    assert (apart > 1e-6).all()


# What the contract asks for besides the values


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@each_network
def test_convolutionalize_copies_everything_and_changes_nothing(name, training):
    """Modes are kept, no memory is shared, and the model is what it was."""
    model, shape, *_ = copy.deepcopy(NETWORKS[name])
    model.train(training)
    before, text = copy.deepcopy(model.state_dict()), repr(model)
    converted = REFERENCE.convolutionalize(model, shape)
    assert {part.training for part in converted.modules()} == {training}
    with torch.no_grad():
        for values in (*converted.parameters(), *converted.buffers()):
            values.add_(1)
    assert repr(model) == text
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)


def test_convolutionalize_keeps_the_mode_of_each_layer():
    """A network whose norm is frozen in eval mode stays frozen there, and only there."""
    model = nn.Sequential(nn.BatchNorm2d(1).eval(), nn.Flatten(), nn.Linear(4, 2), nn.Dropout())
    converted = REFERENCE.convolutionalize(model, (1, 2, 2))
    assert [part.training for part in converted.modules()] == [True, False, True, True]


def test_convolutionalize_draws_no_random_numbers():
    """Nothing random is drawn: a seeded training run goes on as it would have."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    before = torch.random.get_rng_state()
    REFERENCE.convolutionalize(model, (1, 2, 2))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_results_stay_on_the_device_and_in_the_dtype(device, dtype):
    """What comes in on one device, in one dtype, goes out on it and in it."""
    like = {"device": device, "dtype": dtype}
    model = nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 3)).to(**like)
    images = torch.ones(1, 1, 8, 6, **like)
    dense = REFERENCE.convolutionalize(model, (1, 2, 2))
    results = [
        *REFERENCE.fc_to_conv(torch.ones(2, 6, **like), torch.ones(2, **like), (1, 2, 3)),
        *REFERENCE.conv_to_fc(torch.ones(2, 1, 2, 2, **like), torch.ones(2, **like), (1, 3, 4)),
        *dense.parameters(),
        REFERENCE.sliding_window_scores(model, images, window=4, stride=1),
        REFERENCE.shifted_dense_scores(dense, images, window=4, stride=1, net_stride=2),
    ]
    assert {(value.device.type, value.dtype) for value in results} == {(device, dtype)}


def score_calls(H, W, **how):
    """The three functions that compute an output size, on H × W with windows of 6."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
    dense, images = nn.Conv2d(1, 2, 6, stride=4), torch.zeros(1, 1, H, W)
    return {
        "conv_to_fc": lambda: REFERENCE.conv_to_fc(
            torch.zeros(2, 1, 6, 6), torch.zeros(2), (1, H, W), **how
        ),
        "sliding_window_scores": lambda: REFERENCE.sliding_window_scores(
            model, images, window=6, **how
        ),
        "shifted_dense_scores": lambda: REFERENCE.shifted_dense_scores(
            dense, images, window=6, net_stride=4, **how
        ),
    }


each_score_call = pytest.mark.parametrize("function", score_calls(6, 6))


@each_score_call
@pytest.mark.parametrize(("H", "W", "odd"), [(19, 14, 19), (14, 19, 19)])
def test_sizes_that_do_not_tile_are_refused(function, H, W, odd):
    """The message names size, window, stride and padding of the direction that fails."""
    with pytest.raises(ValueError, match=rf"size {odd}, kernel or window 6, stride 4, pad 0"):
        score_calls(H, W, stride=4)[function]()


@each_score_call
def test_a_stride_of_zero_is_refused(function):
    """A window that never moves is refused in words."""
    with pytest.raises(ValueError, match=r"stride 0.*must be at least 1"):
        score_calls(14, 14, stride=0)[function]()


@each_score_call
def test_a_window_larger_than_the_image_is_refused(function):
    """An image that the window does not fit into is refused in words."""
    with pytest.raises(ValueError, match="kernel is larger than the padded input"):
        score_calls(14, 2, stride=4)[function]()


def test_a_stride_that_does_not_divide_the_networks_is_refused():
    """Both strides are named."""
    with pytest.raises(ValueError, match="stride 3 does not divide the network's stride 4"):
        score_calls(15, 15, stride=3)["shifted_dense_scores"]()


def test_single_images_are_refused_with_a_hint():
    """A forgotten axis is explained, with what to write."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    with pytest.raises(ValueError, match=r"images needs 4 axes.*image\[None\]"):
        REFERENCE.sliding_window_scores(model, torch.zeros(1, 4, 4), window=2, stride=2)
    with pytest.raises(ValueError, match=r"images needs 4 axes"):
        REFERENCE.shifted_dense_scores(
            model, torch.zeros(1, 4, 4), window=2, stride=2, net_stride=2
        )


def test_shapes_that_do_not_go_together_are_refused():
    """Every mismatch is named: columns, biases, channels, a missing Flatten."""
    with pytest.raises(ValueError, match="24 columns, but a volume of 2 × 3 × 5 has 30"):
        REFERENCE.fc_to_conv(torch.zeros(4, 24), torch.zeros(4), (2, 3, 5))
    with pytest.raises(ValueError, match="weight and bias disagree about D: 4 against 3"):
        REFERENCE.fc_to_conv(torch.zeros(4, 24), torch.zeros(3), (2, 3, 4))
    with pytest.raises(ValueError, match="w has 2 channels, input_shape 3"):
        REFERENCE.conv_to_fc(torch.zeros(4, 2, 2, 2), torch.zeros(4), (3, 4, 4))
    with pytest.raises(ValueError, match=r"no nn\.Flatten"):
        REFERENCE.convolutionalize(nn.Sequential(nn.Conv2d(1, 2, 3)), (2, 1, 1))


# The checks


def test_cropping_every_window_is_a_forbidden_route():
    """Right scores from crops earn nothing for the last function, and are called by their name."""
    lost = SOLVED.lost(SOLVED.variant("shifted_dense_scores", "crops"))
    assert list(lost) == SOLVED.own_tests("shifted_dense_scores")
    assert all("one for every window" in message for message in lost.values())


@pytest.mark.parametrize("line", ["import scipy", "import gc", "vars()", "setattr(torch, 'a', 1)"])
def test_other_libraries_are_no_route(line):
    """Nothing but cropping every window does the asked work in a student's place."""
    for function in SOLVED.functions:
        source = f"def {function}():\n    {line}\n"
        SOLVED.look(function, source)


def test_the_function_that_crops_is_a_route_to_the_last_one_only():
    """`sliding_window_scores` runs the network on every crop."""
    for function in SOLVED.functions:
        source = (
            f"def {function}(*given, **how):\n    return sliding_window_scores(*given, **how)\n"
        )
        last = function == "shifted_dense_scores"
        with pytest.raises(ForbiddenRoute) if last else nullcontext():
            SOLVED.look(function, source)


STRANGE = [
    "None",
    "3",
    "'scores'",
    "[]",
    "(None, None)",
    "np.zeros(3)",
    "torch.zeros(())",
    "object()",
]


@pytest.mark.parametrize(
    "result", [*STRANGE, "nn.ReLU()", "nn.Sequential()", "torch.eye(3).to_sparse()"]
)
@pytest.mark.parametrize("function", SOLVED.functions)
def test_strange_results_are_the_students_fault(function, result):
    """Whatever comes back, a check fails and is no fault of the grader."""
    source = f"def {function}(*arguments, **how):\n    return {result}\n"
    lost = SOLVED.lost(Variant("chaff", function, result, source))
    assert list(lost) == SOLVED.own_tests(function)
