"""Serve the book, the feedback, results and reports to whoever started this, and no other files."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from autograder.course.folders import Course
from autograder.course.safe_text import label
from autograder.reports.local_access import LocalHandler, LocalServer

NOTHING = f"{os.devnull}/nothing"  # below a file there is nothing: the answer is 404
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark }} body {{ font: 1.1rem/1.6 system-ui, sans-serif;
max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}</style></head>
<body><main><h1>{title}</h1><ul>{items}</ul></main></body></html>
"""


@dataclass(frozen=True)
class Place:
    """A folder of which pages are served.

    pattern : what of it is served, as in `Path.glob`; None for a site with an index of its own
    """

    folder: Path
    pattern: str | None = None

    def file(self, parts: tuple[str, ...]) -> Path | None:
        """The file at this path below the folder; None unless it is served."""
        if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            return None
        if self.pattern is not None:
            pattern = PurePosixPath(self.pattern)
            if len(parts) != len(pattern.parts) or not PurePosixPath(*parts).match(self.pattern):
                return None
        # A link in the folder may lead to any file of this user.
        path = self.folder.joinpath(*parts).resolve()
        return path if path.is_relative_to(self.folder.resolve()) else None

    def addresses(self) -> Iterator[tuple[str, ...]]:
        """The paths of all files that are served, in alphabetical order."""
        for path in sorted(self.folder.glob(self.pattern or "index.html")):
            parts = path.relative_to(self.folder).parts
            file = self.file(parts)
            if file and file.is_file():
                yield parts


def places(course: Course) -> dict[str, Place]:
    """What is served, by the first part of its address."""
    return {
        "book": Place(course.root / "_build" / "html"),
        "feedback": Place(course.grading / "feedback", "*/*/*.html"),
        # Below it lie the seeds of the hidden inputs, in the cached results of single students.
        "results": Place(course.results, "*.json"),
        "reports": Place(course.grading / "reports", "*.*"),
    }


def make_server(course: Course, port: int) -> LocalServer:
    """A server on 127.0.0.1 for `places(course)`; port 0 takes a free one."""
    return LocalServer(partial(_Handler, places=places(course)), port)


class _Handler(LocalHandler, SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, places: dict[str, Place]):
        self._places = places
        super().__init__(*args)

    def do_GET(self) -> None:
        name, *parts = self._parts() or [""]
        place = self._places.get(name)
        if not name:
            self.send_page(_front_page(self._places))
        elif place and place.pattern and not parts and self._is_folder:
            self.send_page(_list_page(name, place))
        elif self.command == "HEAD":
            super().do_HEAD()
        else:
            super().do_GET()

    do_HEAD = do_GET

    def translate_path(self, path: str) -> str:
        name, *parts = self._parts() or [""]
        place = self._places.get(name)
        if place is None:
            return NOTHING
        if not parts and not self._is_folder:
            return str(place.folder)  # the answer leads to the address with a slash
        if self._is_folder:
            parts.append("index.html")
        file = place.file(tuple(parts))
        return str(file) if file and (file.is_file() or file.is_dir()) else NOTHING

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        """Show no folder: it may hold what is nobody's business."""
        self.send_error(HTTPStatus.NOT_FOUND)

    @property
    def _is_folder(self) -> bool:
        return urlsplit(self.place).path.endswith("/")

    def _parts(self) -> list[str]:
        path = unquote(urlsplit(self.place).path)
        return [part for part in path.split("/") if part not in ("", ".")]


def _front_page(places: dict[str, Place]) -> str:
    items = (
        f'<li><a href="{name}/">{name}</a>'
        + ("" if place.folder.is_dir() else f" — not there yet ({html.escape(str(place.folder))})")
        + "</li>"
        for name, place in places.items()
    )
    return PAGE.format(title="The course on this machine", items="".join(items))


def _list_page(name: str, place: Place) -> str:
    items = (
        f'<li><a href="{quote("/".join(parts), errors="surrogateescape")}">'
        f"{html.escape(label('/'.join(parts)))}</a></li>"
        for parts in place.addresses()
    )
    return PAGE.format(title=name.capitalize(), items="".join(items))
