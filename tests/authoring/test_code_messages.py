"""Of code only what it shows to people is translated, and it stays the same program."""

from __future__ import annotations

import ast
import textwrap

import pytest

from autograder.authoring.code_messages import translated_code
from autograder.authoring.translated import same_program
from autograder.course.errors import ReleaseError


def messages(source, **how):
    """The messages of a program, in order."""
    found = []
    translated_code(source, lambda message: found.append(message) or message, **how)
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('assert x, "a is too small"', ["a is too small"]),
        ('raise ValueError(f"size {size}, of {a!r:>9} and {b[0]:.3g}")',
         ["size {size}, of {a!r:>9} and {b[0]:.3g}"]),
        ('f = ("one part, " f"{x} the second, "\n     "and {braces}")',
         ["one part, {x} the second, and {{braces}}"]),
        ("g = f\"it's {' or '.join(names)} here\"", ["it's {' or '.join(names)} here"]),
        ('h = f"\\n{said} and a line\\nmore"', ["{said} and a line\nmore"]),
        ('i = {"rows": 1, "column": 2}', ["rows", "column"]),
        ('ax.plot(x, color="red", label="N C H W")', []),
        ('j = ["float64", "Conv2d", "{name}.ipynb", "### BEGIN", ""]', []),
        ('k = re.compile(r"# Check (\\w+) "), b"some bytes here"', []),
        ('# a comment is none\nl = 1', []),
    ],
)  # fmt: skip
def test_what_counts_as_a_message(source, found):
    """Several words, with the values of an f-string in braces; neither names nor patterns."""
    assert messages(source) == found


SOURCES = [
    'assert x, "a is too small"',
    'assert x, (\n    f"{a}: expected {want}, "\n    "and nothing else"\n)',
    'say(f"{a} is \\"so\\" {b[\'k\']} {{}} \\\\ here")',
    'print(f"\\nYou have {won:g} of {total:g}.")',
    "say(f'{d[\"k\"]} of them')",
    'def f(x):\n    """Do this.\n\n    And that,\n    too.\n    """\n    return "not a message"\n',
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("around", ["", 'a "quoted"\nline \\ ', "{{ }} "])
def test_a_translation_is_the_same_program(source, around):
    """Whatever a translator writes: quotation marks, line breaks, backslashes, braces."""
    new = translated_code(source, lambda message: f"{around}译：{message}。")
    assert new != source and same_program(source, new)
    ast.parse(new)


def test_nothing_changes_without_translations():
    """Neither line breaks nor quotation marks."""
    for source in SOURCES:
        assert translated_code(source, lambda message: message) == source


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ('assert x > 0, f"其他 {want}"', True),
        ('assert x >= 0, f"其他 {want}"', False),
        ('assert x > 0, f"其他 {wan}"', False),
        ('assert x > 0, "其他"', False),
        ('assert x > 0, f"{want:g} 其他"', False),
    ],
)
def test_another_program_is_noticed(other, same):
    """Another condition, or another value in a message."""
    assert same_program('assert x > 0, f"expected {want}"', other) == same


def test_a_value_that_the_message_has_not_is_refused():
    """It could be any code."""
    with pytest.raises(ReleaseError, match="other values"):
        translated_code('say(f"it is {x}")', lambda message: "是 {exit()}")


def test_long_messages_are_broken_into_lines():
    """Where the original has several; Chinese letters count as two columns."""
    source = 'raise ValueError(\n    f"{a} and "\n    "more of it"\n)'
    new = translated_code(source, lambda message: "{a}：" + "这是一个很长的句子，" * 12)
    lines = new.split("\n")
    assert len(lines) > 4 and same_program(source, new)
    assert all(sum(1 + (sign > "\u2e80") for sign in line) <= 100 for line in lines)
    assert not any(line.strip().strip('f"').startswith("，") for line in lines)


DOCSTRING = '''
def f(x, w):
    """Convolve every image,
    and add the bias.

    out[n] = b + Σ x[n] · w[n]

    out[i, j] = the sum of all
        that is there

    Parameters
    ----------
    x : array (N, C)
        Images, as many
        as you like.
    w, b
        As in `g`.

    Returns
    -------
    (dx, dw)
        In this order.

    Raises
    ------
    Nothing at all.

    Source: the notes, "Pooling".
    """
'''


def test_a_docstring_is_read_by_its_parts():
    """Sentences are messages; headings, names, types and formulas are not."""
    assert messages(DOCSTRING) == [
        "Convolve every image, and add the bias.",
        "out[i, j] = the sum of all\n    that is there",
        "Images, as many as you like.",
        "As in `g`.",
        "In this order.",
        "Nothing at all.",
        'Source: the notes, "Pooling".',
    ]
    assert messages(DOCSTRING, docstrings=False) == []


def test_a_translated_docstring_keeps_its_parts():
    """And its lines are wrapped where they were."""
    new = translated_code(DOCSTRING, lambda message: message.replace("Images", "图像" * 60))
    assert "    x : array (N, C)\n        图像" in new
    assert max(sum(1 + (sign > "\u2e80") for sign in line) for line in new.split("\n")) <= 100
    doc = ast.get_docstring(ast.parse(new).body[0])
    assert "Parameters\n----------\nx : array (N, C)" in textwrap.dedent(doc)
