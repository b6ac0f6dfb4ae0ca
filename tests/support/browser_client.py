"""A real client for tests: socket.io-client in a tab of Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.support.browser import Browser
from tests.support.clients import JS, AnyJavaScriptPeer

DIST = JS / "node_modules" / "socket.io-client" / "dist"
START = """
const lines = []; let waiting;
const give = () => { if (waiting && lines.length) {
  waiting(lines.splice(0)); waiting = undefined } };
const next = () => new Promise((resolve) => { waiting = resolve; give() });
const manager = new io.Manager(location.origin, OPTIONS);
const commands = peer(manager, (line) => { lines.push(line); give() });
"""
UPGRADED = """
new Promise((resolve) => { const { engine } = manager;
  if (engine.transport.name === "websocket") resolve();
  engine.once("upgrade", () => resolve()) })
"""


class BrowserPeer(AnyJavaScriptPeer):
    """A `socket.io-client` in a page of the server that it connects to.

    Args:
        browser: Where to open a tab.
        url: The address of the server.
        transports: Those that the client may use; the first connects.
        namespaces: What it joins.
        auth: What it sends to each of them.
        bundle: Which file of the library the page loads.
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        transports: list[str],
        namespaces: list[str],
        auth: Any = None,
        bundle: str = "socket.io.min.js",
    ) -> None:
        super().__init__()
        options = {"transports": transports, "reconnectionDelay": 50}
        module = (JS / "peer.mjs").read_text().replace("export ", "")
        self._tab = browser.open(url)
        self._tab.run((DIST / bundle).read_text() + ";0")
        self._tab.run(module + START.replace("OPTIONS", json.dumps(options)))
        for namespace in namespaces:
            self.join_later(namespace, auth)

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page, where `manager` is the connection."""
        return self._tab.run(script)

    def await_upgrade(self) -> None:
        """Wait until the connection is a WebSocket."""
        self._tab.run(UPGRADED)

    def _say(self, **command: Any) -> None:
        self._tab.run(f"commands[{json.dumps(command['do'])}]({json.dumps(command)})")

    def _await(self, found: Callable[[], bool]) -> bool:
        while not found():
            for line in self._tab.run("next()"):
                self._take(line)
        return True

    def close(self) -> None:
        self._tab.run("commands.close()")
