"""Two networks beside each other in the network sizer, driven in a real browser."""

from __future__ import annotations

import numpy as np
import pytest

from tests.book.live_figures import state
from tests.book.network_sizer import SIZER
from tests.browser import NARROW, barriers, overflow

pytestmark = pytest.mark.browser


def test_two_networks_stand_beside_each_other(show):
    """Another preset's sums are shown next to those of the lines, with bars to compare them."""
    page = show(SIZER)
    page.get_by_label("Beside it").select_option("alexnet")
    rows = page.locator(".beside tbody tr").all_inner_texts()
    assert [row.split("\t")[1:] for row in rows] == [
        ["138,357,544", "60,965,224"],
        ["61 MB", "5.65 MB"],
        ["15,470,264,320", "724,406,816"],
    ]
    assert page.locator(".beside thead th").all_inner_texts() == ["VGG-16", "AlexNet"]
    assert page.url.endswith("#network-sizer=vgg16&beside=alexnet")
    page.reload()
    page.wait_for_function("document.querySelector('network-sizer').state?.beside === 'alexnet'")
    page.set_viewport_size(NARROW)
    assert overflow(page) <= 0
    assert barriers(page, impacts=("moderate", "serious", "critical")) == []


def test_their_layers_stand_beside_each_other(show):
    """In the table of pairs both networks are whole, in order, and sizes that are alike meet."""
    page = show(SIZER)
    page.get_by_label("Beside it").select_option("alexnet")
    cells = page.locator("table.pairs").evaluate(
        "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(c => c.textContent))"
    )
    left, right = (
        [[*row[at].rsplit(" ", 1), *row[at + 1 : at + 3]] for row in cells if row[at]]
        for at in (0, 3)
    )
    assert [name for name, *_ in left] == [layer["name"] for layer in state(page, SIZER)["layers"]]
    assert [name for name, *_ in right][1:3] == ["conv 96 11x11 s4", "lrn"]
    assert right[-1] == ["fc 1000", "1000", "4.1\N{NO-BREAK SPACE}M", "4.1\N{NO-BREAK SPACE}M"]
    sides = [
        [name.rsplit(" ", 1)[1].split("×") for name in (row[0], row[3]) if name] for row in cells
    ]
    both = [pair for pair in sides if len(pair) == 2]
    assert len(both) >= 3
    assert all(one[1:2] == other[1:2] for one, other in both)
    feet = page.locator("table.pairs tfoot tr > *").all_inner_texts()
    assert [feet[1], feet[4]] == ["138\N{NO-BREAK SPACE}M", "61\N{NO-BREAK SPACE}M"]


def test_every_pair_of_random_networks_is_whole(show):
    """Nothing is lost, doubled or out of order, wherever maps grow or shrink."""
    rng = np.random.default_rng(98)
    lists = [[[int(n) for n in rng.integers(1, 9, rng.integers(0, 9))] for _ in range(2)]
             for _ in range(50)]  # fmt: skip
    pairs = show(SIZER).evaluate(
        """async lists => {
            const { pairLayers } = await import('./network-pairs.mjs');
            return lists.map(two => pairLayers(...two.map(sides =>
                sides.map((side, at) => ({ at, shape: [1, side, side] })))));
        }""",
        lists,
    )
    for two, found in zip(lists, pairs, strict=True):
        for which, sides in enumerate(two):
            assert [pair[which]["at"] for pair in found if pair[which]] == [*range(len(sides))]
        alike = [[layer["shape"][1] for layer in pair if layer] for pair in found]
        assert all(len(set(sides)) == 1 for sides in alike)
