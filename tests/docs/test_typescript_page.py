"""The page about TypeScript shows what is written, and what compiles against it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import UUID

import attrs
import msgspec
import pytest

from nsroute.schemas import Schemas
from nsroute.typescript import typescript_module
from nsroute.typescript.names import pascal
from nsroute.typescript.types import Types
from tests.docs.test_guides import typed
from tests.docs.test_readme import blocks
from tests.support.cli_apps import run
from tests.support.servers import ROOT
from tests.support.typescript import Workbench

PAGE = ROOT / "docs" / "how-to" / "typescript.md"
COMMANDS = blocks(PAGE, "sh")[0].splitlines()
GLOBALS = """\
declare const io: typeof import("socket.io-client").io;
declare const namespace: string;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Import the Python of the page as a module in a file."""
    file = tmp_path_factory.mktemp("page") / "typescript_page.py"
    file.write_text("\n".join(blocks(PAGE, "python")))
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    page = sys.modules[file.stem] = module_from_spec(spec)
    spec.loader.exec_module(page)
    yield page
    del sys.modules[file.stem]


@pytest.fixture(scope="module")
def module(page: Any) -> str:
    """Write the TypeScript of the page."""
    return typescript_module(page.router)


def test_the_page_shows_what_is_written(module: str) -> None:
    """Each declaration of the page is in the module."""
    shown, _ = blocks(PAGE, "ts")
    declarations = shown.strip().split("\n\n")
    assert [one for one in declarations if one not in module] == []
    assert len(declarations) == 5
    assert '"empty"' in module


def test_the_commands_write_the_module_and_notice_a_change(
    page: Any, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one fails as soon as the file is another."""
    monkeypatch.chdir(tmp_path)
    write, check = (typed(command) for command in COMMANDS)
    file = tmp_path / write[-1]
    file.parent.mkdir()
    assert run(page.app, *write).exit_code == 0
    assert file.read_text() == module
    assert run(page.app, *check).exit_code == 0
    file.write_text(module + "\n")
    changed = run(page.app, *check)
    assert changed.exit_code != 0
    assert f"{write[-1]} is not what the routes are now" in changed.output


@attrs.frozen
class Item:
    number: int


T = TypeVar("T")


class Page(msgspec.Struct, Generic[T]):
    items: list[T]


CELLS: dict[str, Any] = {
    "int": int, "float": float, "str": str, "datetime": datetime, "date": date,
    "UUID": UUID, "Decimal": Decimal, "bytes": bytes, "list[X]": list[Item],
    "set[X]": set[Item], "tuple[X, ...]": tuple[Item, ...],
    "tuple[X, Y]": tuple[Item, Item], "dict[str, X]": dict[str, Item],
    "Page[int]": Page[int], "X | None": Item | None,
}  # fmt: skip
"""What stands in the table, as it can be evaluated."""


def _cells() -> Iterator[tuple[str, str]]:
    """Yield what has a type of its own in the table, and that type."""
    _, _, below = PAGE.read_text().partition("| Python | TypeScript |\n|---|---|\n")
    for row in below.partition("\n\n")[0].replace("\\|", "¦").splitlines():
        python, typescript = (cell.replace("¦", "|") for cell in row.split("|")[1:3])
        written = re.findall("`([^`]+)`", typescript)
        yield from (
            (text, written[-1])
            for text in re.findall("`([^`]+)`", python)
            if text in CELLS
        )


def test_the_table_is_true() -> None:
    """Each annotation of the table is written as the type beside it."""
    cells = dict(_cells())
    schemas = Schemas("", sent=True)
    made = {text: schemas.of(CELLS[text]) for text in cells}
    types = Types({name: pascal(name) for name in schemas.components()})
    written = {text: types.of(schema) for text, schema in made.items()}
    assert {
        text: one.replace("X", "Item").replace("Y", "Item")
        for text, one in cells.items()
    } == written
    assert cells.keys() == CELLS.keys()


@pytest.mark.sockets
def test_the_clients_of_the_page_compile(module: str, tmp_path: Path) -> None:
    """That in TypeScript, and that in plain JavaScript, which is checked."""
    bench = Workbench(tmp_path, module)
    _, client = blocks(PAGE, "ts")
    [script] = blocks(PAGE, "js")
    bench.write("client.ts", client)
    bench.write("globals.d.ts", GLOBALS)
    bench.write("page.js", script)
    files = ("client.ts", "page.js", "globals.d.ts")
    options = {"allowJs": True, "checkJs": True, "lib": ["es2022", "dom"]}
    assert bench.compile(*files, **options) == []
    bench.write("page.js", script.replace("text:", "txt:"))
    [told] = bench.compile(*files, **options)
    assert "'txt' does not exist in type 'SaidInput'" in told
