"""Headless Chromium for tests, driven over its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import websocket

from tests.support.sites import PATIENCE

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--window-size=900,700",
]
UNTIL = """
new Promise((resolve) => {
  const done = () => (%s) && (watch.disconnect(), resolve(true));
  const watch = new MutationObserver(done);
  watch.observe(document, { childList: true, subtree: true, characterData: true });
  done();
})
"""


class Browser:
    """A running Chromium."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=PATIENCE)
        self._ids = itertools.count()
        self._loaded: set[tuple[str, str]] = set()
        self.logged: list[str] = []
        """What tabs that were asked to `Log.enable` have written on their consoles."""

    def ask(self, method: str, session: str | None = None, **params: Any) -> Any:
        """Call a method of the DevTools protocol and give its result."""
        number = next(self._ids)
        call = {"id": number, "method": method, "params": params, "sessionId": session}
        self._socket.send(json.dumps({k: v for k, v in call.items() if v is not None}))
        while (answer := self._hear()).get("id") != number:
            pass
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def _hear(self) -> Any:
        """Take the next message; remember which documents are there."""
        said = json.loads(self._socket.recv())
        told = said.get("params", {})
        if told.get("name") in ("DOMContentLoaded", "load"):
            self._loaded.add((told["name"], told["loaderId"]))
        if said.get("method") == "Log.entryAdded":
            self.logged.append(told["entry"]["text"])
        return said

    def open(
        self, url: str, script: str = "", *, scripts: bool = True, blocked: str = ""
    ) -> Tab:
        """Open a page in a tab of its own and wait until it is loaded.

        Args:
            url: Its address.
            script: What runs before the scripts of the page.
            scripts: Whether it has JavaScript.
            blocked: What it cannot load: a host, for example.
        """
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        tab = Tab(self, attached["sessionId"])
        tab.ask("Page.enable")
        tab.ask("Page.setLifecycleEventsEnabled", enabled=True)
        tab.ask("Page.addScriptToEvaluateOnNewDocument", source=script)
        tab.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
        if blocked:
            tab.ask("Network.enable")
            tab.ask("Network.setBlockedURLs", urls=[f"*{blocked}*"])
        # Without scripts nothing waits for the style sheets of the page.
        until = "DOMContentLoaded" if scripts else "load"
        self.wait_until_loaded(tab.ask("Page.navigate", url=url)["loaderId"], until)
        return tab

    def wait_until_loaded(self, loading: str, until: str = "DOMContentLoaded") -> None:
        while (until, loading) not in self._loaded:
            self._hear()

    def close(self) -> None:
        self.ask("Browser.close")
        self._socket.close()


class Tab:
    """One page of a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def ask(self, method: str, **params: Any) -> Any:
        return self._browser.ask(method, self._session, **params)

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page; wait for it if it is a promise."""
        answer = self.ask(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def reload(self) -> None:
        """Load the page anew and wait until it is loaded.

        What is evaluated while the old one goes would fail.
        """
        before = self._loading()
        self.ask("Page.reload")
        while (loading := self._loading()) == before:
            pass
        self._browser.wait_until_loaded(loading)

    def _loading(self) -> str:
        loading: str = self.ask("Page.getFrameTree")["frameTree"]["frame"]["loaderId"]
        return loading

    def until(self, condition: str) -> None:
        """Wait until the page has changed so that an expression is true."""
        self.run(UNTIL % condition)

    def screenshot(self, path: Path) -> None:
        """Save what the page looks like as a PNG."""
        data = self.ask("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))


@contextmanager
def chromium(program: str) -> Iterator[Browser]:
    """Run Chromium while the block runs, with a profile of its own."""
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        try:
            browser = Browser(_address(process.stderr))
            yield browser
            browser.close()
            process.stderr.read()
        finally:
            process.kill()


def _address(lines: Iterator[str]) -> str:
    for line in lines:
        if found := re.search(r"DevTools listening on (\S+)", line):
            return found[1]
    raise AssertionError("Chromium did not start")
