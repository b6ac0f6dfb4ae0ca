"""The page on the layout of a project: its files are an application that works."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from nsroute import RoutedNamespace, RouteTable, Submount
from tests.docs.test_testing_guide import PLUGIN
from tests.support.cli_apps import run
from tests.support.servers import ROOT

pytest_plugins = ["pytester"]

PAGE = (ROOT / "docs" / "how-to" / "project-layout.md").read_text()
FILE = re.compile(
    r"^```\{code-block\} python\n:caption: (\S+)\n\n(.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
FILES = FILE.findall(PAGE)
MODULES = [
    name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for name, _ in FILES
    if name.startswith("shop/")
]

MATCHED = ("/shops/tea/orders/7", "/shops/tea/stock", "/lobby")


def _forget() -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "shop"]:
        del sys.modules[name]


@pytest.fixture
def project(pytester: pytest.Pytester) -> Iterator[pytest.Pytester]:
    """Write the files of the page into a folder."""
    for name, source in FILES:
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    pytester.syspathinsert()
    yield pytester
    _forget()


def test_the_files_are_those_that_the_page_lists() -> None:
    """In the order in which one imports the other."""
    [shown] = re.findall(r"^```text\n(shop/.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    listed = re.findall(r"^(\S+\.py)", shown, re.MULTILINE)
    assert listed == [name for name, _ in FILES]


@pytest.mark.usefixtures("project")
def test_each_module_can_be_imported_first() -> None:
    """So nothing is imported in a circle."""
    assert len(MODULES) == 4
    for name in MODULES:
        _forget()
        importlib.import_module(name)


@pytest.mark.usefixtures("project")
def test_its_command_prints_what_the_page_shows() -> None:
    """The routes, from the factory."""
    [console] = re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    command, _, routes = console.partition("\n")
    args = command.removeprefix("$ flask --app shop nsroute ").split()
    app = importlib.import_module("shop").create_app()
    assert run(app, *args, width=80).output == routes


def test_tables_of_parts_get_the_prefix_as_the_page_says() -> None:
    """Their handlers get its parameter too."""

    class Order(RoutedNamespace, namespace="/orders/<int:order_id>"): ...

    class Stock(RoutedNamespace, namespace="/stock"): ...

    class Lobby(RoutedNamespace, namespace="/lobby"): ...

    [shown] = re.findall(
        r"^```text\n(table = .*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
    names: dict[str, Any] = {"RouteTable": RouteTable, "Submount": Submount}
    names["orders"] = SimpleNamespace(table=RouteTable([Order]))
    names["stock"] = SimpleNamespace(table=RouteTable([Stock]))
    exec(shown, {**names, "Lobby": Lobby}, names)
    matches = {name: names["table"].match(name) for name in MATCHED}
    assert {name: (one.route.target, one.params) for name, one in matches.items()} == {
        "/shops/tea/orders/7": (Order, {"shop": "tea", "order_id": 7}),
        "/shops/tea/stock": (Stock, {"shop": "tea"}),
        "/lobby": (Lobby, {}),
    }


def test_its_tests_pass(project: pytest.Pytester) -> None:
    """With the fixtures of the plugin."""
    result = project.runpytest_inprocess(*PLUGIN)
    result.assert_outcomes(passed=1)
