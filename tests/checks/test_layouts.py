"""The layouts that convolutions are asked with tile under all settings and reach all allowed."""

import numpy as np
import pytest

from autograder.checks.checking import agree
from autograder.checks.layouts import (
    BOTH,
    CORNERS,
    FEW,
    LAYOUTS,
    ONE_ROW,
    PADS,
    SQUARE,
    STRIDES,
    TALL,
    WIDE,
    judged_layouts,
    layer,
    spread,
)
from autograder.course.errors import CheckFailed

ALL = (*LAYOUTS, FEW, *CORNERS)
SETTINGS = ({}, *STRIDES, *PADS, *BOTH, {"dilation": 5}, {"dilation": 2, "stride": 4, "pad": 3})


def sizes(layout, **how):
    """(H, W), (KH, KW), (OH, OW) of a layer."""
    x, w, _, places = layer(np.random.default_rng(0), layout, **how)
    return x.shape[2:], w.shape[2:], places


@pytest.mark.parametrize("how", SETTINGS, ids=str)
@pytest.mark.parametrize("layout", ALL, ids=str)
def test_a_layer_tiles_under_every_setting(layout, how):
    """In both directions, with at least one pixel."""
    stride, pad, dilation = how.get("stride", 1), how.get("pad", 0), how.get("dilation", 1)
    for size, taps, count in zip(*sizes(layout, **how), strict=True):
        assert size >= 1
        assert (count - 1) * stride + (taps - 1) * dilation + 1 == size + 2 * pad


@pytest.mark.parametrize("how", SETTINGS, ids=str)
def test_padding_changes_no_shape_that_a_slip_could_hide_in(how):
    """What is square stays so, what has two different sides keeps them, a row if it tiles."""
    height, width = sizes(SQUARE, **how)[0]
    assert height == width
    if 2 * how.get("pad", 0) % how.get("stride", 1) == 0:
        assert sizes(ONE_ROW, **how)[0][0] == 1
    for layout in (TALL, WIDE, FEW):
        height, width = sizes(layout, **how)[0]
        assert height != width


def test_the_layouts_reach_all_that_the_contract_allows():
    """Kernels of 1 to 7 taps in each direction, rows and columns of pixels, whole images."""
    for axis in (0, 1):
        assert {layout[1][axis] for layout in CORNERS} >= set(range(1, 8))
        assert any(sizes(layout)[0][axis] == 1 for layout in CORNERS)
    whole = [layout for layout in CORNERS if sizes(layout)[0] == layout[1]]
    assert {layout[1][0] == layout[1][1] for layout in whole} == {True, False}
    assert [how["stride"] for how in STRIDES] == [2, 3, 4, 5]
    assert [how["pad"] for how in PADS] == [1, 2, 3, 4]


def test_each_setting_is_asked_in_the_first_layout_and_in_one_of_any_two_others():
    """So that a layout may be left out, and no setting with it."""
    pairs = list(spread(LAYOUTS, STRIDES))
    assert [how for layout, how in pairs if layout == SQUARE] == list(STRIDES)
    others = [how for layout, how in pairs if layout != SQUARE]
    assert sorted(others, key=str) == sorted(STRIDES, key=str)


def test_layouts_that_are_wrong_already_are_left_out_until_none_is_left():
    """Then the cell that finds what is wrong with them is named."""

    def right_for_one_image(layout):
        agree(layout[0][0], 1)

    assert judged_layouts(right_for_one_image, LAYOUTS, "test_f_volume") == [SQUARE]
    with pytest.raises(CheckFailed, match="before test_f_volume passes in part"):
        judged_layouts(right_for_one_image, (TALL, WIDE), "test_f_volume")
