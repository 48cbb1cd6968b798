"""Text from outside shows as text: whatever characters of Unicode it holds, nothing of it acts."""

import html
import json
import re
import sys
import unicodedata
from functools import cache

import pytest
from markupsafe import escape

from autograder.course.safe_text import (
    COLOUR,
    MAX_COLOURS,
    MAX_LINE,
    MAX_LINES,
    attribute,
    code_text,
    encodable,
    file_name,
    guard_cell,
    has_control,
    is_formula,
    label,
    multiline_text,
    output_text,
    page_text,
    unguard_cell,
    unicode_name,
)

ONE_LINE = (label, attribute, file_name)
LINES = (multiline_text, output_text, page_text, code_text)
VISIBLE = ("L", "M", "N", "P", "S", "Zs")  # categories of characters that are drawn, or a blank
# Of format characters these are drawn around the digits or the letters after them.
DRAWN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
# Letters and marks by their category, and drawn as nothing all the same.
BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"


@cache
def characters(*categories):
    """Every character of these categories, or of all whose names begin so."""
    every = map(chr, range(sys.maxunicode + 1))
    return tuple(one for one in every if unicodedata.category(one).startswith(categories))


def turns(character):
    """Whether Unicode has the character for nothing but the direction of writing."""
    names = ("LEFT-TO-RIGHT", "RIGHT-TO-LEFT", "ARABIC LETTER MARK", "POP DIRECTIONAL", "ISOLATE")
    name = unicodedata.name(character, "")
    return unicodedata.category(character) == "Cf" and any(part in name for part in names)


@pytest.mark.parametrize("safe", [*ONE_LINE, *LINES])
def test_no_control_character_is_left(safe):
    """Neither of ASCII nor of Latin-1, wherever it stands; lines and tabs where they may be."""
    left = set("\t\n") if safe in LINES else set()
    for one in characters("Cc"):
        for text in (one, f"a{one}b", f"{one}{one}[2J"):
            controls = set(filter(characters("Cc").__contains__, safe(text)))
            assert controls <= left, (one, text)


@pytest.mark.parametrize("safe", [*ONE_LINE, *LINES])
def test_nothing_turns_a_line_around(safe):
    """By Unicode's own names of characters; Hebrew and Arabic letters stay."""
    turning = [one for one in characters("Cf") if turns(one)]
    assert len(turning) >= 12
    for one in turning:
        assert not any(map(turns, safe(f"a{one}b"))), one
    assert safe("שרה بيت") == "שרה بيت"


@pytest.mark.parametrize("safe", [*ONE_LINE, *LINES])
def test_every_result_can_be_written_to_a_file(safe):
    """Half a surrogate pair is legal in JSON and in no file."""
    for one in characters("Cs"):
        safe(f"a{one}b").encode()


@pytest.mark.parametrize("safe", [*ONE_LINE, *LINES])
def test_what_can_be_seen_stays(safe):
    """Letters, marks, digits, signs and blanks of every script, whichever the purpose."""
    seen = "".join(one for one in characters(*VISIBLE) if one not in BLANK_LETTERS)
    parts = [f"a{seen[at : at + 900]}a" for at in range(0, len(seen), 900)]
    assert len(parts) > 100
    for part in parts:
        if safe is code_text:
            part = re.sub(
                "[\U000e0100-\U000e01ef]", "", part
            )  # selectors that are drawn as nothing
        assert (html.unescape(safe(part)) if safe is attribute else safe(part)) == part


@pytest.mark.parametrize("safe", ONE_LINE)
def test_one_line_is_one_line(safe):
    """For Python, for a terminal and for whoever reads a log, tabs included."""
    for one in characters("Cc", "Z"):
        text = safe(f"a{one}b")
        assert text.splitlines() == [text] and "\t" not in text, one


@pytest.mark.parametrize("safe", LINES)
def test_several_lines_stay_several_lines(safe):
    """With their indentation."""
    text = "def f(x):\n\treturn x\n\n    # é 名\n"
    assert safe(text) == text


@pytest.mark.parametrize("safe", [label, attribute, *LINES[:3]])
def test_joiners_stay_where_people_read(safe):
    """Persian, Hindi and families of emoji are written with them."""
    for text in ("می‌خواهم", "क्‍ष", "👩‍👩‍👧", "✔️"):
        assert safe(text) == text


def test_code_has_no_character_that_is_not_seen():
    """No format, control or line-separating character, and no letter that is drawn as nothing."""
    hidden = [
        one
        for one in (*characters("Cc", "Cf", "Zl", "Zp"), *BLANK_LETTERS)
        if one not in "\t\n" and not DRAWN.match(one) and not 0x13430 <= ord(one) <= 0x1345F
    ]
    assert len(hidden) > 200
    for one in hidden:
        assert code_text(f"a{one}b") == f"a⟨U+{ord(one):04X}⟩b"


def test_a_name_that_was_changed_can_be_told_from_one_that_was_not():
    """Something stands where anything was taken out, and what is no text has a hash of its own."""
    for one in (*characters("Cc", "Zl", "Zp"), *filter(turns, characters("Cf"))):
        assert file_name(f"a{one}{one}b") == "a?b"
    names = [f"a{one}.ipynb" for one in ("\udce9", "\udcea", "\ud800", "\ufffd")]
    assert len({*map(file_name, names)}) == len({*map(unicode_name, names)}) == 4
    assert unicode_name("two\nlines\u202e") == "two\nlines\u202e"


def test_a_name_with_a_control_character_is_told_from_one_that_is_only_odd():
    """The first cannot be a student's id. Names of every script can."""
    assert all(has_control(f"a{one}") for one in characters("Cc", "Zl", "Zp"))
    assert not any(has_control(f"a{one}") for one in characters("L", "Cf", "Zs", "P", "S"))


@pytest.mark.parametrize("quote", ["'", '"'])
def test_an_attribute_stays_inside_its_quotes(quote):
    """Whatever sign stands in it; no template escapes it again."""
    signs = "".join(map(chr, range(128)))
    text = attribute(f"{signs}{quote} onload={quote}x")
    assert not set("<>\"'") & set(text)
    assert html.unescape(text).endswith(f"{quote} onload={quote}x")
    assert escape(text) == text


def test_an_output_keeps_colours_and_no_other_sequence():
    """Every ending that a sequence can have, with every kind of parameter; a page has none."""
    for end in map(chr, range(0x40, 0x7F)):
        for parameters in ("", "0", "1;31", "?25", "38;5;1", "48", "9" * 30):
            sequence = f"\x1b[{parameters}{end}"
            kept = output_text(f"a{sequence}b")
            colour = end == "m" and parameters in ("", "0", "1;31")
            assert kept == (f"a{sequence}b" if colour else "ab"), sequence
            assert page_text(f"a{sequence}b") == label(f"a{sequence}b") == "ab"
    nested = output_text("\x1b[3\x1b[1m1m", colours=0) + page_text("\x1b\x1b[[31m31m")
    assert "\x1b" not in nested and not COLOUR.search(nested)


def test_an_output_is_bounded_in_every_way():
    """In lines, in characters of a line, and in colours."""
    assert output_text("x\n" * (MAX_LINES + 5)).count("\n") == MAX_LINES - 1
    assert len(output_text("x" * (MAX_LINE + 5))) == MAX_LINE
    assert output_text("\x1b[1mx" * (MAX_COLOURS + 5)).count("\x1b") == MAX_COLOURS
    assert output_text("10 %\r20 %\rdone\nnext") == "done\nnext"


@pytest.mark.parametrize("safe", [page_text, label])
def test_what_is_cut_says_so(safe):
    """By an ellipsis, which counts; what fits is whole."""
    assert safe("x" * 20, 20) == "x" * 20
    assert safe("x" * 21, 20) == "x" * 19 + "…"


SIGNS = "=+-@＝＋－＠"
BEFORE = ["", " ", "\t", "\u3000", "a,", "a;", "a\t", "a\r", "a\n ", "1,2;"]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("sign", SIGNS)
def test_a_cell_that_would_be_run_is_guarded(before, sign):
    """At its start, behind blanks, and where a program splits cells at another sign; once only."""
    cell = f"{before}{sign}cmd()"
    guarded = guard_cell(cell)
    assert is_formula(cell) and not is_formula(guarded)
    assert guarded.replace("'", "") == cell and guard_cell(guarded) == guarded


def test_only_a_formula_is_changed():
    """No other character of Unicode at a cell's start, and no number."""
    for one in characters("L", "N", "P", "S"):
        if one not in SIGNS:
            assert guard_cell(f"{one}1") == f"{one}1"
    for text in (
        "-3.5",
        "+49",
        "-1,5",
        " -7 ",
        "0",
        "",
        "O'Neil",
        "Ångström, Zoë",
        "a@b.de",
        "x=1",
    ):
        assert guard_cell(text) == text


def test_what_was_guarded_is_read_again_as_it_was():
    """So that a roster which is read and written ten times still has the same names."""
    for text in (*SIGNS, *(f"{sign}1+x" for sign in SIGNS), "a,@y", "O'Neil", "x=1", "-2"):
        assert unguard_cell(guard_cell(text)) == text
    assert unguard_cell('="Ann"') == "Ann" and unguard_cell("a\r\nb\x85") == "a b"
    assert unguard_cell('="') == '="'


def test_half_a_surrogate_pair_is_a_question_mark():
    """And a whole one is the character that it stands for."""
    assert encodable("a\ud800b") == "a?b"
    assert encodable(json.loads('"\\ud83d\\ude00"')) == "😀"
