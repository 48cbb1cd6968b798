"""What the book says of a layer's work follows from its sizes, and timing takes the least."""

import numpy as np
import pytest
import torch

from book import roofline
from book.networks import VGG16, AlexNet
from book.networks import layers as rows
from book.roofline import (
    Layer,
    Machine,
    Seconds,
    conv_layers,
    laps,
    measure_machine,
    peak_bytes,
    race,
)

SMALL = Layer("small", 100, 3, 31, 25, 3, 2, 1)


def test_a_layers_counts_are_those_of_its_arrays():
    """Bytes of x, w and out; flops of one product with the matrix of columns."""
    x, w, b = (torch.from_numpy(array) for array in SMALL.arrays())
    out = torch.nn.functional.conv2d(x, w, b, stride=2, padding=1)
    columns = torch.nn.functional.unfold(x, 3, stride=2, padding=1)
    assert out.shape[-1] == SMALL.out_side
    assert SMALL.bytes == x.nbytes + w.nbytes + out.nbytes
    assert SMALL.column_bytes == columns.nbytes
    assert SMALL.flops == 2 * 25 * columns.numel()
    assert x.dtype == torch.float32


@pytest.mark.parametrize("make", [VGG16, lambda: AlexNet(groups=1)], ids=["VGG-16", "AlexNet"])
def test_a_networks_layers_have_the_multiply_adds_of_its_table(make):
    """Each layer found is the first of its size in the table that the book prints."""
    table = {row.name: row for row in rows(make)}
    found = conv_layers(make)
    assert len({layer[1:] for layer in found}) == len(found) > 4
    for layer in found:
        assert layer.flops == 2 * table[layer.name].multiply_adds
        side = layer.out_side
        assert table[layer.name].shape == (layer.filters, side, side)


def test_no_convolution_of_a_network_is_missing():
    """Sizes that come twice are listed once."""
    sizes = {layer[1:] for layer in conv_layers(VGG16)}
    assert len(sizes) == 9  # of 13: conv3_3, conv4_3, conv5_2 and conv5_3 repeat others
    assert Layer("conv3_2", 1, 256, 56, 256, 3, 1, 1) in conv_layers(VGG16)


def test_the_roof_is_the_lower_of_two():
    """Bandwidth on the left of the ridge, arithmetic on the right."""
    machine = Machine(peak=100.0, bandwidth=10.0)
    assert machine.roof(2.0) == 20.0
    assert machine.roof(10.0) == machine.roof(50.0) == 100.0


@pytest.mark.parametrize("fastest", ["numpy", "torch", "conv2d"])
def test_the_fastest_library_sets_the_peak(monkeypatch, fastest):
    """NumPy's own speed stands beside it, and is the peak only where nothing is faster."""

    def one_is_fast(calls, rounds):
        for call in calls.values():
            call()  # each of them runs
        return {name: Seconds(0.1 if name == fastest else 1.0, 1.0) for name in calls}

    monkeypatch.setattr(roofline, "race", one_is_fast)
    machine = measure_machine()
    product, layer = 2 * 768**3, 2 * 256 * (128 * 9) * 28**2
    flops = {"numpy": product, "torch": product, "conv2d": layer}
    assert machine.peak == flops[fastest] / 0.1
    assert machine.numpy == product / (0.1 if fastest == "numpy" else 1.0)
    assert machine.bandwidth == 2 * 4 * 2**24


def test_a_machine_is_measured():
    """NumPy is one of those that set the peak."""
    machine = measure_machine(rounds=1)
    assert 0 < machine.numpy <= machine.peak
    assert machine.bandwidth > 0


def test_contenders_take_turns():
    """One warm-up each, then round by round."""
    order = []
    taken = laps({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=3)
    assert order == ["a", "b"] * 4
    assert [len(runs) for runs in taken.values()] == [3, 3]


def test_the_least_time_counts():
    """A single slow run does not show."""
    naps = iter([0, 0, 3_000_000, 0])
    best = race({"sum": lambda: sum(range(next(naps)))}, rounds=3)["sum"]
    assert best.cpu < 0.01 and best.wall < 0.01


def test_memory_is_counted_while_the_call_runs():
    """What was held and given back counts, what the caller holds does not."""
    held = np.zeros(10**6)
    assert 8_000 <= peak_bytes(lambda: np.zeros(1_000).sum()) < held.nbytes
