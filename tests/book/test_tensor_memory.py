"""Bytes of tensors, against what can be counted by hand."""

import torch
from tensor_memory import Recorder, kept_for_backward, on_meta, training_step
from torch import nn


class Tiny(nn.Sequential):
    """Two equal layers without biases: 8 values in, 8 between, 8 out, 128 weights."""

    input_shape = (8,)

    def __init__(self):
        super().__init__(nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False))


def test_a_convolution_a_relu_and_a_pooling_keep_what_they_need():
    """The input, the output of the ReLU once, and the switches; nothing else."""
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    x = torch.zeros(1, 3, 16, 16)
    kept = kept_for_backward(lambda: net(x), net.parameters())
    assert kept == 4 * 3 * 16 * 16 + 4 * 8 * 16 * 16 + 8 * 8 * 8 * 8


def test_at_use_only_a_pair_of_volumes_is_alive():
    """The input is given; of the two volumes that are made, both exist for a moment."""
    net, x = on_meta(Tiny, 5)
    with torch.no_grad(), Recorder(x, *net.parameters()) as recorder:
        net(x)
    assert recorder.start == 4 * (5 * 8 + 128)
    assert max(recorder.curve) - recorder.start == 2 * 4 * 5 * 8


def test_a_training_step_ends_with_parameters_and_their_gradients():
    """What was kept for the backward pass is gone by then; the input is still held."""
    step = training_step(Tiny, 5)
    assert 0 < step.middle < len(step.curve)
    assert step.curve[-1] <= 4 * (2 * 128 + 5 * 8 + 5 * 8 + 1) + 4 * 5 * 8
    assert step.curve[-1] >= 4 * (2 * 128 + 5 * 8)
    assert max(step.curve) > step.curve[step.middle - 1] > step.start


def test_recomputed_segments_hold_less_and_work_more():
    """Of many equal layers."""

    class Chain(nn.Sequential):
        input_shape = (1000,)

        def __init__(self):
            super().__init__(*[nn.Linear(1000, 1000, bias=False) for _ in range(16)])

    whole, parts = (training_step(Chain, 2000, segments=count) for count in (0, 4))
    assert max(parts.curve) < max(whole.curve)
    assert len(parts.names) > len(whole.names)
