"""A web server for one person: it answers nobody who lacks the address that it gave out.

Every user of a machine can open its ports, and any web page can have its reader's browser ask them.
So a request counts only if all of these hold:

- It names the server as `127.0.0.1:PORT` or `localhost:PORT`. A page elsewhere whose name is made
  to lead to this machine (DNS rebinding) asks under that name.
- Its path begins with a secret that is drawn when the server starts. A cookie would do less:
  browsers send cookies to every port of a host, so another user's server would get it.
- Its `Origin` is this server wherever a browser states one, and requests that change something
  must state one.

A page is a subclass of `LocalHandler` with the usual `do_GET`. Links in it are relative, as an
absolute path would lack the secret.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any

ADDRESS = "127.0.0.1"
PATIENCE = 60.0  # seconds that a connection may be silent
MAX_CONNECTIONS = 100  # at a time; a browser opens six
HARMLESS = ("GET", "HEAD")
# "no-referrer" would hide the origin of this server's own forms as well.
HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"
REFUSAL = "Open the whole address that the server printed when it started: it holds a secret."


class LocalServer(ThreadingHTTPServer):
    """A server on 127.0.0.1 whose handlers are `LocalHandler`s.

    make_handler : called for each connection, as `socketserver` does
    port : where it listens; 0 takes a free one
    """

    daemon_threads = True

    def __init__(self, make_handler: Callable[..., LocalHandler], port: int):
        super().__init__((ADDRESS, port), make_handler)
        self.secret = secrets.token_urlsafe(16)
        self._free = BoundedSemaphore(MAX_CONNECTIONS)

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a request may name as the host that it was sent to."""
        names = (ADDRESS, "localhost")
        bare = names if self.server_port == 80 else ()  # browsers leave the usual port out
        return (*(f"{name}:{self.server_port}" for name in names), *bare)

    @property
    def address(self) -> str:
        """The address to open, with the secret; whoever has it is answered."""
        return f"http://{ADDRESS}:{self.server_port}/{self.secret}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, unless so many are there that others shall not add any."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a browser hung up."""


class LocalHandler(BaseHTTPRequestHandler):
    """Looks at a request's host, origin and secret before any `do_GET` or `do_POST` sees it.

    place : the path and query of the request without the secret; begins with a slash
    """

    server: LocalServer
    server_version = "autograder"
    sys_version = ""
    timeout = PATIENCE
    place = "/"

    def parse_request(self) -> bool:
        """Whether the request is well-formed and allowed; if not, it has been answered."""
        if not super().parse_request():
            return False
        secret, slash, rest = self.path.removeprefix("/").partition("/")
        known = hmac.compare_digest(secret.encode(), self.server.secret.encode())
        if not (known and self._is_from_here()):
            self.close_connection = True
            self.send_error(HTTPStatus.FORBIDDEN, explain=REFUSAL)
            return False
        if not slash:
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", f"/{secret}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False
        self.place = f"/{rest}"
        return True

    def _is_from_here(self) -> bool:
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            return False
        origins = self.headers.get_all("Origin", [])
        if not origins:
            return self.command in HARMLESS
        return origins == [f"http://{hosts[0].lower()}"]

    def send_page(self, text: str, *, policy: str = POLICY) -> None:
        """Answer with an HTML page. `policy` says what the page may load and run."""
        body = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Add what every answer says to the browser."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the terminal shows the address and nothing else."""
