"""Debian's Firefox for the tests of live figures, driven by WebDriver BiDi, which it speaks itself.

Playwright drives a Firefox of its own only, and this needs no further program.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import websocket

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
MISSING = "there is no Firefox here: on Debian, `apt-get install firefox-esr` brings it"
PATIENCE = 300  # seconds that nothing needs, however busy the machine is


class Firefox:
    """One tab of a running Firefox."""

    def __init__(self, address: str) -> None:
        """Begins a session at a WebSocket's address."""
        # Firefox takes no connection that names the page it comes from.
        self._socket = websocket.create_connection(
            f"{address}/session", timeout=PATIENCE, suppress_origin=True
        )
        self._numbers = itertools.count(1)
        self.faults: list[str] = []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        tree = self.ask("browsingContext.getTree")
        self._tab = tree["contexts"][0]["context"]

    def ask(self, method: str, **parameters: Any) -> dict:
        """A command and its answer; what goes wrong in the page is kept in `faults`."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.faults.append(answer["params"]["text"])
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]

    def close(self) -> None:
        """Ends the connection; the program ends otherwise."""
        self._socket.shutdown()

    def open(self, url: str) -> None:
        """Loads a page to its end."""
        self.faults.clear()
        self.ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, script: str) -> Any:
        """What a function body of JavaScript returns, through JSON."""
        answer = self.ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await (async () => {{ {script} }})()))()",
            target={"context": self._tab},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    def wait_for(self, condition: str) -> None:
        """Waits until an expression of JavaScript holds."""
        end = time.monotonic() + PATIENCE
        while not self.evaluate(f"return Boolean({condition})"):
            assert time.monotonic() < end, f"never came true: {condition}"
            time.sleep(0.05)

    def press(self, *keys: str) -> None:
        """Presses keys one after the other; a key is a letter or its code point of WebDriver."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def drag(self, points: list[tuple[float, float]], kind: str = "mouse") -> None:
        """Presses at the first point and goes along the others, with a mouse or a finger."""
        steps = [{"type": "pointerMove", "x": int(x), "y": int(y)} for x, y in points]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self._act(
            {
                "type": "pointer",
                "id": kind,
                "parameters": {"pointerType": kind},
                "actions": [steps[0], down, *steps[1:], up],
            }
        )

    def _act(self, action: dict) -> None:
        self.ask("input.performActions", context=self._tab, actions=[action])


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A headless Firefox with a fresh profile in `folder`, which reaches this machine alone."""
    assert PROGRAM, MISSING
    profile = folder / "profile"
    profile.mkdir()
    proxy = ['"network.proxy.type", 1', '"network.proxy.http", "127.0.0.1"']
    proxy += ['"network.proxy.http_port", 9', '"network.proxy.ssl", "127.0.0.1"']
    proxy += ['"network.proxy.ssl_port", 9', '"network.proxy.no_proxies_on", "127.0.0.1"']
    proxy += ['"network.proxy.allow_hijacking_localhost", false']
    (profile / "user.js").write_text("".join(f"user_pref({one});\n" for one in proxy))
    log = folder / "firefox.log"
    options = ["--headless", "--no-remote", "--profile", str(profile)]
    options += ["--remote-debugging-port", "0", "about:blank"]
    with log.open("w") as out:
        running = subprocess.Popen(
            [PROGRAM, *options], stdout=out, stderr=out, env=os.environ | {"HOME": str(folder)}
        )
        try:
            end = time.monotonic() + PATIENCE
            while not (found := re.search(r"BiDi listening on (ws://\S+)", log.read_text())):
                assert running.poll() is None and time.monotonic() < end, log.read_text()
                time.sleep(0.1)
            with closing(Firefox(found[1])) as tab:
                yield tab
        finally:
            running.terminate()
            running.wait()
