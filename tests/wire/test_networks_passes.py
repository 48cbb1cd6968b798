"""Only a whole pass through a network is answered, by the other process."""

import copy

import torch
from torch import nn

from autograder.wire.networks import answer_passes
from tests.wire.small_networks import IMAGES, answers, whole_network


def answering_network():
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
    model, true, asked = answering_network()
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
    model, true, asked = answering_network()
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
