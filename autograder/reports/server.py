"""Serve the book, the feedback, results and reports on this machine, and no other files."""

from __future__ import annotations

import html
import os
import posixpath
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from autograder.course.folders import Course

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The course on this machine</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark }} body {{ font: 1.1rem/1.6 system-ui, sans-serif;
max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}</style></head>
<body><main><h1>The course on this machine</h1><ul>{items}</ul></main></body></html>
"""


def places(course: Course) -> dict[str, Path]:
    """The folders that are served, by the first part of their address."""
    return {
        "book": course.root / "_build" / "html",
        "feedback": course.grading / "feedback",
        "results": course.results,
        "reports": course.grading / "reports",
    }


def make_server(course: Course, port: int) -> ThreadingHTTPServer:
    """A server on 127.0.0.1 for `places(course)`; port 0 takes a free one."""
    handler = partial(_Handler, folders=places(course))
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, folders: dict[str, Path]):
        self._folders = folders
        super().__init__(*args)

    def translate_path(self, path: str) -> str:
        clean = posixpath.normpath(unquote(urlsplit(path).path))
        name, *parts = [part for part in clean.split("/") if part not in ("", "..")] or [""]
        folder = self._folders.get(name)
        # The cached results of single students hold the seeds of the hidden inputs.
        if name == "results" and parts and not (len(parts) == 1 and parts[0].endswith(".json")):
            folder = None
        # Below a file there is nothing: the answer is 404.
        return str(folder.joinpath(*parts)) if folder else f"{os.devnull}/nothing"

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/":
            return super().do_GET()
        items = "".join(
            f'<li><a href="/{name}/">{name}</a>'
            + ("" if folder.is_dir() else f" — not there yet ({html.escape(str(folder))})")
            + "</li>"
            for name, folder in self._folders.items()
        )
        body = PAGE.format(items=items).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the terminal shows the address and nothing else."""
