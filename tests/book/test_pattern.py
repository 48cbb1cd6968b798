"""A pattern is read into the network it describes, or the error points at the character."""

import pytest
import torch
from torch import nn

from book.networks import VGG16, AlexNet, layers, seeded
from book.networks.pattern import PatternError, build, parse

NOTES = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC"
IMAGE = (3, 32, 32)


def kinds(text, **settings):
    return [layer.kind for layer in parse(text, **settings)]


@pytest.mark.parametrize(
    ("text", "settings", "convs", "pools", "fcs"),
    [
        pytest.param("INPUT -> FC", {}, 0, 0, 1, id="linear classifier"),
        pytest.param("INPUT -> CONV -> RELU -> FC", {}, 1, 0, 1, id="one convolution"),
        pytest.param(
            "INPUT -> [CONV -> RELU -> POOL]*2 -> FC -> RELU -> FC", {}, 2, 2, 2, id="one a pooling"
        ),
        pytest.param(
            "INPUT -> [CONV -> RELU -> CONV -> RELU -> POOL]*3 -> [FC -> RELU]*2 -> FC",
            {},
            *(6, 3, 3),
            id="two a pooling",
        ),
        pytest.param(NOTES, {"N": 3, "M": 4, "K": 2}, 12, 4, 3, id="letters"),
        pytest.param(NOTES, {"N": 3, "M": 4, "K": 2, "pool": False}, 12, 0, 3, id="no POOL?"),
        pytest.param(NOTES, {"N": 0, "M": 2, "K": 1}, 0, 2, 2, id="N = 0"),
        pytest.param(NOTES, {"N": 9, "M": 0, "K": 0}, 0, 0, 1, id="M = K = 0"),
        pytest.param("INPUT->[CONV->RELU]*2->[FC->RELU]->FC", {}, 2, 0, 2, id="no spaces"),
        pytest.param("INPUT\n  -> [[[POOL]*2]*2]\n  -> FC\n", {}, 0, 4, 1, id="lines and nesting"),
        pytest.param("INPUT -> [CONV -> RELU]*D -> FC", {"D": 5}, 5, 0, 1, id="any letter"),
    ],
)
def test_a_right_pattern_builds_and_runs(text, settings, convs, pools, fcs):
    """It has the layers that its repeats multiply out to, and gives a score for each class."""
    network = build(text, IMAGE, 7, filters=4, units=9, **settings)
    found = [type(module) for module in network]
    assert found.count(nn.Conv2d) == convs
    assert found.count(nn.MaxPool2d) == pools
    assert found.count(nn.Linear) == fcs
    assert found.count(nn.ReLU) == convs + fcs - 1
    images = torch.randn(2, *IMAGE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        scores = network(images)
    assert scores.shape == (2, 7)
    assert torch.isfinite(scores).all()


def test_layers_come_in_the_order_of_the_pattern():
    """Repeats are unrolled in place, and INPUT is no layer."""
    assert kinds(NOTES, N=2, M=2, K=1) == [
        *("CONV", "RELU", "CONV", "RELU", "POOL"),
        *("CONV", "RELU", "CONV", "RELU", "POOL"),
        *("FC", "RELU", "FC"),
    ]


def test_each_optional_pooling_can_have_an_answer_of_its_own():
    """AlexNet pools after its first, second and fifth convolution; a plain POOL always stays."""
    answers = [True, True, False, False, True]
    read = kinds(NOTES, N=1, M=5, K=2, pool=answers)
    after = [read[:place].count("CONV") for place, kind in enumerate(read) if kind == "POOL"]
    assert after == [1, 2, 5]
    assert kinds("INPUT -> POOL -> POOL? -> FC", pool=False) == ["POOL", "FC"]
    with pytest.raises(ValueError, match="pool has 5 answers, the pattern 4"):
        parse(NOTES, N=1, M=4, K=2, pool=answers)


def test_vgg_16_is_a_pattern():
    """Two blocks of two and three of three, with VGG's sizes: the rows of VGG-16 but for names."""
    text = (
        "INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> [[CONV -> RELU]*3 -> POOL]*3"
        " -> [FC -> RELU]*2 -> FC"
    )
    filters = [64] * 2 + [128] * 2 + [256] * 3 + [512] * 6

    def make():
        return build(text, (3, 224, 224), 1000, filters=filters, units=4096)

    assert [row[1:] for row in layers(make, (3, 224, 224))] == [row[1:] for row in layers(VGG16)]


def test_alexnet_is_the_same_pattern_with_other_sizes():
    """Its CONV, POOL and FC come in the order of the notes' line."""
    pattern = kinds(NOTES, N=1, M=5, K=2, pool=[True, True, False, False, True])
    kind = {"Conv2d": "CONV", "MaxPool2d": "POOL", "Linear": "FC"}
    rows = [kind[row.kind] for row in layers(AlexNet) if row.kind in kind]
    assert rows == [kind for kind in pattern if kind != "RELU"]


def test_sizes_are_given_by_keyword():
    """One for each layer in running order; padding keeps rows and columns."""
    network = build(
        "INPUT -> [CONV -> RELU]*2 -> POOL -> [FC -> RELU]*2 -> FC",
        (1, 12, 9),
        10,
        filters=(6, 8),
        units=[20, 30],
        kernel=5,
        pool_size=3,
    )
    shapes = [tuple(parameter.shape) for parameter in network.parameters()]
    assert shapes == [
        *((6, 1, 5, 5), (6,), (8, 6, 5, 5), (8,)),
        *((20, 8 * 4 * 3), (20,), (30, 20), (30,), (10, 30), (10,)),
    ]


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        pytest.param({"filters": [1, 2, 3]}, ValueError, "filters has 3 numbers, but 2", id="few"),
        pytest.param({"units": [8, 8]}, ValueError, "units has 2 numbers, but 1 ", id="many"),
        pytest.param({"filters": 0}, ValueError, "filters must be 1 or more", id="none"),
        pytest.param({"kernel": 4}, ValueError, "kernel must be odd", id="even kernel"),
        pytest.param({"pool_size": 0}, ValueError, "pool_size must be 1 or more", id="no pooling"),
        pytest.param({"filter": 8}, TypeError, "no letter filter", id="misspelt"),
    ],
)
def test_sizes_that_do_not_fit_the_pattern_are_refused(settings, error, says):
    """The message names the keyword; nothing is quietly left over or used twice."""
    with pytest.raises(error, match=says):
        build("INPUT -> [CONV -> RELU]*2 -> FC -> RELU -> FC", IMAGE, 10, **settings)


# Each with the caret line that the message must have.
WRONG = [
    ("", "^", "expected INPUT, found the end"),
    ("CONV -> RELU -> FC", "^", "expected INPUT, found CONV"),
    ("INPUT", "     ^", "a pattern ends in FC"),
    ("INPUT ->  ", "        ^", "expected CONV, RELU, POOL, FC or [, found the end"),
    ("INPUT -> conv -> FC", "         ^", "found conv: layers are in capitals"),
    ("INPUT -> CONVS -> FC", "         ^", "found CONVS"),
    ("INPUT -> INPUT -> FC", "         ^", "found INPUT"),
    ("INPUT -> CONV RELU -> FC", "              ^", "expected -> or the end, found RELU"),
    ("INPUT -> CONV > RELU -> FC", "              ^", "> means nothing here: an arrow is written"),
    ("INPUT -> [CONV -> RELU -> FC", "         ^", "this [ is never closed"),
    ("INPUT -> [[POOL]*2 -> POOL -> FC", "         ^", "this [ is never closed"),
    ("INPUT -> [[POOL] -> [POOL", "                    ^", "this [ is never closed"),
    ("INPUT -> CONV -> RELU]*2 -> FC", "                     ^", "found ]"),
    ("INPUT -> []*2 -> FC", "          ^", "found ]"),
    (
        "INPUT -> [CONV -> RELU]* -> FC",
        "                         ^",
        "expected a number or a letter",
    ),
    ("INPUT -> [CONV -> RELU]*-1 -> FC", "                        ^", "- means nothing here"),
    ("INPUT -> [CONV -> RELU]*2.5 -> FC", "                         ^", ". means nothing here"),
    ("INPUT -> [CONV -> RELU]2 -> FC", "                       ^", "or the end, found 2"),
    ("INPUT -> POOL*2 -> FC", "             ^", "found *"),
    ("INPUT -> CONV? -> RELU -> FC", "             ^", "found ?"),
    ("INPUT -> [POOL]*Q -> FC", "                ^", "Q has no number: give Q=2"),
    ("INPUT -> [POOL]*9999999999 -> FC", "                ^", "more than 1,000 layers"),
    ("INPUT -> [[POOL]*900]*900 -> FC", "                      ^", "more than 1,000 layers"),
    ("INPUT -> RELU -> FC", "         ^", "RELU cannot follow INPUT"),
    ("INPUT -> [CONV]*2 -> RELU -> FC", "          ^", "CONV cannot follow CONV: a RELU"),
    ("INPUT -> CONV -> POOL -> FC", "                 ^", "POOL cannot follow CONV: a RELU"),
    (
        "INPUT -> CONV -> RELU -> RELU -> FC",
        "                         ^",
        "RELU cannot follow RELU",
    ),
    ("INPUT -> FC -> FC", "               ^", "FC cannot follow FC: a RELU belongs between"),
    ("INPUT -> FC -> RELU -> POOL -> FC", "                       ^", "cannot come after FC"),
    ("INPUT -> FC -> RELU", "                   ^", "a pattern ends in FC"),
    ("INPUT -> [POOL]*6 -> FC", "          ^", "2×2 windows do not tile 1×1"),
]


@pytest.mark.parametrize(
    ("text", "caret", "says"), WRONG, ids=[text.strip() or "empty" for text, _, _ in WRONG]
)
def test_a_wrong_pattern_is_shown_with_a_caret_under_the_character(text, caret, says):
    """The message holds the line, the caret below the right column, the column and the reason."""
    with pytest.raises(PatternError) as caught:
        build(text, IMAGE, 10)
    column = len(caret)
    assert (caught.value.line, caught.value.column) == (1, column)
    _, shown, under, reason = str(caught.value).split("\n")
    assert (shown, under) == (text, caret)
    assert reason.startswith(f"column {column}: ")
    assert says in reason


def test_of_several_lines_the_one_at_fault_is_shown():
    """The line is numbered and shown alone, its tab kept so that the caret stands below."""
    with pytest.raises(PatternError) as caught:
        parse("INPUT\n -> [CONV -> RELU]*2\n\t-> CONV -> POOL\n -> FC")
    assert (caught.value.line, caught.value.column) == (3, 13)
    _, shown, under, reason = str(caught.value).split("\n")
    assert shown == "\t-> CONV -> POOL"
    assert under == "\t           ^"
    assert reason.startswith("line 3, column 13: POOL cannot follow CONV")


@pytest.mark.parametrize("number", [-1, 1.5, "2"])
def test_a_letter_needs_a_whole_number(number):
    """The caret stands under the letter, and the message says what it was given."""
    with pytest.raises(PatternError, match=r"N is .* not a whole number") as caught:
        parse("INPUT -> [POOL]*N -> FC", N=number)
    assert caught.value.column == 17


def test_the_network_of_a_pattern_is_seeded_like_the_others():
    """The same pattern and seed give the same scores."""

    def make():
        return build(NOTES, IMAGE, 10, N=1, M=2, K=1)

    images = torch.randn(2, *IMAGE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        first, again, other = (seeded(make, seed)(images) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
