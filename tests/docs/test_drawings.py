"""The drawings of the documentation: legible, made of text, and true."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask_socketio import Namespace

from nsroute import Route, RouteTable
from tests.benchmarks import plot, plot_load
from tests.support.drawings import drawings, styled
from tests.support.servers import ROOT

DOCS = ROOT / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def texts(path: Path, kind: str) -> list[str]:
    """Return the texts of a class in a drawing, from top to bottom."""
    found = ET.parse(path).iter(f"{SVG}text")
    return [text.text or "" for text in found if kind in text.get("class", "").split()]


@pytest.mark.parametrize("path", drawings(), ids=lambda path: path.stem)
def test_a_drawing_is_legible(path: Path) -> None:
    """It is as wide as a phone, and has the colours of day and night.

    `python -m tests.support.drawings` writes the style into it.
    """
    root = ET.parse(path).getroot()
    assert root.attrib["viewBox"].split()[2] == "360"
    assert root.findtext(f"{SVG}title")
    assert path.read_text() == styled(path.read_text())
    assert not re.search(r"(fill|stroke|style)=", path.read_text())


@pytest.mark.parametrize("path", drawings(), ids=lambda path: path.stem)
def test_a_drawing_is_described_where_it_is_shown(path: Path) -> None:
    """A page beside it shows it, with a text for those who cannot see it."""
    pages = "".join(page.read_text() for page in path.parent.glob("*.md"))
    [alt] = re.findall(rf"!\[([^]]+)\]\({path.name}\)", pages)
    assert len(alt) > 20


def test_the_bars_are_those_of_the_table() -> None:
    """`python -m tests.benchmarks.plot` draws the table anew."""
    page = plot.PAGE.read_text()
    rows = page.partition("<!-- table -->")[2].partition("<!-- end of table -->")[0]
    assert len(plot.bars(page)) == rows.count("\n|") - 2
    assert plot.PICTURE.read_text() == plot.drawing(page)


def test_the_curves_are_those_of_the_load_run() -> None:
    """`python -m tests.benchmarks.plot_load` draws the table anew."""
    page = plot.PAGE.read_text()
    drawn = plot_load.curves(page)
    assert [len(curve.points) for curve in drawn] == [5] * 8
    assert all(f"{curve.points[-1][1]:,}".removesuffix(".0") in page for curve in drawn)
    assert plot_load.PICTURE.read_text() == plot_load.drawing(page)


def test_each_name_goes_to_the_pattern_that_is_drawn_beside_it() -> None:
    """The patterns stand in the order in which they are tried."""
    codes = texts(DOCS / "how-to" / "precedence.svg", "code")
    names, patterns = codes[::2], codes[1::2]
    table = RouteTable([Route(pattern, Namespace) for pattern in reversed(patterns)])
    assert [route.pattern for route in table] == patterns
    matches = [table.match(name) for name in names]
    assert [match and match.route.pattern for match in matches] == patterns


def test_the_layers_are_those_of_the_page() -> None:
    """The drawing has the levels of the table, from the outside in."""
    page = (DOCS / "how-to" / "middleware.md").read_text()
    table = page.partition("| Level |")[2].partition("\n\n")[0]
    levels = re.findall(r"^\| (\w+) \|", table, re.MULTILINE)
    shown = texts(DOCS / "how-to" / "middleware.svg", "name")
    assert shown == [*levels, "your method"]


def test_a_dispatch_goes_through_modules_that_exist() -> None:
    """What is not upstream's, or yours, is a module of nsroute."""
    names = texts(DOCS / "explanation" / "dispatch.svg", "name")
    within = {"middleware": "dispatch.middleware"}
    within |= {name: f"dispatch.{name}" for name in ("failures", "refusals")}
    modules = [
        within.get(one, one)
        for name in names
        if name not in ("python-socketio", "your method")
        for one in name.split(", ")
    ]
    assert len(modules) == 10
    assert all(find_spec(f"nsroute.{module}") for module in modules)
