"""What a grading leaves to be looked at, and whether anything of a student's would run there."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from tests.attacks.scene import Scene

# Elements that run, load or send something, wherever they come from.
RUNNING = {"script", "iframe", "object", "embed", "base", "meta", "link", "form", "svg", "style"}
LINKS = {"href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset", "style"}
DANGEROUS = re.compile(r"^((javascript|vbscript|livescript):|data:(?!image/(png|jpeg|gif)))", re.I)
# MathJax follows the links of a formula.
FORMULA = re.compile(
    r"\\(href|require|style|class|cssId|unicode)\b[^$]*?(javascript|data)\s*:", re.I
)


def autograded(scene: Scene) -> Path:
    """The executed notebook of the scene's student."""
    return scene.course.grading / "autograded" / scene.student / "toy" / "toy.ipynb"


def feedback(scene: Scene) -> Path:
    """The page that the scene's student gets."""
    return scene.course.grading / "feedback" / scene.student / "toy" / "toy.html"


def shown(scene: Scene) -> str | None:
    """The attack printed what it was not to know; it says `got:` and its mark."""
    if not autograded(scene).exists():
        return None
    nb = json.loads(autograded(scene).read_text(encoding="utf-8"))
    outputs = json.dumps([one.get("outputs", []) for one in nb["cells"]])
    return "its output tells what it got hold of" if f"got:{scene.mark}" in outputs else None


def kinds(scene: Scene) -> str | None:
    """The executed notebook holds outputs of other kinds than text and PNG."""
    if not autograded(scene).exists():
        return "there is no executed notebook"
    nb = json.loads(autograded(scene).read_text(encoding="utf-8"))
    outputs = [output for one in nb["cells"] for output in one.get("outputs", [])]
    found = {mime for output in outputs for mime in output.get("data", {})}
    found -= {"text/plain", "image/png"}
    if found:
        return f"the executed notebook holds {', '.join(sorted(found))}"
    size = autograded(scene).stat().st_size
    return None if size < 4_000_000 else f"the executed notebook has {size} bytes"


def runs(scene: Scene) -> str | None:
    """Something of the student's would run in the feedback page, or leave it."""
    if said := kinds(scene):
        return said
    if not feedback(scene).exists():
        return "there is no feedback page"
    look = _Look(scene.mark)
    look.feed(feedback(scene).read_text(encoding="utf-8"))
    look.close()
    return look.found


class _Look(HTMLParser):
    """Finds what runs and carries a mark; the page's own scripts carry none."""

    def __init__(self, mark: str):
        super().__init__(convert_charrefs=True)
        self._mark, self._open, self.found = mark, "", None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        for name, value in attrs:
            # Browsers drop spaces and control characters before they look at a link's scheme.
            plain = re.sub(r"[\x00-\x20]", "", html.unescape(value or ""))
            if self._mark not in plain:
                continue
            if name.startswith("on"):
                self.found = f"<{tag} {name}=…> would run"
            elif tag in RUNNING and name != "class":
                self.found = f"<{tag} {name}=…> came through"
            elif name in LINKS and (DANGEROUS.match(plain) or tag not in ("a", "img")):
                self.found = f"<{tag} {name}={plain[:40]}…> came through"

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._mark in data:
            if self._open in RUNNING:
                self.found = f"<{self._open}> came through"
            elif FORMULA.search(data):
                self.found = "a formula has a link that would run"
