"""The output of the live convolution demo, and its sums, held against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from tests.book.conv_demo import (
    DEMO,
    drawn_volume,
    given,
    number,
    random_layer,
    read,
    torch_output,
)

pytestmark = pytest.mark.browser


def value_of(written):
    """What a written sum comes to: "2·(−1) + 3·0" is −2. Both sides of "=" must agree."""
    left, right = written.replace("\N{MINUS SIGN}", "-").split("=")
    total = 0.0
    for term in left.split("+"):
        factors = [float(factor.strip().strip("()")) for factor in term.split("·")]
        total += np.prod(factors)
    assert total == pytest.approx(float(right))
    return total


def test_default_output_is_what_torch_computes_from_the_drawn_numbers(show):
    """What is drawn is a convolution: torch, fed the page's input and filters, agrees."""
    page = show(DEMO)
    padded, slices = drawn_volume(page, "x"), drawn_volume(page, "w")
    biases = page.locator(DEMO).evaluate(
        "demo => [...demo.shadowRoot.querySelector('.volumes').textContent"
        ".matchAll(/b\\[\\d\\] = (\\S)/g)].map(found => Number(found[1]))"
    )
    assert padded.shape == (3, 7, 7)
    assert biases == [1, 0]
    x, w = padded[:, 1:-1, 1:-1], slices.reshape(2, 3, 3, 3)
    assert set(np.unique(x)) == {0, 1, 2}
    assert set(np.unique(w)) == {-1, 0, 1}
    assert padded.sum() == x.sum(), "the frame around the input should be zeros"
    expected = torch_output({"x": x, "w": w, "b": biases}, stride=2, pad=1)
    np.testing.assert_array_equal(read(page, "output"), expected)
    np.testing.assert_array_equal(drawn_volume(page, "y"), expected)


def test_numbers_from_the_page_are_used_and_give_the_sizes(show):
    """Numbers in a JSON child replace the defaults, and no attribute need repeat their sizes."""
    numbers = random_layer(np.random.default_rng(3), size=6, kernel=2, filters=3, depth=1)
    page = show(DEMO, 'stride="2" pad="1"', given(numbers))
    np.testing.assert_allclose(
        read(page, "output"), torch_output(numbers, stride=2, pad=1), rtol=1e-12, atol=1e-12
    )


def test_fifty_random_layers_equal_torch_or_are_refused_with_the_formula(show):
    """Sizes that tile give torch's numbers; the others give the formula and never a floor."""
    rng = np.random.default_rng(50)
    page = show(DEMO)
    valid = refused = 0
    for _ in range(50):
        size, kernel = int(rng.integers(3, 9)), int(rng.integers(1, 5))
        stride, pad = int(rng.integers(1, 5)), int(rng.integers(0, 3))
        filters, depth = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        numbers = random_layer(rng, size=size, kernel=kernel, filters=filters, depth=depth)
        page.evaluate(
            "markup => { document.querySelector('main').innerHTML = markup }",
            f'<conv-demo stride="{stride}" pad="{pad}">{given(numbers)}</conv-demo>',
        )
        output = read(page, "output")
        span = size - kernel + 2 * pad
        if span >= 0 and span % stride == 0:
            valid += 1
            expected = torch_output(numbers, stride, pad)
            np.testing.assert_allclose(output, expected, rtol=1e-12, atol=1e-12)
            assert page.locator("conv-demo .refusal").count() == 0
        else:
            refused += 1
            assert output is None
            reason = page.locator("conv-demo .refusal").inner_text()
            assert f"({size} − {kernel} + 2·{pad})/{stride} + 1 = " in reason
            assert page.locator("conv-demo [role=gridcell]").count() == 0
    assert valid >= 15 and refused >= 15, (valid, refused)


def test_a_stride_that_does_not_tile_is_refused_in_words(show):
    """Stride 3 on the default layer shows the formula, the reason, and strides that are valid."""
    page = show(DEMO)
    page.get_by_label("Stride").select_option("3")
    assert page.locator(".refusal").inner_text() == (
        "(5 − 3 + 2·1)/3 + 1 = 2.33… is not an integer: a 3×3 window at stride 3 "
        "does not tile this input. Nearest valid strides: 2 and 4."
    )
    assert read(page, "output") is None
    assert read(page, "selected") is None
    assert "2.33…" in page.get_by_role("status").inner_text()
    for name in ("Play", "Step", "Back"):
        assert page.get_by_role("button", name=name).is_disabled()
    page.get_by_label("Stride").select_option("4")
    assert np.shape(read(page, "output")) == (2, 2, 2)
    assert page.locator(".refusal").count() == 0
    assert page.get_by_role("button", name="Play").is_enabled()


def test_a_window_larger_than_the_padded_input_is_refused(show):
    """A kernel that does not fit is refused for that reason, whatever the stride."""
    page = show(DEMO, 'input="3" kernel="6" pad="1" stride="1"')
    assert page.locator(".refusal").inner_text() == (
        "(3 − 6 + 2·1)/1 + 1 = 0: a 6×6 window does not fit into the padded input of 5×5."
    )


@pytest.mark.parametrize("stride, pad", [(1, 0), (1, 1), (1, 2), (2, 0), (2, 2), (3, 2), (4, 1)])
def test_the_written_products_sum_to_the_value_of_every_cell(show, stride, pad):
    """For each output value the page writes K·K products a channel, and they add up to it."""
    page = show(DEMO, f'stride="{stride}" pad="{pad}"')
    output = np.array(read(page, "output"))
    written = page.locator(DEMO).evaluate(
        """demo => [...demo.shadowRoot.querySelectorAll('[role=gridcell]')].map(cell => {
            cell.focus();
            const lines = [...demo.shadowRoot.querySelectorAll('.products p')];
            const { filter, row, column } = demo.selected;
            return [[filter, row, column], lines.map(line => line.textContent.split(': ')[1])];
        })"""
    )
    assert [tuple(place) for place, _ in written] == [*np.ndindex(output.shape)]
    for place, (*channels, total) in written:
        value = output[tuple(place)]
        assert [line.count("·") for line in channels] == [9, 9, 9]
        assert sum(map(value_of, channels)) + [1, 0][place[0]] == value
        assert value_of(total) == value


def test_the_highlighted_patch_and_filter_are_the_ones_multiplied(show):
    """The marked input and filter cells, multiplied by the test itself, give the value."""
    page = show(DEMO)
    page.locator("conv-demo [role=gridcell]").nth(9 + 5).click()  # filter 1, row 1, column 2
    patch = page.locator("table.x td.on").all_inner_texts()
    weights = page.locator("table.w td.on").all_inner_texts()
    assert len(patch) == len(weights) == 27
    pairs = zip(patch, weights, strict=True)
    total = sum(number(value) * number(weight) for value, weight in pairs)
    assert total == read(page, "output")[1][1][2]  # the second bias is 0
    assert number(page.locator("table.y td.on").inner_text()) == total
