"""The networks of the case studies beside each other, held against the book's own."""

from __future__ import annotations

import re

import networks
import pytest

from tests.book import BOOK
from tests.book.live_figures import (
    assert_refused,
    assert_welcoming,
    press,
    spoken,
    state,
    tab_to,
)

pytestmark = pytest.mark.browser

GALLERY = "network-gallery"
SIX = {
    "lenet5": networks.LeNet5,
    "alexnet": networks.AlexNet,
    "zfnet": networks.ZFNet,
    "vgg16": networks.VGG16,
    "googlenet": networks.GoogLeNet,
    "resnet50": networks.ResNet50,
}


def test_the_costs_are_those_of_the_books_networks(show):
    """Parameters, multiply-adds and memory of all six, as the book counts them in PyTorch."""
    costs = state(show(GALLERY), GALLERY)["costs"]
    assert list(costs) == list(SIX)
    for name, make in SIX.items():
        rows = networks.layers(make)
        assert costs[name]["parameters"] == sum(row.weights + row.biases for row in rows)
        assert costs[name]["multiplyAdds"] == sum(row.multiply_adds for row in rows)


def test_the_errors_are_those_of_the_chapter(show):
    """What the figure says of the challenge stands in the chapter's table, with its source."""
    text = (BOOK / "case-studies.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| 20\d\d \| (\w+) \| .*? \| ([\d.]+)% \{", text, re.MULTILINE))
    costs = state(show(GALLERY), GALLERY)["costs"]
    names = {"alexnet": "AlexNet", "zfnet": "ZFNet", "googlenet": "GoogLeNet", "vgg16": "VGGNet",
             "resnet50": "ResNet"}  # fmt: skip
    for name, title in names.items():
        assert costs[name]["error"] == float(listed[title])
    assert costs["lenet5"]["error"] is None


def boxes(page, name):
    """Width and height of each box of a drawing, as it stands on the page."""
    return page.locator(f"svg[data-network={name}] rect").evaluate_all(
        "all => all.map(one => [one.width.baseVal.value, one.height.baseVal.value])"
    )


def test_all_drawings_have_one_scale(show):
    """A box is as high as its rows and as wide as its maps, in the same proportion everywhere."""
    page = show(GALLERY, 'networks="alexnet vgg16"')
    vgg, alexnet = boxes(page, "vgg16"), boxes(page, "alexnet")
    assert vgg[0][1] / alexnet[0][1] == pytest.approx(224 / 227, rel=0.01)
    assert alexnet[1][1] / alexnet[0][1] == pytest.approx(55 / 227, rel=0.02)
    assert vgg[-1][0] / vgg[-2][0] == pytest.approx(1000 / 4096, rel=0.02)
    assert alexnet[-2][0] == pytest.approx(vgg[-2][0])


def test_networks_are_chosen_by_click_touch_and_keys(show):
    """Check boxes add and remove drawings; the pointer or the arrows read out a volume."""
    page = show(GALLERY, touch=True)
    assert page.locator("svg").count() == 2
    page.get_by_role("checkbox", name="AlexNet").check()
    assert spoken(page) == "AlexNet is drawn."
    page.get_by_role("checkbox", name="ResNet-50").tap()
    page.locator("svg[data-network=resnet50]").wait_for(state="detached")
    assert state(page, GALLERY)["networks"] == ["alexnet", "vgg16"]
    tab_to(page, GALLERY, "svg[data-network=vgg16]")
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    assert state(page, GALLERY)["chosen"] == {"network": "vgg16", "at": 2}
    press(page, *["ArrowLeft"] * 4)
    assert state(page, GALLERY)["chosen"] == {"network": "vgg16", "at": 0}
    page.locator("svg[data-network=vgg16] rect").nth(1).click()
    said = "VGG-16, conv 64 3x3 s1 p1: 64×224×224, 1,792 parameters, 86,704,128 multiply-adds"
    assert spoken(page).startswith(said)
    assert page.locator("rect.on").count() == 1
    for name in ("AlexNet", "VGG-16"):
        page.get_by_role("checkbox", name=name).uncheck()
    assert page.locator(".say").inner_text() == "Choose a network above."


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme):
    assert_welcoming(show, GALLERY, theme, f'networks="{" ".join(SIX)}"')


def test_a_network_that_is_not_there_leaves_the_fallback(show):
    assert_refused(show, GALLERY, 'networks="vgg19"', '"vgg19" is not one of lenet5')
