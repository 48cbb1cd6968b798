"""Networks that are saved from the page and loaded back, and files that are none."""

from __future__ import annotations

import json

import digits
import pytest
import torch
from torch import nn

from tests.book.live_figures import press, spoken, state, tab_to

pytestmark = pytest.mark.browser

TRAINER = "convnet-trainer"


def ready(page):
    page.locator("button[name=toggle]:not(:disabled)").wait_for()


def steps(page, count):
    """Takes so many steps by hand."""
    for at in range(1, count + 1):
        page.get_by_role("button", name="One step").click()
        page.wait_for_function(f"document.querySelector('{TRAINER}').state.step === {at}")


def saved(page):
    """The name and the text of the file that a click on the button saves."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the network").click()
    return waiting.value.suggested_filename, waiting.value.path().read_text()


def load(page, text, name="network.json"):
    buffer = text if isinstance(text, bytes) else text.encode()
    file = {"name": name, "mimeType": "application/json", "buffer": buffer}
    page.locator("[name=load]").set_input_files(file)


def test_a_saved_network_is_that_network_in_pytorch(show):
    """The arrays of the file, in PyTorch's order, read the unseen digits as the page says."""
    page = show(TRAINER, 'filters="4"')
    ready(page)
    steps(page, 20)
    name, text = saved(page)
    assert name == "network-20.json"
    file = json.loads(text)
    net = nn.Sequential(
        *(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(16, 10)),
    )
    with torch.no_grad():
        for parameter, values in zip(net.parameters(), file["weights"], strict=True):
            parameter.copy_(torch.tensor(values).view_as(parameter))
    split = digits.load(seed=0, test=297)
    right = (net(split.x_test).argmax(1) == split.y_test).double().mean().item()
    assert right == pytest.approx(state(page, TRAINER)["tests"][-1][1], abs=0.004)


def test_loading_brings_network_settings_and_weights_back(show):
    """After everything was changed, the file has all of it as it was, to the last digit."""
    page = show(TRAINER, 'filters="2" optimizer="adam" seed="3"')
    ready(page)
    steps(page, 10)
    before = state(page, TRAINER)
    _, text = saved(page)
    page.locator("[name=data]").select_option("clothes")
    page.locator("[name=pattern]").fill("INPUT -> FC")
    page.locator("[name=optimizer]").select_option("sgd")
    page.get_by_label("Overfit twenty pictures").check()
    ready(page)
    load(page, text)
    page.wait_for_function(
        f"document.querySelector('{TRAINER}').shadowRoot.querySelector('.say')"
        ".textContent.startsWith('Loaded')"
    )
    after = state(page, TRAINER)
    settings = ("pattern", "data", "filters", "optimizer", "rate", "seed", "few")
    assert [after[name] for name in settings] == [before[name] for name in settings]
    assert page.locator("[name=optimizer]").input_value() == "adam"
    assert not page.get_by_label("Overfit twenty pictures").is_checked()
    assert after["tests"][0][1:] == before["tests"][-1][1:]
    assert f"the weights of step 10, {100 * after['tests'][0][1]:.1f}%" in spoken(page)
    again = json.loads(saved(page)[1])
    assert again["weights"] == json.loads(text)["weights"]
    steps(page, 1)  # training goes on from them
    assert state(page, TRAINER)["losses"][0] < before["losses"][0]


def edited(**changes):
    """An edit of a file: keys of its settings or of itself get other values."""

    def edit(file):
        for name, value in changes.items():
            (file["settings"] if name in file["settings"] else file)[name] = value
        return json.dumps(file)

    return edit


def without(name):
    return lambda file: json.dumps({key: file[key] for key in file if key != name})


def weights(change):
    """An edit of the arrays of a file."""

    def edit(file):
        change(file["weights"])
        return json.dumps(file)

    return edit


ALIEN = "x.json is no network that was saved here."
WEIGHTS = "x.json is damaged. It does not hold the 650 weights and biases"
FILES = {
    "empty": (lambda file: "", ALIEN),
    "text": (lambda file: "a network", ALIEN),
    "half": (lambda file: json.dumps(file)[:300], ALIEN),
    "picture": (lambda file: bytes(range(256)), ALIEN),
    "deep": (lambda file: "[" * 200_000, ALIEN),
    "null": (lambda file: "null", ALIEN),
    "list": (lambda file: "[1, 2]", ALIEN),
    "other": (lambda file: '{"figure": "network-reader", "version": 1}', ALIEN),
    "later": (edited(version=2), "x.json was saved by another version"),
    "large": (lambda file: " " * 10_000_001, "x.json is larger than any network"),
    "no_settings": (without("settings"), "x.json is damaged. What it says of “Pattern”"),
    "step": (edited(step=-1), "“steps”"),
    "rate": (edited(rate=11), "“Learning rate”"),
    "rate_text": (edited(rate="0.05"), "“Learning rate”"),
    "kernel": (edited(kernel=2), "“Kernel”"),
    "data": (edited(data="__proto__"), "“Pictures”"),
    "optimizer": (edited(optimizer="constructor"), "“Optimizer”"),
    "few": (edited(few=1), "“Overfit twenty pictures”"),
    "pattern": (edited(pattern="INPUT -> CONV"), "“Pattern”"),
    "pattern_too_deep": (edited(pattern="INPUT -> [CONV -> RELU -> POOL]*9 -> FC"), "“Pattern”"),
    "pattern_number": (edited(pattern=7), "“Pattern”"),
    "no_weights": (without("weights"), WEIGHTS),
    "other_network": (edited(pattern="INPUT -> CONV -> RELU -> FC"), "the 5,210 weights"),
    "short": (weights(lambda arrays: arrays[0].pop()), WEIGHTS),
    "lists": (weights(lambda arrays: arrays.append([])), WEIGHTS),
    "word": (weights(lambda arrays: arrays[0].__setitem__(0, "0.5")), WEIGHTS),
    "none": (weights(lambda arrays: arrays[1].__setitem__(0, None)), WEIGHTS),
    "too_large": (weights(lambda arrays: arrays[0].__setitem__(0, 1e300)), WEIGHTS),
}


def test_files_that_hold_no_network_get_a_sentence(show):
    """Each names the file and what is wrong, and is said; the network in the page stays."""
    page = show(TRAINER, 'pattern="INPUT -> FC"')
    ready(page)
    steps(page, 2)
    before = state(page, TRAINER)
    file = json.loads(saved(page)[1])
    for name, (edit, sentence) in FILES.items():
        load(page, edit(json.loads(json.dumps(file))), "x.json")
        page.wait_for_function(
            f"""text => document.querySelector('{TRAINER}').shadowRoot
                .querySelector('.alien').textContent.includes(text)""",
            arg=sentence,
        )
        assert sentence in spoken(page), name
        assert state(page, TRAINER) == before, name
    load(page, json.dumps(file))
    page.locator(".alien").wait_for(state="hidden")


def test_weights_that_diverged_are_not_saved(show):
    """A network of no numbers would be no network when it is loaded."""
    page = show(TRAINER, 'rate="10" decay="1"')
    ready(page)
    page.get_by_role("button", name="Start").click()
    page.locator("button[name=save]:disabled").wait_for()
    assert "no number" in page.locator(".say").inner_text()


def test_the_keys_save_and_load(show):
    """Tab reaches both, Enter saves, and the space bar asks for a file."""
    page = show(TRAINER)
    ready(page)
    tab_to(page, TRAINER, "[name=save]")
    with page.expect_download() as waiting:
        press(page, "Enter")
    text = waiting.value.path().read_text()
    tab_to(page, TRAINER, "[name=load]")
    with page.expect_file_chooser() as chooser:
        press(page, "Space")
    file = {"name": "a.json", "mimeType": "application/json", "buffer": text.encode()}
    chooser.value.set_files(file)
    page.wait_for_function(
        f"document.querySelector('{TRAINER}').shadowRoot.querySelector('.say')"
        ".textContent.startsWith('Loaded')"
    )
