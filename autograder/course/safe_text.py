"""Make text that somebody else wrote safe to show: one function for each place where it is shown.

Students choose the names of files and folders, and what their code prints and raises; other systems
choose the names in their lists. Such text can move the cursor of a terminal, turn a line around so
that it reads as something else, end a line of a log, or become a formula in a spreadsheet.

All functions agree on what is unsafe: control characters other than tab and line feed, the
characters that change the direction of writing (Unicode's Bidi_Control), and spaces of no width.
Half a surrogate pair, which no file can hold, becomes a question mark. They differ on purpose in
the following:

- `file_name`, `label` and `attribute` give one line, the others keep line breaks.
- `file_name` replaces, so that a name which was changed can be told from one which was not. The
  others take out, as a message or an output reads better that way.
- `output_text` keeps terminal colours, because nbconvert turns them into HTML, and bounds the rest.
- `code_text` spells, as in ⟨U+202E⟩: in code, an invisible character can change what is run. It is
  stricter than the others, which keep the joiners that Persian, Hindi and emoji are written with.
- Only `attribute` escapes HTML. Everywhere else the template does, or rich's own `escape`.
"""

from __future__ import annotations

import hashlib
import os
import re

from markupsafe import Markup, escape

# Of one output. nbconvert copies all the text that follows each colour, so they are bounded too.
MAX_LINES = 500
MAX_LINE = 5_000
MAX_COLOURS = 300

_BREAKS = r"\n\x0b-\x0d\x1c-\x1e\x85\u2028\u2029"  # where Python, a terminal or a log ends a line
_DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NO_WIDTH = r"\u00ad\u200b\u2060-\u2065\ufeff"
_UNSAFE = rf"\x00-\x08\x0b-\x1f\x7f-\x9f{_DIRECTION}{_NO_WIDTH}"
# Everything else that Unicode lets a program draw as nothing (Default_Ignorable_Code_Point, and
# the signs of interlinear annotation). The selectors U+FE00 to U+FE0F are not here: they choose the
# look of the emoji before them.
_IGNORABLE = (
    r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u206a-\u206f\u3164\uffa0"
    r"\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
UNSAFE = re.compile(f"[{_UNSAFE}]")
SEQUENCE = re.compile(rf"\x1b\[[0-9;?]*[@-~]|[{_UNSAFE}]")
# The extended colours, 38 and 48, are left out: nbconvert fails on one that is not complete.
COLOUR = re.compile(r"\x1b\[(?![0-9;]*?\b0*[34]8)[0-9;]{0,20}m")
BREAK = re.compile(rf"[\t{_BREAKS}]+")
HASHED = re.compile(r"\ufffd.* \([0-9a-f]{8}\)$", re.DOTALL)  # what `unicode_name` gives
NAME_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
NAME_UNSAFE = re.compile(rf"[\t{_BREAKS}{_UNSAFE}]+")
CODE_UNSAFE = re.compile(rf"[{_UNSAFE}{_IGNORABLE}\u2028\u2029]")
# What Excel, LibreOffice or Google Sheets take for the beginning of a formula: at the start of a
# cell, and where the program ends a cell at another sign than the file (OWASP, CSV injection).
FORMULA = re.compile(r"(^|[,;\t\r\n])(\s*)([=+\-@＝＋－＠])")
GUARDED = re.compile(r"(^|[,;\t\r\n])(\s*)'([=+\-@＝＋－＠])")
NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?\s*", re.ASCII)


def encodable(text: str) -> str:
    """The text with a question mark for each half of a surrogate pair, which JSON can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def multiline_text(text: str) -> str:
    """Text of several lines for a terminal, or for a page before its Markdown is rendered.

    Takes out everything unsafe. Of a colour's escape sequence the visible rest stays, because a
    message has no colours, and whoever put one there should be seen to have done so.
    """
    return UNSAFE.sub("", encodable(text))


def output_text(text: str, lines: int = MAX_LINES, colours: int = MAX_COLOURS) -> str:
    """What a cell printed: bounded, with some colours, and without any other control sequence.

    A carriage return begins its line anew, as a progress bar expects. This is what a terminal and
    nbconvert can both show.

    lines : the number of lines that are kept, of `MAX_LINE` characters each
    colours : the number of colour sequences that are kept
    """
    parts = []
    for line in encodable(text).split("\n")[:lines]:
        line = line.rsplit("\r", 1)[-1][:MAX_LINE]
        output, end = "", 0
        for colour in COLOUR.finditer(line):
            output += SEQUENCE.sub("", line[end : colour.start()])
            output += colour.group() if colours > 0 else ""
            colours, end = colours - 1, colour.end()
        parts.append(output + SEQUENCE.sub("", line[end:]))
    return "\n".join(parts)


def page_text(text: str, most: int = 1_000) -> str:
    """Text of several lines for a page: as `output_text`, without colours, cut after `most`.

    It is not escaped; the page's template does that.
    """
    return _cut(output_text(text, colours=0), most)


def label(text: str, most: int = 1_000) -> str:
    """Text for one line of a page, a table or a message, cut after `most` characters.

    Line breaks and tabs become a blank. It is not escaped; the page's template does that.
    """
    return _cut(SEQUENCE.sub("", BREAK.sub(" ", encodable(text))), most)


def attribute(text: str) -> Markup:
    """Text for a quoted attribute of HTML, such as an address: as `label`, escaped, never cut."""
    return escape(label(text, len(text)))


def code_text(source: str) -> str:
    """Code for a page, with every character spelled that cannot be seen or turns its line around.

    As in ⟨U+202E⟩. It is not escaped; the highlighter does that.
    """
    return CODE_UNSAFE.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", encodable(source))


def file_name(name: str) -> str:
    """The name of a file or folder, or a path, for a message or a flag: one line.

    Each run of unsafe characters becomes a question mark.
    """
    return NAME_UNSAFE.sub("?", unicode_name(name))


def unicode_name(name: str) -> str:
    """A file's name as valid Unicode; one that is not UTF-8 gets a hash, so that it stays unique.

    Nothing unsafe is taken out: this is for identity, and `file_name` is for showing.
    """
    try:
        raw = os.fsencode(name)
    except UnicodeEncodeError:  # no file has such a name, but a zip or a message can
        raw = name.encode("utf-8", "surrogatepass")
    text = raw.decode("utf-8", "replace")
    # A name that is spelled like one with a hash gets one too, or it could be another's.
    if text.encode() == raw and not HASHED.search(text):
        return text
    return f"{text} ({hashlib.sha256(raw).hexdigest()[:8]})"


def has_control(name: str) -> bool:
    """Whether a name holds a line break or another control character.

    Names that change the direction of writing do not count: Hebrew and Arabic names may hold them.
    """
    return NAME_BREAK.search(name) is not None


def is_formula(value: str) -> bool:
    """Whether a spreadsheet would run the text of a cell as a formula; a number is none."""
    return FORMULA.search(value) is not None and not NUMBER.fullmatch(value)


def guard_cell(value: str) -> str:
    """A spreadsheet's cell, with an apostrophe before each sign that would begin a formula.

    Nothing is taken out: the file is read by programs too, and names in it must stay the same.
    """
    value = encodable(value)
    return FORMULA.sub(r"\1\2'\3", value) if is_formula(value) else value


def unguard_cell(value: str) -> str:
    """The text of a cell without what only keeps spreadsheets from running it, on one line.

    That is the apostrophe of `guard_cell`, and `="…"`, which Canvas writes around names. Control
    characters become blanks, because the text becomes a name here.
    """
    value = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", value).strip()
    if value.startswith('="') and value.endswith('"') and len(value) > 2:
        return value[2:-1].strip()
    return GUARDED.sub(r"\1\2\3", value)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
