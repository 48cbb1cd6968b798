"""The networks of a check say something of every image, and their passes are told apart."""

import copy

import numpy as np
import pytest
import torch

from autograder.checks.local_student import LocalStudent
from autograder.checks.torchchecks import count_passes, held, lend, network, run_redrawn, tensor

# A single unit behind each ReLU: what is drawn at random stops it as often as not.
NARROW = ("conv", 1, 1, 2), ("relu",), ("conv", 1, 1, 2), ("relu",), ("conv", 1, 2, 1)
POOLED = ("conv", 1, 1, 1), ("relu",), ("pool", 2), ("conv", 1, 2, 1)


def images(rng, count, size):
    return [
        torch.from_numpy(rng.normal(size=(1, 1, size, size)).astype("f4")) for _ in range(count)
    ]


def every_layer_at_once(model, given):
    for layer in model:
        given = [layer(one) for one in given]
    return given


def true_scores(model, given):
    with torch.no_grad():
        return [model(one) for one in given]


def same(got, want):
    torch.testing.assert_close([one.detach() for one in got], want, rtol=1e-6, atol=0)


def test_every_pass_has_its_own_scores():
    """Whatever weights are drawn for the student, and though layer follows layer, not pass pass."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        model, given = network(rng, *NARROW), images(rng, 4, 4)
        same(every_layer_at_once(count_passes(model)[0], given), true_scores(model, given))


def test_images_with_the_same_maxima_have_their_own_scores():
    """A pooling may hide where two images differ, in the student's network but not in the true one.

    The true network negates the images, so that it takes the smallest value of each window.
    """
    model = network(np.random.default_rng(0), *POOLED)
    with torch.no_grad():
        model[0].weight.fill_(-1)
        model[0].bias.fill_(9)
    for order in (1, -1):
        given = [torch.tensor([[[[low, 1.0], [2.0, 3.0]]]]) for low in (0.0, 0.5, -1.0)][::order]
        want = true_scores(model, given)
        assert not torch.equal(want[0], want[1])
        same(every_layer_at_once(count_passes(model)[0], given), want)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hundreds_of_passes_are_told_apart(dtype):
    """Of images that are nearly the same as well, and in another order than they were asked."""
    rng = np.random.default_rng(1)
    model = network(rng, *NARROW, dtype=dtype)
    base, kind = rng.normal(size=(1, 1, 4, 4)), getattr(torch, dtype)
    given = [torch.tensor(base + 1e-3 * number, dtype=kind) for number in range(200)]
    *layers, last = count_passes(model)[0]
    reached = every_layer_at_once(layers, given)[::-1]
    same([last(one) for one in reached][::-1], true_scores(model, given))


def test_what_did_not_go_through_all_layers_has_no_scores():
    """Values of another pass's size, and values that were made up."""
    rng = np.random.default_rng(2)
    model, given = network(rng, *NARROW), images(rng, 2, 4)
    *layers, last = count_passes(model)[0]
    wanted = true_scores(model, given)
    for reached in every_layer_at_once(layers, given):
        for changed in (reached * 1.01, reached + 1, torch.zeros_like(reached)):
            assert not any(torch.allclose(last(changed), want, atol=1e-3) for want in wanted)


def test_the_students_weights_are_not_the_true_ones():
    """And other ones each time, so that nobody knows them beforehand."""
    model = network(np.random.default_rng(3), *NARROW)
    given, again = (count_passes(model)[0] for _ in range(2))
    for true, one, other in zip(*(m.parameters() for m in (model, given, again)), strict=True):
        assert not torch.allclose(true, one) and not torch.allclose(one, other)


def test_a_network_tells_images_apart():
    """No draw gives a network whose last ReLU stops whatever comes."""
    spec = ("conv", 1, 2, 2), ("relu",), ("flatten",), ("linear", 8, 4), ("relu",), ("linear", 4, 2)
    for seed in range(100):
        rng = np.random.default_rng(seed)
        model = network(rng, *spec)
        scores = torch.cat(true_scores(model, images(rng, 20, 3)))
        assert (scores.std(dim=0) > 1e-3).all(), seed


def test_the_next_call_works_on_what_was_lent():
    """Once, wherever it stands in the arguments; what was not lent is copied."""
    calls = []
    student = LocalStudent({"function": lambda *args: calls.append(args)})
    one, other, model = tensor(np.ones(2)), tensor(np.ones(2)), network(None, ("relu",))
    lend(one), lend(model)
    for _ in range(2):
        student.function(one, [other, (model, one)])
    (first, (second, (third, fourth))), again = calls[0], calls[1]
    assert first is fourth is one and third is model and second is not other
    assert again[0] is not one and again[1][1][0] is not model


def test_a_students_own_copy_of_what_was_lent_is_a_copy():
    """And a change of it is no change of what was lent."""

    def function(model):
        copied = copy.deepcopy(model)
        with torch.no_grad():
            copied[0].weight.zero_()
        return copied

    student = LocalStudent({"function": function})
    model = network(np.random.default_rng(0), ("linear", 2, 2))
    before = held(model)
    assert student.function(lend(model)) is not model
    assert held(model) == before and set(vars(model)) == set(vars(copy.deepcopy(model)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_with_our_parameters_has_our_dtype(dtype):
    """Whatever it was made in, as by a student who set PyTorch's default."""
    spec = ("conv", 2, 3, 3), ("relu",), ("flatten",), ("linear", 12, 5)
    model = network(np.random.default_rng(0), *spec, dtype=dtype)
    ones = np.ones((2, 2, 4, 4), np.float32)
    answer, drawn = run_redrawn(model, ones, np.random.default_rng(1))
    assert {values.dtype for values in (answer, *drawn)} == {np.dtype(np.float32)}
    again, _ = run_redrawn(model.float(), ones, np.random.default_rng(1))
    assert np.array_equal(answer, again)
