"""Whoever follows the tutorial has a chat; its sessions run in `test_readme`."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nsroute.testing import RouterClient, serve
from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.browser import Tab, chromium
from tests.support.clients import JS
from tests.support.servers import ROOT

pytestmark = pytest.mark.sockets

PAGE = ROOT / "docs" / "tutorial.md"
PACKAGE = JS / "node_modules" / "socket.io-client"
CDN = re.compile(r'<script src="https://cdn\S+ crossorigin\s+integrity="\S+"></script>')
FIRST, *_, LAST, TESTS = blocks(PAGE, "python")
INSTALL, RUN, PYTHON, COPY, TEST = blocks(PAGE, "sh")
HTML, LOCAL = blocks(PAGE, "html")
[INSTALL_COPY] = re.findall(r"`(pip install '\.\./nsroute[^`]*)`", PAGE.read_text())


def _write(folder: Path, chat: str, script: str = LOCAL) -> None:
    page, replaced = CDN.subn(script, HTML)
    assert replaced == 1
    (folder / "static").mkdir()
    (folder / "static" / "chat.html").write_text(page)
    (folder / "chat.py").write_text(chat)
    (folder / "test_chat.py").write_text(TESTS)


def _copy_script(folder: Path) -> None:
    """Run what the page says, but with the package that is here already."""
    requirements.node()
    # Of a folder, unlike of what was published, npm would build the package first.
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    assert f"npm pack socket.io-client@{version}\n" in COPY
    commands = COPY.replace(f"socket.io-client@{version}", str(PACKAGE))
    _bash(f"export npm_config_ignore_scripts=true\n{commands}", folder)


def _bash(commands: str, folder: Path, typed: str = "") -> str:
    """Run commands as they stand on the page; return what they print."""
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """Run the page's command, but on a free port; give the address of the chat."""
    _, *words = shlex.split(RUN)
    with subprocess.Popen(
        [sys.executable, "-m", "flask", *words, "--no-reload", "--port", "0"],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
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
    _write(tmp_path, FIRST)
    _copy_script(tmp_path)
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
    _write(tmp_path, LAST)
    _copy_script(tmp_path)
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


def test_the_history_ends_with_the_last_client(tmp_path: Path) -> None:
    """After the fourth step a client gets what was said, unless all have left."""
    chat: dict[str, Any] = {"__name__": "chat"}
    exec(compile(LAST, "chat.py", "exec"), chat)

    def join(client: RouterClient, user: str) -> object:
        assert client.connect(auth={"user": user}).accepted
        [history] = [one for one in client.received() if one.event == "history"]
        return history.args

    ann = serve(chat["Room"], "/rooms/1")
    assert join(ann, "ann") == ([],)
    assert ann.call("say", "anybody here?") == 13
    bob = ann.another()
    assert join(bob, "bob") == ([{"user": "ann", "text": "anybody here?"}],)
    ann.disconnect()
    bob.disconnect()
    assert join(ann.another(), "ann") == ([],)


def test_the_page_says_that_its_script_is_missing(tmp_path: Path) -> None:
    """A browser that cannot load Socket.IO's client shows it in the page."""
    _write(tmp_path, FIRST)
    with _serving(tmp_path) as url, chromium(requirements.chromium()) as browser:
        tab = browser.open(url)
        tab.until("log.innerText.includes('could not be loaded')")


@pytest.mark.long
def test_a_reader_gets_there_from_an_empty_folder(tmp_path: Path) -> None:
    """The commands of the page, as they stand there, lead to a chat and its tests."""
    (tmp_path / "nsroute").symlink_to(ROOT)
    alone = "unset PYTHONPATH PYTEST_ADDOPTS\n"
    released, copy = "pip install 'nsroute[quickstart]'", INSTALL_COPY
    assert INSTALL.count(released) == 1
    _bash(alone + INSTALL.replace(released, copy), tmp_path)
    folder = tmp_path / "chat"
    _write(folder, LAST)
    typed = "import nsroute, chat\nprint(nsroute.__file__, chat.router)\n"
    shown = _bash(alone + PYTHON, tmp_path, typed)
    assert shown.startswith(str(folder / ".venv"))
    assert "2 passed" in _bash(f"{alone}. .venv/bin/activate\n{TEST}", folder)


def test_the_tutorials_tests_pass(tmp_path: Path) -> None:
    """`pytest test_chat.py` runs two tests, and they pass."""
    _write(tmp_path, LAST)
    *_, command = TEST.splitlines()
    assert "2 passed" in _bash(f"{sys.executable} -m {command}", tmp_path)


def test_the_page_takes_the_client_library_of_the_quickstart() -> None:
    """Version and hash are those that the quickstart's tests hold to the package."""
    quickstart = (ROOT / "examples" / "quickstart.html").read_text()
    for kept in re.findall(r'(?:src|integrity)="[^"]+"', HTML):
        assert kept in quickstart
