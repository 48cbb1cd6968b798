"""A chaff is its base with the edits that are written down, or nothing at all."""

import ast
from types import ModuleType

import pytest

from autograder.course.folders import find_course
from tests.fairness import suite
from tests.fairness.edits import chaff, chaff_source, solved_functions

SOLUTION = """\
def total(values, *, start=0):
    result = start
    for value in values:
        if value:
            result += value
            result += 0
    return result
"""


def wheat__built_in(values, *, start=0):
    """The sum that Python has."""
    return sum(values, start)


def chaff__left_out(values, *, start=0):
    """A chaff that no list names."""
    return 0


def of_total(*edits, base=None):
    """The source of a chaff of `total` with these edits."""
    return chaff_source(chaff("slip", *edits, base=base), "total", SOLUTION)


def test_an_edit_replaces_its_text_and_nothing_else():
    """The rest of the solution stays as it is, to the letter."""
    unedited = SOLUTION.removesuffix("return result\n")
    assert of_total(("return result", "return -result")) == unedited + "return -result\n"


def test_several_edits_refer_to_the_base():
    """What one edit puts in does not count when the next one looks for its text."""
    swapped = of_total(("result = start", "return result"), ("return result", "result = start"))
    assert swapped.split("\n")[1::5] == ["    return result", "    result = start"]


def test_a_wheat_can_be_the_base():
    """The docstring is left out, and the function has the name that the notebook knows."""
    source = of_total((", start)", ")"), base=wheat__built_in)
    assert source == "def total(values, *, start=0):\n    return sum(values)\n"


def test_a_block_is_found_at_its_own_indentation_and_indented_like_it():
    """Blocks are written at any indentation; lines inside keep theirs."""
    old = """
        if value:
            result += value
    """
    new = """
    while value:
        result += 1

        value -= 1
    """
    source = of_total((old, new))
    assert "        while value:\n            result += 1\n\n            value -= 1\n" in source
    assert "if value" not in source


def test_a_block_can_stand_in_for_part_of_a_line():
    """Its first line takes the place of the text, the others are indented like that line."""
    source = of_total(("return", "\nresult += 1\nreturn"))
    assert source.endswith("\n    result += 1\n    return result\n")


@pytest.mark.parametrize(
    ("old", "times"), [("retrun", 0), ("result +=", 2), ("\nif value:\n    result += 0", 0)]
)
def test_a_text_that_is_not_there_once_is_named(old, times):
    """The message names function, variant, base and text."""
    with pytest.raises(ValueError) as refusal:
        of_total((old, ""))
    label = "total, chaff slip of the solution"
    assert str(refusal.value) == f"{label}: it has this {times} times and not once:\n{old}"


def test_the_base_of_a_text_that_is_not_there_is_named():
    """A wheat that was rewritten takes no chaff with it silently."""
    with pytest.raises(ValueError, match="chaff slip of wheat__built_in: it has this 0"):
        of_total(("result", ""), base=wheat__built_in)


def test_edits_must_not_overlap():
    """Of two edits of the same letters neither can be made."""
    with pytest.raises(
        ValueError, match="total, chaff slip of the solution: another edit overlaps"
    ):
        of_total(("return result", "return 0"), ("n result", "n 1"))


def test_a_chaff_that_is_not_listed_is_named():
    """A function that nobody grades would seem to be graded."""
    module = ModuleType("total")
    vars(module).update(chaff__left_out=chaff__left_out, CHAFFS=(chaff("slip", ("start=0", "")),))
    with pytest.raises(ValueError, match="total: chaff__left_out is not in CHAFFS"):
        suite._variants("total", module, SOLUTION)


def test_a_solution_is_read_without_docstring_and_markers():
    """What the edits are made in is code and its comments."""
    notebook = find_course().assignment("pooling").notebook_source
    source = solved_functions(notebook)["max_pool_forward"]
    assert source.startswith("def max_pool_forward(x, *, size, stride):\n    expect_axes(")
    assert "###" not in source
    assert '"""' not in source


@pytest.mark.parametrize("name", find_course().names)
def test_no_two_variants_are_the_same_program(name):
    """An edit changes more than the layout, and no slip is graded twice."""
    programs = {}
    for function, source in solved_functions(
        find_course().assignment(name).notebook_source
    ).items():
        programs[function, ast.dump(ast.parse(source))] = "the solution"
    for variant in suite.collect(name):
        node = ast.parse(variant.source)
        (function,) = node.body
        if ast.get_docstring(function) is not None:
            del function.body[0]
        twin = programs.setdefault((variant.function, ast.dump(node)), variant.what)
        assert twin == variant.what
