"""Load templates, and the one style sheet of a page, which its policy allows by a hash."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


def environment(templates: Path) -> Environment:
    """An environment for templates that escape all values, and fail at an unknown name."""
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def style(path: Path, *, pictures: bool = False) -> tuple[Markup, str]:
    """A style sheet, and a policy by which a page may use it and load, run or send nothing else.

    pictures : allow those that are inside the page
    """
    css = path.read_text(encoding="utf-8")
    images = "img-src data:; " if pictures else ""
    policy = f"default-src 'none'; {images}style-src '{source_digest(css)}'; base-uri 'none'; "
    return Markup(css), policy + "form-action 'none'"


def source_digest(text: str) -> str:
    """The hash by which a page's policy allows one style sheet or script, and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
