"""What README and the documentation show is true: their code runs."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import engineio
import pytest
import requests
from blinker import ANY
from flask import got_request_exception

from tests.benchmarks.plot import PAGE as PERFORMANCE
from tests.benchmarks.plot import bars
from tests.conftest import Serve
from tests.support import requirements
from tests.support.clients import JS
from tests.support.servers import ROOT, Server
from tests.support.sites import Site

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
ADDRESS = "http://localhost:5000"
FLAGS = re.DOTALL | re.MULTILINE


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


class WithoutPlaces(doctest.OutputChecker):
    """Compares errors of declarations without the place, which is in no file here."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        shown = re.sub(r"^declared at .*\n", "", got, flags=re.MULTILINE)
        return super().check_output(want, shown, optionflags)


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
        runner = doctest.DocTestRunner(WithoutPlaces(), optionflags=doctest.ELLIPSIS)
        runner.run(session, out=said.append, clear_globs=False)
        assert not said, "".join(said)

    def serving(self) -> Server:
        """Serve what the page has built so far."""
        if self.server is None:
            app = self._module.app
            site = Site(app, app.extensions["socketio"])
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


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[str]:
    """Save README's application and run it by README's command; give its address."""
    [application] = blocks(README, "python")
    (tmp_path / "rooms.py").write_text(application)
    # README installs no gevent: Flask-SocketIO would choose it here.
    (tmp_path / "gevent.py").write_text("raise ImportError")
    [command] = re.findall(r"`(flask --app rooms run)`", README.read_text())
    with subprocess.Popen(
        [sys.executable, "-m", *command.split(), "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            said = (re.search(r"Running on (http:\S+)", x) for x in process.stderr)
            yield next(found[1] for found in said if found)
        finally:
            process.terminate()


@pytest.mark.sockets
def test_the_readmes_client_talks_to_the_readmes_application(rooms: str) -> None:
    """README's JavaScript gets from the server what it has said to its room."""
    requirements.node()
    [script] = blocks(README, "js")
    assert ADDRESS in script
    script = script.replace(ADDRESS, rooms)
    script += 'room.emit("say", "bye", () => room.disconnect());'
    run = subprocess.run(
        ["node", "--input-type=module", "--eval", script],
        cwd=JS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout.splitlines() == ["hello", "bye"]


def test_the_readmes_figures_are_those_of_the_table() -> None:
    """Its ratios are those that `docs/performance.md` has measured."""
    ratios = {bar.name: bar.ratio for bar in bars(PERFORMANCE.read_text())}
    [told] = re.findall(r"^- \*\*Speed\*\*: .*?\n(?=- )", README.read_text(), FLAGS)
    in_flight = "{} of an echo, {}, 50 clients with 4 messages in flight"
    modes = ("threading", "gevent")
    names = [in_flight.format("CPU", mode) for mode in modes]
    assert re.findall(r"\d\.\d\d", told) == [f"{ratios[name]:.2f}" for name in names]
    slowest = [ratios[in_flight.format("p99", mode)] for mode in modes]
    assert "in less than half the time" in " ".join(told.split())
    assert max(slowest) < 0.5
    assert ratios["match in 10,000 patterns, against in 1"] <= 1.05


def test_the_readme_names_this_version_and_its_python() -> None:
    """Its last line is what `pyproject.toml` says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = project["requires-python"].removeprefix(">=")
    line = f"Version {project['version']}, for Python {python} and newer"
    assert line in README.read_text()
    assert f"under the {project['license']} license" in README.read_text()


def test_the_readmes_pictures_are_there() -> None:
    """Each picture of README is a file of the repository."""
    text = README.read_text()
    pictures = re.findall(r'(?:!\[[^]]*\]\(|src=")([^)"]+)', text)
    assert len(pictures) == 2
    assert all((ROOT / picture).is_file() for picture in pictures)
