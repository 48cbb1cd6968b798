"""Serve the book, the feedback, results and reports to whoever started this, and no other files.

The first page has every student's scores, and below /mark/ written answers are marked.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from sqlalchemy.exc import SQLAlchemyError

from autograder.course.errors import CourseError
from autograder.course.faults import course_error
from autograder.course.folders import Course
from autograder.course.safe_text import label
from autograder.reports import marking_page, written_questions
from autograder.reports.front_page import front_page
from autograder.reports.local_access import LocalHandler, LocalServer

MOST_BODY = 100_000  # bytes that a marking page may send
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

    pattern : what of it is served, as in `Path.glob`; None for a site with an index of its own,
        which may run scripts
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
        path = Path(os.path.realpath(self.folder.joinpath(*parts)))
        return path if path.is_relative_to(os.path.realpath(self.folder)) else None

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
        "autograded": Place(course.grading / "autograded", "*/*/*.ipynb"),
        # Below it lie the seeds of the hidden inputs, in the cached results of single students.
        "results": Place(course.results, "*.json"),
        "reports": Place(course.grading / "reports", "*.*"),
    }


def make_server(course: Course, port: int) -> LocalServer:
    """A server on 127.0.0.1 for `places(course)`; port 0 takes a free one."""
    return LocalServer(partial(_Handler, course=course), port)


# Stock nbgrader's feedback shows a student's HTML as it is. Its scripts could read all that this
# server has, as the address of their own page holds the secret.
NO_SCRIPTS = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class _Handler(LocalHandler, SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, course: Course):
        self._course, self._places = course, places(course)
        super().__init__(*args)

    def do_GET(self) -> None:
        name, *parts = self._parts() or [""]
        place = self._places.get(name)
        if not name:
            search = self._query().get("search", "")
            text, policy = front_page(self._course, self._others(), search)
            self.send_page(text, policy=policy)
        elif name == "mark":
            self._mark(parts)
        elif place and place.pattern and not parts and self._is_folder:
            self.send_page(_list_page(name, place))
        elif self.command == "HEAD":
            super().do_HEAD()
        else:
            super().do_GET()

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Save what a marking page sends; the answer is JSON."""
        parts = self._parts()
        size = self.headers.get("Content-Length", "")
        if len(parts) != 4 or parts[0] != "mark" or not size.isdecimal() or int(size) > MOST_BODY:
            self.close_connection = True
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            data = json.loads(self.rfile.read(int(size)))
        except ValueError:
            data = None
        _, name, cell, verb = parts
        secret = self.server.secret
        status, facts = marking_page.respond(self._course, name, cell, verb, data, secret)
        body = json.dumps(facts).encode()
        self._send(status, "application/json", body)

    def _mark(self, parts: list[str]) -> None:
        """Answer with the page of a question, /mark/NAME/CELL/, or with a picture of an answer."""
        secret = self.server.secret
        try:
            assignment = self._course.assignment(parts[0] if parts else "")
            if len(parts) == 2 and self._is_folder:
                question = written_questions.read_question(assignment, parts[1], secret)
                wanted = marking_page.view(self._query())
                text, policy = marking_page.page(question, wanted, "../../../")
                self.send_page(text, policy=policy)
                return
            if len(parts) == 5 and parts[2] == "picture" and parts[4].isdecimal():
                found = written_questions.picture(
                    assignment, parts[1], parts[3], int(parts[4]), secret
                )
                if found:
                    self._send(HTTPStatus.OK, *found)
                    return
        except (CourseError, OSError, SQLAlchemyError) as error:
            fault = error if isinstance(error, CourseError) else course_error(error)
            if fault is None:
                raise
            text = f"{fault}. {fault.remedy}"
            title = "This page cannot be shown"
            self.send_page(PAGE.format(title=title, items=f"<li>{html_text(text)}</li>"))
            return
        self.send_error(HTTPStatus.NOT_FOUND)

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _query(self) -> dict[str, str]:
        """The options in the address, the last of each name."""
        return dict(parse_qsl(urlsplit(self.place).query, errors="replace"))

    def _others(self) -> Iterator[tuple[str, str]]:
        """The places with their addresses, "" where there is nothing yet."""
        for name, place in self._places.items():
            if name != "autograded":
                yield name, f"{name}/" if place.folder.is_dir() else ""

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
        # Not Path's own, which fail for names that are too long.
        is_there = file is not None and (os.path.isfile(file) or os.path.isdir(file))
        return str(file) if is_there else NOTHING

    def end_headers(self) -> None:
        """Let no page run scripts that may be made of what students wrote."""
        place = self._places.get(next(iter(self._parts()), ""))
        if place and place.pattern:
            self.send_header("Content-Security-Policy", NO_SCRIPTS)
        super().end_headers()

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        """Show no folder: it may hold what is nobody's business."""
        self.send_error(HTTPStatus.NOT_FOUND)

    @property
    def _is_folder(self) -> bool:
        return urlsplit(self.place).path.endswith("/")

    def _parts(self) -> list[str]:
        path = unquote(urlsplit(self.place).path)
        return [part for part in path.split("/") if part not in ("", ".")]


def html_text(text: str) -> str:
    """Text for one line of a page, escaped."""
    return html.escape(label(text))


def _list_page(name: str, place: Place) -> str:
    items = (
        f'<li><a href="{quote("/".join(parts), errors="surrogateescape")}">'
        f"{html_text('/'.join(parts))}</a></li>"
        for parts in place.addresses()
    )
    return PAGE.format(title=name.capitalize(), items="".join(items))
