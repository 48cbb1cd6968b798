"""Classic scripts of the live figures: they run from a folder, and odd modules are refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from book.bundling import bundle
from tests.book.live_figures import FIGURES, figure_site
from tests.browser import PATIENCE

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Folder</title>
<script defer src="figure.js"></script></head><body><{name}></{name}></body></html>"""


@pytest.mark.browser
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_works_from_a_folder(browser, tmp_path, name):
    """Opened as a file, without any server, a figure draws itself and has no fault."""
    site = figure_site(tmp_path)
    (site / "figure.js").write_text(bundle(site, f"{name}.mjs"), encoding="utf-8")
    (site / "index.html").write_text(PAGE.format(name=name), encoding="utf-8")
    page: Page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((site / "index.html").as_uri())
    page.wait_for_function(f"document.querySelector('{name}').shadowRoot !== null")
    assert page.get_by_role("alert").count() == 0
    assert faults == []
    page.close()


def test_names_and_workers_come_along(tmp_path):
    """Renamed imports, whole modules, dynamic imports and the text of a worker."""
    modules = {
        "one.mjs": 'import { two as second, THREE } from "./two.mjs";\n'
        'import * as all from "./two.mjs";\nconst late = import("./late.mjs");\n'
        "export function one() { return second + THREE + all.two; }\n"
        'new Worker(new URL("./work.mjs", import.meta.url), { type: "module" });\n',
        "two.mjs": "export const two = 2;\nexport const THREE = 3;\n",
        "late.mjs": "export async function late() {}\n",
        "work.mjs": 'import { two } from "./two.mjs";\npostMessage(two);\n',
    }
    for name, text in modules.items():
        (tmp_path / name).write_text(text)
    text = bundle(tmp_path, "one.mjs")
    assert 'const { two: second, THREE } = modules["two.mjs"];' in text
    assert 'const all = modules["two.mjs"];' in text
    assert 'Promise.resolve(modules["late.mjs"])' in text
    assert 'new Blob(["\\"use strict\\";' in text and "postMessage(two)" in text
    assert text.index('modules["two.mjs"] =') < text.index('modules["one.mjs"] =')
    assert "return { one };" in text and "return { two, THREE };" in text


@pytest.mark.parametrize(
    "text, reason",
    [
        ('import { b } from "./b.mjs";\n', r"import each other: a\.mjs → b\.mjs → a\.mjs"),
        ("export default 3;\n", "a.mjs has a line that a bundle cannot hold: export default 3;"),
        ("const here = import.meta.url;\n", "a.mjs has a line .*import.meta"),
    ],
)
def test_what_cannot_be_bundled_is_named(tmp_path, text, reason):
    """The message names the file and the line."""
    (tmp_path / "a.mjs").write_text(text)
    (tmp_path / "b.mjs").write_text('import { a } from "./a.mjs";\nexport const b = 1;\n')
    with pytest.raises(ValueError, match=reason):
        bundle(tmp_path, "a.mjs")
