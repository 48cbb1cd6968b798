"""The live figures have their words in modules of their own, which another language replaces."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.book.figure_words import literals, places_in, words_in
from tests.book.live_figures import ASSETS, FIGURES, figure_pages

WORDS = sorted(ASSETS.glob("*-words.mjs"))
LANGUAGES = sorted(ASSETS.parent.glob("locale/*/assets"))
TRANSLATED = [path for folder in LANGUAGES for path in sorted(folder.glob("*-words.*"))]
SCRIPTS = sorted({*ASSETS.glob("*.mjs"), *ASSETS.glob("*.js")} - {*ASSETS.glob("*-words.*")})

TAG = re.compile(r"<[^<>]*>")
SPOKEN = re.compile(r'\b(?:aria-label|data-label|title|alt|placeholder)="([^"]*)"')
SENTENCE = re.compile(r"([A-Za-z]{2,}|\0)[,.:;]? [a-z]{2,}|[a-z]{2,}[,.:;]? \0")
# Strings that nobody reads as words, by the code before them.
CODE = re.compile(
    r"(?:style|STYLE) = $|style: $|gridArea = $|class: [^,]*$"
    r"|(?:find|findAll|on|querySelector|querySelectorAll|closest|matches|matchMedia)\($"
)
# What looks like a sentence and is none: (script, start of the string, why).
LAYERS = "lines in the sizer's language, which are typed as they are"
ALLOWED = [
    ("network-presets.mjs", "", LAYERS),
    ("network-math.mjs", "global average", LAYERS),
    ("network-math.mjs", "conv \0", LAYERS),
    ("network-math.mjs", "pool \0", LAYERS),
    ("network-read.mjs", "global average", LAYERS),
    ("book.js", "linear-gradient(", "a style"),
]


def english(name: str, text: str, before: str) -> bool:
    """Whether a string of a script holds words that a reader would see."""
    if CODE.search(before) or any(
        name == script and text.startswith(start) for script, start, _ in ALLOWED
    ):
        return False
    if TAG.search(text):
        seen = [TAG.sub(" ", text), *SPOKEN.findall(text)]
        return any(re.search(r"[A-Za-z]{2,}", re.sub(r"\{\w*\0?\}", "", one)) for one in seen)
    return SENTENCE.search(text) is not None


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_has_words_of_its_own(path):
    """Text within markup, and strings of two words and more, stand in a module of words."""
    found = [
        text
        for text, before in literals(path.read_text(encoding="utf-8"))
        if english(path.name, text, before)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "strings"),
    [
        ('this.speak("Nothing is drawn.");', ["Nothing is drawn."]),
        (
            "say(`${n} of ${m}: the ${n > 1 ? `last ${n} rows` : 'end'}`);",
            ["\0 of \0: the \0", "last \0 rows"],
        ),
        (
            "static frame = `<label>Stride <select></select></label>`;",
            ["<label>Stride <select></select></label>"],
        ),
        ('frame = `<p aria-label="Sizes">{size}</p>`;', ['<p aria-label="Sizes">{size}</p>']),
        ("text.replace(/[\"'`]/g, ' of the'); // the reader's words", [" of the"]),
        ('find(".bar select"); make("p", { class: one ? "a on" : "b" }); /* a "good word" */', []),
        ("frame = `<p class='x y'>{size} <b>${sum}</b></p>`;", []),
    ],
)
def test_a_script_with_words_is_seen(line, strings):
    """In strings, templates and what they hold, in markup and its spoken names; code is none."""
    assert [text for text, before in literals(line) if english("a.mjs", text, before)] == strings


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: f"{path.parts[-3]}-{path.name}")
def test_a_translation_has_the_same_words_and_places(path):
    """The names of its texts, their {places}, and as many classes where a text lists them."""
    english, other = words_in(ASSETS / path.name), words_in(path)
    assert other.keys() == english.keys()
    for name, text in english.items():
        assert places_in(other[name]) == places_in(text), name
        if name.endswith("Classes"):
            assert other[name].count(", ") == text.count(", ")


@pytest.mark.parametrize("folder", LANGUAGES, ids=lambda folder: folder.parent.name)
def test_a_translation_has_all_modules(folder):
    """Those of the figures, and the words of the script that every page loads."""
    assert {path.name for path in folder.glob("*-words.*")} == {
        *(path.name for path in WORDS),
        "book-words.js",
    }


@pytest.mark.browser
def test_words_are_read_as_a_browser_reads_them(browser, tmp_path):
    """What Python finds in each module of words is what the module exports."""
    with figure_pages(browser, tmp_path) as show:
        page = show("size-calculator")
        for path in WORDS:
            exported = page.evaluate(f"async () => (await import('./{path.name}')).WORDS")
            assert words_in(path) == exported


@pytest.mark.browser
@pytest.mark.parametrize("name", FIGURES)
def test_every_word_on_a_page_can_be_translated(browser, tmp_path, name):
    """With all words marked, a figure shows none without the mark."""
    with figure_pages(browser, tmp_path, mark_words) as show:
        assert untranslated(show(name), name) == []


def mark_words(site: Path) -> None:
    for path in site.glob("*-words.mjs"):
        marked = {key: f"§{text}" for key, text in words_in(path).items()}
        path.write_text(f"export const WORDS = {json.dumps(marked)};\n", encoding="utf-8")


def untranslated(page: Page, name: str) -> list[str]:
    """What a reader finds on a figure whose words are all marked: no mark, or a place unfilled.

    Numbers, signs, names of layers and formulas need no translation.
    """
    return page.locator(name).evaluate(
        r"""figure => {
            const found = [];
            const look = (text, whole = text) => {
                const english = /[a-z]{3,}(?![\w[])/.test(text ?? '') && !whole.includes('§');
                if (english || /\{\w+\}/.test(text ?? '')) found.push(text.trim());
            };
            const walker = document.createTreeWalker(figure.shadowRoot, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                if (!walker.currentNode.parentElement?.closest('style, code, [translate=no]')) {
                    const { data, parentElement } = walker.currentNode;
                    look(data, parentElement?.closest('li')?.textContent ?? data); // code within
                }
            }
            for (const node of figure.shadowRoot.querySelectorAll('[aria-label]')) {
                look(node.ariaLabel);
            }
            return found;
        }"""
    )
