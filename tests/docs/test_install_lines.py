"""Each example runs with what the line installs that it names."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docs.test_readme import blocks
from tests.support.servers import ROOT

LINE = re.compile(r"pip install -e '\.\[([\w,]+)\]'")
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
IMPORT = """
import json, runpy, sys
example, hidden = sys.argv[1], json.loads(sys.argv[2])
sys.modules.update(dict.fromkeys(hidden))
runpy.run_path(example, run_name="imported")
"""
"""A module that is None in `sys.modules` is one that cannot be imported."""


def _extras(example: Path) -> set[str]:
    """Return the extras of the line in an example's docstring, or of README's."""
    described = ast.get_docstring(ast.parse(example.read_text())) or ""
    found = LINE.search(described) or LINE.search((ROOT / "README.md").read_text())
    assert found
    return set(found[1].split(","))


def _required(name: str, extras: set[str]) -> Iterator[Requirement]:
    """Yield what a distribution with some extras requires here."""
    if name == "nsroute":  # as it is declared now, whatever is installed
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        optional = project["optional-dependencies"]
        texts = [
            *project["dependencies"],
            *(x for one in extras for x in optional[one]),
        ]
    else:
        texts = requires(name) or []
    for required in map(Requirement, texts):
        asked = [{"extra": extra} for extra in ("", *extras)]
        if required.marker is None or any(map(required.marker.evaluate, asked)):
            yield required


def _installed(*wanted: Requirement) -> set[str]:
    """Return the names of all distributions that come with some."""
    known: set[tuple[str, frozenset[str]]] = set()
    waiting = [(canonicalize_name(one.name), frozenset(one.extras)) for one in wanted]
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in known:
            continue
        try:
            required = list(_required(name, set(wanted)))
        except PackageNotFoundError:  # one that is optional to who requires it
            continue
        known.add((name, wanted))
        waiting += [(canonicalize_name(r.name), frozenset(r.extras)) for r in required]
    return {name for name, _ in known}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_needs_no_more_than_its_line_installs(example: Path) -> None:
    """It can be imported where nothing else is."""
    extras = ",".join(_extras(example))
    _import(example, _installed(Requirement(f"nsroute[{extras}]")))


def test_readmes_application_needs_no_more_than_its_line_installs(
    tmp_path: Path,
) -> None:
    """The first line of README is enough for its code."""
    readme = ROOT / "README.md"
    command, *_ = blocks(readme, "sh")
    program, action, *names = command.split()
    assert (program, action) == ("pip", "install")
    application = tmp_path / "rooms.py"
    application.write_text("".join(blocks(readme, "python")))
    _import(application, _installed(*map(Requirement, names)))


def _import(program: Path, installed: set[str]) -> None:
    """Import a program where nothing is installed but some distributions."""
    assert {"flask", "flask-socketio", "simple-websocket"} <= installed
    hidden = [
        module
        for module, names in packages_distributions().items()
        if module.isidentifier()
        and installed.isdisjoint(canonicalize_name(name) for name in names)
    ]
    assert "pytest" in hidden
    run = subprocess.run(
        [sys.executable, "-c", IMPORT, str(program), json.dumps(hidden)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
