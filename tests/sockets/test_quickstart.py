"""The quickstart does what it promises, in a terminal and in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support import requirements
from tests.support.browser import Tab, chromium
from tests.support.clients import JS
from tests.support.servers import ROOT

pytestmark = pytest.mark.sockets

QUICKSTART = ROOT / "examples" / "quickstart.py"
SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"


def test_it_fits_on_two_screens() -> None:
    """The quickstart is read in a minute: it has at most 80 lines."""
    assert len(QUICKSTART.read_text().splitlines()) <= 80


def test_it_shows_three_clients_and_ends_well() -> None:
    """Run as it is, it shows what each client heard and the records, and exits 0."""
    run = subprocess.run(
        [sys.executable, "-W", "error", str(QUICKSTART)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    said = run.stdout
    assert "ann is answered 13" in said
    for name, text in ("ann", "room 1"), ("bob", "room 1"), ("eve", "room 2"):
        assert re.search(rf"{name} first receives .*'hello, {text}'", said)
    for event, count in ("connect", 3), ("event", 2), ("unrouted", 1):
        assert len(re.findall(rf"nsroute\.{event}\b", said)) == count


@contextmanager
def _serving(*options: str) -> Iterator[str]:
    """Run the quickstart with `--serve` on a free port; give its address."""
    command = [sys.executable, "-u", str(QUICKSTART), "--serve", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the quickstart told no address"
            yield found[0]
        finally:
            process.terminate()


def _says(tab: Tab, text: str) -> None:
    tab.run(f"document.forms[0][0].value = {json.dumps(text)}")
    tab.run("document.forms[0].requestSubmit()")


def _log(tab: Tab) -> list[str]:
    lines: list[str] = tab.run(
        "[...document.querySelectorAll('li')].map(l => l.innerText)"
    )
    return lines


def test_its_page_is_a_chat_for_each_room(tmp_path: Path) -> None:
    """Two tabs in one room hear each other; a tab in another room hears neither."""
    requirements.node()
    with (
        _serving("--client", str(SCRIPT)) as url,
        chromium(requirements.chromium()) as browser,
    ):
        ann, bob, eve = (browser.open(f"{url}?{room}") for room in (1, 1, 2))
        for tab in (ann, bob, eve):
            tab.until("log.innerText.includes('Welcome')")
        _says(ann, "hello <b>bob</b>")
        _says(eve, "anybody here?")
        bob.until("log.innerText.includes('hello <b>bob</b>')")
        eve.until("log.innerText.includes('anybody here?')")
        _says(bob, "hello ann")
        ann.until("log.innerText.includes('hello ann')")
        assert [line.partition(": ")[2] for line in _log(ann)[1:]] == [
            "hello <b>bob</b>",
            "hello ann",
        ]
        assert [line.partition(": ")[2] for line in _log(eve)[1:]] == ["anybody here?"]
        ann.screenshot(tmp_path / "room.png")
        assert (tmp_path / "room.png").stat().st_size > 0


def test_its_page_tells_why_nobody_gets_into_no_room() -> None:
    """A tab that asks for a room without a route shows why it was refused."""
    requirements.node()
    with (
        _serving("--client", str(SCRIPT)) as url,
        chromium(requirements.chromium()) as browser,
    ):
        tab = browser.open(f"{url}?x")
        tab.until("log.innerText.includes('Refused: Invalid namespace')")


def test_its_page_takes_the_client_library_from_its_cdn_unchanged() -> None:
    """Without a local script the page names the CDN's, and the hash of its content."""
    requirements.node()
    with _serving() as url:
        page = _read(url)
    version, digest = re.search(
        r'src="https://cdn\.socket\.io/([\d.]+)/socket\.io\.min\.js" crossorigin\s+'
        r'integrity="sha384-([^"]+)"',
        page,
    ).groups()  # type: ignore[union-attr]
    package = json.loads((SCRIPT.parent.parent / "package.json").read_text())
    assert package["version"] == version
    content = hashlib.sha384(SCRIPT.read_bytes()).digest()
    assert base64.b64encode(content).decode() == digest


def _read(url: str) -> str:
    return str(requests.get(url, timeout=10).text)
