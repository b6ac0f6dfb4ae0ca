"""What the pages say in tables is true as well."""

from __future__ import annotations

import re

from flask_socketio import Namespace

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
