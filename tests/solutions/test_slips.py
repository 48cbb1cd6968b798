"""A slip costs the test cells that it breaks, and a hint says what the wrong values show."""

from __future__ import annotations

import pytest

from tests.edits import edit
from tests.fairness.suite import Variant
from tests.solutions.solved import solved

# By assignment: the function, the fairness suite's wrong answer and the cells that it loses.
SLIPS = {
    "naive_convolution": (
        ("conv_output_size", "pad_ignored", ["values"]),
        ("conv_output_size", "float_returned", ["int"]),
        ("conv_output_size", "negative_pad_let_in", ["refusals"]),
        ("conv_output_size", "message_without_stride", ["message"]),
        ("conv2d_forward", "stride_ignored", ["stride"]),
        ("conv2d_forward", "padding_by_the_edge", ["pad"]),
        ("conv2d_forward", "bias_forgotten", ["volume"]),
        ("conv2d_forward", "always_float64", ["dtype"]),
        ("conv2d_forward", "single_precision_inside", ["dtype"]),
        ("conv2d_forward", "columns_floored", ["refusal"]),
        ("conv2d_forward", "first_image_only", ["volume"]),
        ("conv2d_backward", "dw_flipped", ["dw"]),
        ("conv2d_backward", "db_averaged", ["db"]),
        ("conv2d_backward", "stride_ignored", ["geometry"]),
        ("conv2d_backward", "frame_cut_off_one_end", ["geometry"]),
        ("conv2d_backward", "dout_scaled_in_place", ["dtype"]),
        ("dilated_conv2d_forward", "rows_only", ["value"]),
        ("dilated_conv2d_forward", "stride_ignored", ["geometry"]),
        ("dilated_conv2d_forward", "floors", ["refusal"]),
        ("dilated_conv2d_forward", "filters_cleared", ["dtype"]),
        ("locally_connected_forward", "bias_shared", ["value"]),
        ("locally_connected_forward", "places_taken_from_w", ["refusal"]),
        ("locally_connected_forward", "always_float64", ["dtype"]),
    ),
    "im2col_convolution": (
        ("im2col", "stride_ignored", ["stride"]),
        ("im2col", "rows_kh_kw_c", ["order"]),
        ("im2col", "message_without_pad", ["refusal"]),
        ("col2im", "frame_kept", ["pad"]),
        ("col2im", "frame_cut_at_zero", ["value", "overlap"]),
        ("conv2d_forward_im2col", "no_bias", ["volume"]),
        ("conv2d_forward_im2col", "pad_not_passed", ["geometry"]),
        ("conv2d_forward_im2col", "naive_loops", ["speed"]),
        ("conv2d_backward_im2col", "db_mean", ["db"]),
        ("conv2d_backward_im2col", "stride_not_in_col2im", ["geometry"]),
    ),
    "vgg_sizing": (
        ("layer_shapes", "floors", ["refusal"]),
        ("layer_shapes", "names_no_padding", ["refusal"]),
        ("layer_shapes", "fc_is_a_number", ["fc", "network"]),
        ("layer_shapes", "takes_layers_out", ["network"]),
        ("layer_shapes", "lists_for_tuples", ["network"]),
        ("layer_parameters", "fc_square", ["fc"]),
        ("layer_parameters", "no_biases", ["network"]),
        ("multiply_adds", "pooling_works", ["network"]),
        ("activation_memory", "always_four", ["bytes"]),
        ("receptive_field", "stride_first", ["jump"]),
        ("multiply_adds", "with_biases", ["conv", "fc"]),
        ("training_memory", "three_copies", ["copies"]),
        ("training_memory", "forward_only", ["batch"]),
        ("largest_batch", "negative", ["none"]),
        ("largest_batch", "capped", ["fits"]),
        ("largest_batch", "slots_not_handed_on", ["settings"]),
        ("build_network", "no_relu", ["layers", "runs"]),
        ("build_network", "pool_stride_left_out", ["settings", "runs"]),
        ("build_network", "frozen_numbers", ["parameters"]),
    ),
}


@pytest.mark.parametrize(
    ("name", "function", "what", "cells"),
    [
        pytest.param(name, *slip, id=f"{slip[0]}-{slip[1]}")
        for name, slips in SLIPS.items()
        for slip in slips
    ],
)
def test_a_slip_costs_what_it_breaks(name, function, what, cells):
    """It is paid once; what was done right still earns its marks."""
    lost = solved(name).lost(solved(name).variant(function, what))
    assert list(lost) == [f"test_{function}_{cell}" for cell in cells]


def messages(variant):
    """What is said about all test cells of `naive_convolution` that a variant loses."""
    return "\n".join(solved("naive_convolution").lost(variant).values())


@pytest.mark.parametrize(
    ("function", "what", "says"),
    [
        ("conv2d_forward", "kernel_flipped", "the filter is turned around"),
        ("conv2d_forward", "bias_forgotten", "the biases are not added"),
        ("conv2d_forward", "bias_of_the_first_filter", "every value gets the first bias"),
        ("dilated_conv2d_forward", "bias_forgotten", "the biases are not added"),
        ("locally_connected_forward", "bias_forgotten", "the biases are not added"),
    ],
)
def test_a_hint_names_what_the_values_show(function, what, says):
    """Where the wrong values are those of a slip that is known, the hint is about it."""
    assert says in messages(solved("naive_convolution").variant(function, what))


def test_a_hint_accuses_of_nothing_that_the_values_do_not_show():
    """A padding that is always 1 is told so, and not that the filter is turned around."""
    source = edit(
        solved("naive_convolution").cells["conv2d_forward"],
        ("padded = np.pad", "pad = 1\n    padded = np.pad"),
        ("    OH = conv_output_size", "    pad = 1\n    OH = conv_output_size"),
    )
    said = messages(Variant("chaff", "conv2d_forward", "pad fixed at 1", source))
    assert "zeros are put around the image although pad is 0" in said
    assert "turned" not in said
