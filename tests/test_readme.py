"""What README and the documentation show is true: their code runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import engineio
import pytest
import structlog

from tests import requirements
from tests.clients import JS
from tests.conftest import Connect, Serve
from tests.servers import ROOT, Server, Site

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
ADDRESS = "http://localhost:5000"


def _blocks(page: Path, language: str) -> list[str]:
    fenced = re.compile(rf"^```{language}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return [str(block) for block in fenced.findall(page.read_text())]


def _pages_with_python() -> list[Any]:
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)))
        for page in PAGES
        if _blocks(page, "python")
    ]


@pytest.fixture(autouse=True)
def _only_threading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `SocketIO(app)` choose what it does where gevent is not installed."""
    monkeypatch.setattr(engineio.Server, "async_modes", lambda _: ["threading"])


class Reader:
    """Someone who types a page's Python blocks into one module, one after the other."""

    def __init__(self, page: Path, serve: Serve) -> None:
        self._page = page
        self._serve = serve
        self._module = ModuleType(f"read_{page.stem}")
        self.server: Server | None = None

    def read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, self._module.__name__, self._module)
        for number, block in enumerate(_blocks(self._page, "python")):
            typed = block
            if ADDRESS in block:
                typed = block.replace(ADDRESS, self.serving().url)
            code = compile(typed, f"{self._page.name}, block {number}", "exec")
            exec(code, vars(self._module))

    def serving(self) -> Server:
        """Serve what the page has built so far."""
        if self.server is None:
            site = Site(self._module.app, self._module.socketio)
            self.server = self._serve(lambda _: site)
        return self.server


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
    [script] = _blocks(README, "js")
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
    [shown] = _blocks(README, "text")
    assert [_masked(line) for line in shown.splitlines()] == [
        _masked(str(line)) for line in logged
    ]
