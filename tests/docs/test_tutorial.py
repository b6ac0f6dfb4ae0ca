"""Whoever follows the tutorial has a chat; its sessions run in `test_readme`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.browser import Tab, chromium
from tests.support.clients import JS
from tests.support.servers import ROOT

pytestmark = pytest.mark.sockets

PAGE = ROOT / "docs" / "tutorial.md"
SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
CDN = re.compile(r'<script src="https://cdn\S+ crossorigin\s+integrity="\S+"></script>')
CONNECTED = "new Promise(r => socket.connected ? r() : socket.on('connect', r))"
FIRST, *_, LAST, TESTS = blocks(PAGE, "python")


def _write(folder: Path, chat: str) -> None:
    [page] = blocks(PAGE, "html")
    page, replaced = CDN.subn('<script src="client.js"></script>', page)
    assert replaced == 1
    (folder / "static").mkdir()
    (folder / "static" / "chat.html").write_text(page)
    (folder / "static" / "client.js").write_text(SCRIPT.read_text())
    (folder / "chat.py").write_text(chat)
    (folder / "test_chat.py").write_text(TESTS)


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """Run the page's command, but on a free port; give the address of the chat."""
    [command] = [block for block in blocks(PAGE, "sh") if block.startswith("flask")]
    _, *words = shlex.split(command)
    with subprocess.Popen(
        [sys.executable, "-m", "flask", *words, "--no-reload", "--port", "0"],
        cwd=folder,
        env={**_environ(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            yield f"{_address(process.stderr)}/static/chat.html"
        finally:
            process.terminate()
            process.stderr.read()


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _address(lines: Iterator[str]) -> str:
    for line in lines:
        if found := re.search(r"Running on (http://\S+)", line):
            return found[1]
    raise AssertionError("flask did not start")


def _say(tab: Tab, text: str) -> None:
    tab.run(f"form[0].value = {text!r}")
    tab.run("form.requestSubmit()")


def _lines(tab: Tab) -> list[str]:
    """Return what the page shows, the numbers of guests apart."""
    lines = tab.run("[...document.querySelectorAll('li')].map(l => l.innerText)")
    return [re.sub(r"guest \d+", "guest", line) for line in lines]


def test_the_first_room_is_a_chat_without_names(tmp_path: Path) -> None:
    """After the second step two tabs of a room hear each other, one elsewhere not."""
    requirements.node()
    _write(tmp_path, FIRST)
    with _serving(tmp_path) as url, chromium(requirements.chromium()) as browser:
        one, other, elsewhere, nowhere = (
            browser.open(f"{url}?{room}") for room in (1, 1, 2, "x")
        )
        for tab in (one, other, elsewhere):
            tab.run(
                "new Promise(r => socket.connected ? r() : socket.on('connect', r))"
            )
        _say(one, "hello")
        other.until("log.innerText.includes('hello')")
        nowhere.until("log.innerText.includes('enter')")
        _say(elsewhere, "anybody?")
        elsewhere.until("log.innerText.includes('anybody?')")
        assert _lines(other) == ["undefined: hello"]
        assert _lines(elsewhere) == ["undefined: anybody?"]
        assert _lines(nowhere) == ["You cannot enter: Invalid namespace"]


def test_the_last_room_has_names_a_memory_and_checked_messages(tmp_path: Path) -> None:
    """After the fifth step tabs show names, what was said earlier, and complaints."""
    requirements.node()
    _write(tmp_path, LAST)
    with _serving(tmp_path) as url, chromium(requirements.chromium()) as browser:
        ann = browser.open(url)
        ann.until("log.innerText.includes('is here')")
        _say(ann, "first")
        ann.until("log.innerText.includes('first')")
        _say(ann, "")
        ann.until("log.innerText.includes('not valid')")
        bob = browser.open(url)
        bob.until("log.innerText.includes('is here')")
        ann.until("log.children.length === 4")
        bob.run("void socket.disconnect()")
        ann.until("log.innerText.includes('has gone')")
        assert _lines(bob) == ["guest: first (earlier)", "guest is here"]
        assert _lines(ann) == [
            "guest is here",
            "guest: first",
            "The arguments are not valid.",
            "guest is here",
            "guest has gone",
        ]


def test_the_tutorials_tests_pass(tmp_path: Path) -> None:
    """`pytest test_chat.py` runs two tests, and they pass."""
    (tmp_path / "chat.py").write_text(LAST)
    (tmp_path / "test_chat.py").write_text(TESTS)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "test_chat.py", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=_environ(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "2 passed" in run.stdout
    assert run.returncode == 0


def test_the_page_takes_the_client_library_of_the_quickstart() -> None:
    """Version and hash are those that the quickstart's tests hold to the package."""
    quickstart = (ROOT / "examples" / "quickstart.py").read_text()
    [page] = blocks(PAGE, "html")
    for kept in re.findall(r'(?:src|integrity)="[^"]+"', page):
        assert kept in quickstart
