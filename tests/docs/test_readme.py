"""What README and the documentation show is true: their code runs."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import engineio
import pytest
import requests
import structlog
from blinker import ANY
from flask import got_request_exception

from tests.conftest import Connect, Serve
from tests.support import requirements
from tests.support.clients import JS
from tests.support.servers import ROOT, Server
from tests.support.sites import Site

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
ADDRESS = "http://localhost:5000"


MODULE = re.compile(r"<!-- module: (\w+) -->")
"""How a page says under what name its blocks import each other."""


def _fenced(page: Path, languages: str) -> list[tuple[str, str]]:
    fenced = re.compile(rf"^```({languages})\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return fenced.findall(page.read_text())


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page that are written in a language."""
    return [block for _, block in _fenced(page, language)]


def _pages_with_python() -> list[Any]:
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)))
        for page in PAGES
        if blocks(page, "python|pycon")
    ]


@pytest.fixture(autouse=True)
def _only_threading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `SocketIO(app)` choose what it does where gevent is not installed."""
    monkeypatch.setattr(engineio.Server, "async_modes", lambda _: ["threading"])


@pytest.fixture(autouse=True)
def _close_sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what python-socketio's clients leave open where no one gives them one."""
    sessions: list[requests.Session] = []

    class Session(requests.Session):
        def __init__(self) -> None:
            super().__init__()
            sessions.append(self)

    monkeypatch.setattr(requests, "Session", Session)
    yield
    for session in sessions:
        session.close()


@pytest.fixture(autouse=True)
def _drop_receivers() -> Iterator[None]:
    """Let what a page has told Flask to call be called no more."""
    yield
    for receiver in list(got_request_exception.receivers_for(ANY)):
        got_request_exception.disconnect(receiver)


class Reader:
    """Someone who types a page's Python blocks into one module, one after the other.

    What a `pycon` block says that an expression gives, it has to give.
    """

    def __init__(self, page: Path, serve: Serve) -> None:
        self._page = page
        self._serve = serve
        named = MODULE.search(page.read_text())
        self._module = ModuleType(named[1] if named else f"read_{page.stem}")
        self.server: Server | None = None

    def read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, self._module.__name__, self._module)
        blocks = _fenced(self._page, "python|pycon")
        for number, (language, block) in enumerate(blocks):
            typed = block
            if ADDRESS in block:
                typed = block.replace(ADDRESS, self.serving().url)
            name = f"{self._page.name}, block {number}"
            if language == "python":
                exec(compile(typed, name, "exec"), vars(self._module))
            else:
                self._try_out(typed, name)

    def _try_out(self, block: str, name: str) -> None:
        session = doctest.DocTestParser().get_doctest(block, {}, name, None, 0)
        session.globs = vars(self._module)  # it goes on where the last block ended
        said: list[str] = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        runner.run(session, out=said.append, clear_globs=False)
        assert not said, "".join(said)

    def serving(self) -> Server:
        """Serve what the page has built so far."""
        if self.server is None:
            site = Site(self._module.app, self._module.socketio)
            self.server = self._serve(lambda _: site)
        return self.server


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("page", _pages_with_python())
def test_every_python_block_runs(
    page: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python blocks of a page run in their order, against a server if need be."""
    Reader(page, serve).read(monkeypatch)


def test_the_readme_can_be_read_in_minutes() -> None:
    """README has at most 120 lines."""
    assert len(README.read_text().splitlines()) <= 120


def test_the_readmes_javascript_runs(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """README's JavaScript client gets the message and its acknowledgement."""
    requirements.node()
    reader = Reader(README, serve)
    reader.read(monkeypatch)
    [script] = blocks(README, "js")
    script = script.replace(ADDRESS, reader.serving().url)
    script += 'room.emit("message", "bye", () => room.disconnect());'
    run = subprocess.run(
        ["node", "--input-type=module", "--eval", script],
        cwd=JS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout.splitlines() == ["ann: hello", "5 characters", "ann: bye"]


def _masked(line: str) -> str:
    return re.sub(r"\b(sid|duration_ms)=\S+", r"\1=…", line)


def test_the_readmes_log_lines_are_those_of_its_clients(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """README's Python client and an unrouted one log the lines that README shows."""
    reader = Reader(README, serve)
    reader.read(monkeypatch)
    server = reader.serving()
    server.records.wait("nsroute.disconnect")
    connect(server, "python", "polling", ["/rooms/x"])
    server.records.wait("nsroute.unrouted")
    show = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=19)
    logged = [show(None, "", dict(record)) for record in server.records.everything()]
    [shown] = blocks(README, "text")
    assert [_masked(line) for line in shown.splitlines()] == [
        _masked(str(line)) for line in logged
    ]
