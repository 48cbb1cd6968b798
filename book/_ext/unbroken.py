"""Keep on one line what a reader takes in at once, on any screen and in print.

A browser may break a line before and after a formula or a piece of code, so a full stop behind one
can begin a line of its own. A joiner (U+2060) does not keep Chromium from that; a frame in which
lines do not break does. The words of code inside of it may still part, and long ones break. A
number and its unit, 8 MB, are joined by a blank that does not break, and a name keeps its
number: VGG-16. A word of code that is longer than a line of a phone, a path, is marked: it breaks
anywhere, and so does its frame.
"""

import re

FORMULA = r'<span class="math notranslate nohighlight">[^<]*</span>'
CODE = r"<code\b[^>]*>(?:(?!</code>).)*</code>"
LINKED = rf"<a\b[^>]*>{CODE}</a>"
OPENING, CLOSING = "[(\\[“‘（《「]", "[.,;:!?)\\]”’…，。；：？！）、》」]"
MARKED = re.compile(
    rf"({OPENING}?)({FORMULA}|{LINKED}|{CODE}(?!</a>))({CLOSING}+)|({OPENING})({FORMULA})",
    re.DOTALL,
)
STYLE = 'style="white-space: nowrap"'
# What is between tags, but for code, formulas and scripts.
BLOCK = r'<div class="(?:amsmath )?math notranslate nohighlight"[^>]*>.*?</div>'
KEPT = re.compile(rf"(<(pre|script|style)\b.*?</\2>|{CODE}|{FORMULA}|{BLOCK}|<[^>]+>)", re.DOTALL)
UNIT = re.compile(r"(?<=\d) (?=(?:°C|[kKMGT]i?B|ms|s|GB/s|W|GHz)(?![\w-]))")

LONG = re.compile(r'<span class="pre">(?=[^<]{31})')
NAMED = re.compile(r"(?<![\w-])[A-Za-z]+-\d+(?![\w-])")


def join(html):
    """A page's body in which a mark stays with its formula, and a unit with its number."""
    pieces = KEPT.split(html)  # text, what is kept, its name where it has one, text, …
    for at in range(0, len(pieces), 3):
        text = UNIT.sub("\N{NO-BREAK SPACE}", pieces[at])
        pieces[at] = NAMED.sub(rf"<span {STYLE}>\g<0></span>", text)
    html = "".join(piece for number, piece in enumerate(pieces) if number % 3 != 2)
    return LONG.sub('<span class="pre long">', MARKED.sub(framed, html))


def framed(match):
    """A formula or code with its marks, which stay on its line."""
    inside = re.sub("<code\\b", f"<code {STYLE}", match[0])
    inside = inside.replace('</span> <span class="pre">', '</span> <wbr><span class="pre">')
    return f"<span {STYLE}>{inside}</span>"


def mend(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = join(context["body"])


def setup(app):
    app.connect("html-page-context", mend, priority=600)  # once the text is translated
    return {"parallel_read_safe": True, "parallel_write_safe": True}
