"""The page of the examples has them all, with the lines that install and run them."""

from __future__ import annotations

import ast
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
import requests
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docs.test_readme import blocks
from tests.support.servers import ROOT
from tests.support.sites import PATIENCE
from tests.support.stopped_servers import started

PAGE = ROOT / "docs" / "how-to" / "examples.md"
FOLDER = ROOT / "examples"
BLOCKS = [block.splitlines() for block in blocks(PAGE, "sh")][1:]  # the first: a venv
"""For each example the line that installs it, and those that run it."""


def _programs(block: list[str]) -> list[Path]:
    """Return the files of an example, the one that describes it first."""
    words = " ".join(block).split()
    (path,) = {ROOT / word for word in words if word.startswith("examples/")}
    assert path.exists(), path
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def test_every_example_is_on_the_page() -> None:
    """Each file and each folder has lines that run it."""
    listed = [path for block in BLOCKS for path in _programs(block)]
    assert sorted(listed) == sorted(FOLDER.rglob("*.py"))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[-1])
def test_an_example_names_the_lines_of_the_page(block: list[str]) -> None:
    """They stand in its docstring, if not only README names them."""
    described = ast.get_docstring(ast.parse(_programs(block)[0].read_text())) or ""
    lines = re.findall(r"^ {4}(.+?)(?:  #.*)?$", described, re.MULTILINE)
    assert lines[: len(block)] in ([], block)


def _requirements(wanted: Requirement) -> Iterator[Requirement]:
    """Yield what a distribution requires, with its extras."""
    if wanted.name == "nsroute":  # as it is declared now, whatever is installed
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        optional = project["optional-dependencies"]
        extra = [text for name in wanted.extras for text in optional[name]]
        texts = [*project["dependencies"], *extra]
    else:
        try:
            texts = requires(wanted.name) or []
        except PackageNotFoundError:  # it is optional, or for another Python
            texts = []
    extras = [{"extra": name} for name in ("", *wanted.extras)]
    for one in map(Requirement, texts):
        if one.marker is None or any(map(one.marker.evaluate, extras)):
            yield one


def _installs(line: str) -> set[str]:
    """Return the names of all distributions that a line installs."""
    _, _, *words = shlex.split(line)
    waiting = [
        Requirement(re.sub(r"^\.", "nsroute", word)) for word in words if word != "-e"
    ]
    known: dict[str, set[str]] = {}
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name not in known or not wanted.extras <= known[name]:
            known[name] = known.get(name, set()) | wanted.extras
            waiting += _requirements(wanted)
    return set(known)


SERVED = [line for block in BLOCKS for line in block if line.startswith("flask ")]


@pytest.mark.sockets
@pytest.mark.parametrize("line", SERVED)
def test_what_flask_runs_serves_its_page(line: str, tmp_path: Path) -> None:
    """On a free port, from the folder above `examples`; its database is elsewhere."""
    words = ["-m", *shlex.split(line), "--port", "PORT"]
    words = [word.replace("examples/", f"{FOLDER}/") for word in words]
    words += ["--no-reload"] if "--debug" in words else []
    with started(words, tmp_path, "log", "threading") as server:
        page = requests.get(f"http://127.0.0.1:{server.port}/", timeout=PATIENCE)
        assert page.status_code == 200
        assert "<script" in page.text or "<form" in page.text


def _imports(program: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(program.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[-1])
def test_the_line_installs_what_the_example_imports(block: list[str]) -> None:
    """And what serves WebSockets, which nothing imports by name."""
    installed = _installs(block[0])
    assert {"flask-socketio", "simple-websocket"} <= installed
    names = {**packages_distributions(), "nsroute": ["nsroute"]}
    for program in _programs(block):
        for module in set(_imports(program)) - sys.stdlib_module_names - {"tenants"}:
            found = {canonicalize_name(name) for name in names[module]}
            assert not found.isdisjoint(installed), f"{module} in {program.name}"
