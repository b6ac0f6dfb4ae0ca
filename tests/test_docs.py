"""What the pages say in tables is true as well."""

from __future__ import annotations

import re
import tomllib

from flask_socketio import Namespace

import nsroute
from nsroute import Route, RouteTable
from tests.servers import ROOT

HOW_TO = ROOT / "docs" / "how-to"


def _first_cells(page: str, header: str) -> list[str]:
    """Give the code in the first column of the table with this header."""
    _, _, below = page.partition(header)
    table, _, _ = below.partition("\n\n")
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_the_names_that_match_nothing_match_nothing() -> None:
    """Each name of the page's table is refused by the routes that stand above it."""
    page = (HOW_TO / "routes.md").read_text()
    text, _, _ = page.partition("| Name | Why not |")
    patterns = re.findall(r"`(/[^`]+)`", text[text.index("beside the routes") :])
    names = _first_cells(page, "| Name | Why not |\n|---|---|\n")
    table = RouteTable([Route(pattern, Namespace) for pattern in patterns])
    assert len(names) == 17
    assert [name for name in names if table.match(name) is not None] == []
    assert len(patterns) == 4


def test_the_rooms_of_the_code_are_those_that_the_linter_keeps() -> None:
    """The page lists the layers that `lint-imports` holds the modules to, in order."""
    page = (ROOT / "docs" / "explanation" / "design.md").read_text()
    _, _, below = page.partition("| Module | What it does |\n|---|---|\n")
    rows = re.findall(r"^\| (.+?) \|", below.partition("\n\n")[0], re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    kept = [re.findall(r"\w+", layer) for layer in layers]
    kept.remove(["pytest_plugin"])  # pytest's way to `testing`, outside the package
    assert [re.findall(r"\w+", row) for row in rows] == kept


def test_the_api_page_documents_what_is_public() -> None:
    """Each name in `nsroute.__all__` has an entry of its own, and only one."""
    page = (ROOT / "docs" / "reference" / "api.md").read_text()
    entries = re.findall(r"^\.\. auto\w+:: nsroute\.(\w+)\b(?!\.)", page, re.MULTILINE)
    assert sorted(entries) == sorted(nsroute.__all__)
