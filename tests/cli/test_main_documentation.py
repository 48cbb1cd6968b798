"""Every command that a page shows is one that the command line takes."""

import re
import shlex
from pathlib import Path

import click
import pytest

from autograder.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "deploy/jupyterhub/README.md")
COMMAND = re.compile(
    r"(?:^(?: {4}|\.venv/bin/)|`)(?:\.venv/bin/)?autograder ([^`\n]+)", re.MULTILINE
)


def commands():
    """Each command of the pages, with where it stands; prose about a verb alone is none."""
    pages = [ROOT / name for name in PAGES] + sorted((ROOT / "book").glob("*.md"))
    for page in pages:
        text = page.read_text(encoding="utf-8").replace("\\\n", "")  # one command on two lines
        # In a block of Markdown the comment behind a command is no part of it.
        for match in COMMAND.finditer(text):
            words = shlex.split(match[1], comments=True)
            if "…" in words:
                continue
            yield f"{page.name}: {match[1][:60]}", words


@pytest.mark.parametrize("words", [pytest.param(words, id=place) for place, words in commands()])
def test_a_command_of_a_page_is_one_that_there_is(words, monkeypatch):
    """Its verb, its options and their choices; whether the files are there does not matter."""
    monkeypatch.setattr(click.Path, "convert", lambda self, value, param, ctx: Path(value))
    command = main.get_command(click.Context(main), words[0])
    assert command is not None, words
    options = [word for word in words[1:] if word.startswith("--")]
    if len(words) == 1 or (not options and len(words) < 3):
        return  # prose names a verb without its arguments
    context = command.make_context(words[0], words[1:], parent=click.Context(main))
    assert context.params


def test_the_pages_show_every_verb():
    """And the test above has found them."""
    shown = {words[0] for _, words in commands()}
    assert set(main.list_commands(click.Context(main))) <= shown
