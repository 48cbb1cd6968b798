"""Turn Markdown and code of students, and comments on them, into HTML without active content.

Markdown is read with HTML switched off, so that a tag is text; the result is cleaned once more by a
list of harmless elements. Links lead to web pages only, pictures from elsewhere are named and never
loaded, and characters that turn text around or cannot be seen are removed or spelled.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nh3 import Cleaner
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.course.safe_text import attribute, code_text, label, multiline_text
from autograder.feedback.mathml import mathml

# Of one answer. Longer ones can be written so that markdown-it takes seconds over them.
MAX_MARKDOWN = 20_000
MAX_LINES = 400
MAX_COLUMNS = 40
MAX_TOKENS = 6_000  # of Markdown's syntax; an answer with more is shown as it was typed
MAX_HIGHLIGHTED = 20_000  # characters of one cell; a longer one is shown without colours
TAGS = frozenset(
    """
    p br hr em strong s code pre blockquote ul ol li a span div h2 h3 h4 h5 h6 table thead tbody
    tr th td
    """.split()  # noqa: SIM905 (as a list it would fill a page)
)
# Formulas are put in after the cleaning, where this word stands. No student can know it.
MARK = f"formula{secrets.token_hex(12)}n"
# What the text being rendered collects and knows: its `formulas`, the `pictures` below it.
Env = dict[str, Any]

_lexer = PythonLexer(stripnl=False, ensurenl=False)
_formatter = HtmlFormatter(nowrap=True)


def code(source: str) -> Markup:
    """Python with classes for colours; deceptive characters are spelled, as in ⟨U+202E⟩."""
    # Pygments takes seconds over a thousand lines of blanks.
    source = "\n".join(line.rstrip() for line in source.split("\n"))
    source = re.sub(r"\n{5,}", "\n\n\n\n", source)
    source = code_text(source)
    if len(source) > MAX_HIGHLIGHTED:
        return escape(source)
    return Markup(highlight(source, _lexer, _formatter))


def markdown(text: str, *, level: int | None = None, pictures: Collection[str] = ()) -> Markup:
    """Markdown as HTML that shows and does nothing else.

    level : what its headings start at, for text of the course; a student's own headings are bold
    pictures : the names of attachments that the page shows below the text
    """
    text = multiline_text(text.replace("\r\n", "\n")[:MAX_MARKDOWN])
    lines = text.split("\n")[:MAX_LINES]
    text = "\n".join(lines)
    if any(line.count("|") > MAX_COLUMNS for line in lines):
        return _as_typed(text)
    formulas: list[str] = []
    env: Env = {"formulas": formulas, "pictures": pictures}
    reader = _reader()
    tokens = reader.parse(text, env)
    if sum(1 + len(token.children or ()) for token in tokens) > MAX_TOKENS:
        return _as_typed(text)
    for token in tokens:
        _set_heading(token, level)
    cleaned = _cleaner().clean(reader.renderer.render(tokens, reader.options, env))
    return Markup(re.sub(rf"{MARK}(\d+)\.", lambda match: formulas[int(match.group(1))], cleaned))


def _as_typed(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(text)


@lru_cache(maxsize=1)
def _cleaner() -> Cleaner:
    return Cleaner(
        tags=TAGS,
        attributes={"a": {"href", "rel"}},
        tag_attribute_values={"p": {"class": {"heading"}}, "span": {"class": {"picture"}}},
        link_rel=None,  # `_link` writes it
        url_schemes={"http", "https"},
        url_relative="deny",
    )


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    reader.enable(("table", "strikethrough"))
    reader.disable("reference")  # quadratic in markdown-it, and links can do without
    dollarmath_plugin(reader, allow_labels=False, double_inline=True)
    amsmath_plugin(reader)
    for rule in ("math_inline", "math_inline_double", "math_block", "amsmath"):
        reader.add_render_rule(rule, _formula)
    reader.add_render_rule("image", _image)
    reader.add_render_rule("link_open", _link)
    return reader


def _formula(_: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    token = tokens[index]
    block = token.type != "math_inline"
    tex = token.content.strip()
    html = mathml(tex, block=block)
    if html is None:
        html = f'<code class="tex">{escape(tex)}</code>'
    elif block and len(tex) > 40:  # it may have to be scrolled, with keys too
        html = f'<span class="formula" tabindex="0">{html}</span>'
    env["formulas"].append(html)
    text = f"{MARK}{len(env['formulas']) - 1}."
    return f"<p>{text}</p>" if token.block else text


def _image(_: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    token = tokens[index]
    description = escape(token.content or "without a description")
    source = str(token.attrs.get("src", ""))
    if source.removeprefix("attachment:") in env["pictures"]:
        return f'<span class="picture">[picture: {description}; shown below]</span>'
    address = escape(label(source, 200))
    return f'<span class="picture">[picture: {description}; not loaded: {address}]</span>'


def _link(_: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    try:
        address = urlsplit(str(tokens[index].attrs.get("href", "")))
        is_web_page = address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:
        is_web_page = False
    if not is_web_page:
        return "<a>"
    return f'<a href="{attribute(address.geturl())}" rel="noopener noreferrer nofollow">'


def _set_heading(token: Token, level: int | None) -> None:
    """Put a heading below the page's own headings, or make a student's heading bold text."""
    if token.type in ("heading_open", "heading_close"):
        if level is None:
            token.tag = "p"
            if token.nesting == 1:
                token.attrs = {"class": "heading"}
        else:
            token.tag = f"h{min(int(token.tag[1]) + level - 1, 6)}"
            token.attrs = {}
