"""Put a module and all that it imports into one classic script, which runs from a folder too.

    text = bundle(Path("_build/html"), "conv-demo.mjs")

A browser loads neither modules nor workers from files beside a page. The bundle holds each module
as a function that returns its exports; what a worker runs is a text within it. It reads the few
forms that the figures use: exports stand in front of what they name, imports have braces or
`* as`, a dynamic import and a worker name their file.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

NAME = r'"\./([\w.-]+\.mjs)"'
IMPORT = re.compile(r"^import (\{[^}]*\}|\* as \w+) from " + NAME + ";", re.MULTILINE)
BARE = re.compile(r"^import " + NAME + ";", re.MULTILINE)
DYNAMIC = re.compile(r"\bimport\(" + NAME + r"\)")
WORKER = re.compile(
    r"new Worker\(new URL\(" + NAME + r', import\.meta\.url\), \{ type: "module" \}\)'
)
EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(import|export)\b.*", re.MULTILINE)


def bundle(folder: Path, name: str) -> str:
    """One classic script of the module `name` in `folder`.

    Raises `FileNotFoundError` when a module is not there, and `ValueError`, which names the file,
    where two import each other or a line is written in a form that is not read here.
    """
    order: dict[str, str] = {}
    _collect(folder, name, order, ())
    modules = "\n".join(
        f"modules[{json.dumps(one)}] = (() => {{\n{text}\n}})();" for one, text in order.items()
    )
    return f'"use strict";\n(() => {{\nconst modules = {{}};\n{modules}\n}})();\n'


def _collect(folder: Path, name: str, order: dict[str, str], within: tuple[str, ...]) -> None:
    """Add a module to `order`, after those that it imports."""
    if name in order:
        return
    if name in within:
        raise ValueError(f"modules import each other: {' → '.join((*within, name))}")
    text = (folder / name).read_text(encoding="utf-8")
    for pattern in (IMPORT, BARE, DYNAMIC):
        for found in pattern.finditer(text):
            _collect(folder, found[found.lastindex or 0], order, (*within, name))
    exported = EXPORT.findall(text)
    text = IMPORT.sub(_constant, text)
    text = BARE.sub("", text)
    text = DYNAMIC.sub(lambda found: f'Promise.resolve(modules["{found[1]}"])', text)
    text = WORKER.sub(lambda found: _worker(folder, found[1]), text)
    text = EXPORT.sub("", text)
    if (other := OTHER.search(text)) or "import.meta" in text:
        line = other[0] if other else "import.meta"
        raise ValueError(f"{name} has a line that a bundle cannot hold: {line}")
    order[name] = f"{text}\nreturn {{ {', '.join(exported)} }};"


def _constant(found: re.Match[str]) -> str:
    what = re.sub(r"(\w+) as (\w+)", r"\1: \2", found[1].replace("* as ", ""))
    return f'const {what} = modules["{found[2]}"];'


def _worker(folder: Path, name: str) -> str:
    source = json.dumps(bundle(folder, name)).replace("</", "<\\/")
    return f'new Worker(URL.createObjectURL(new Blob([{source}], {{ type: "text/javascript" }})))'
