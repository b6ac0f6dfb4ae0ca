"""What the guides show as output is what one sees."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from nsroute.asyncapi import asyncapi_document
from tests.support.cli_apps import run
from tests.support.servers import ROOT

GUIDES = ROOT / "docs" / "how-to"


def blocks(guide: str, language: str) -> list[str]:
    fenced = re.compile(rf"^```{language}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return [str(one) for one in fenced.findall((GUIDES / guide).read_text())]


ASYNCAPI = blocks("asyncapi.md", "sh")[0].splitlines()


def typed(command: str) -> list[str]:
    """Return what follows `flask nsroute` in a command."""
    program, group, *args = shlex.split(command)
    assert (program, group) == ("flask", "nsroute")
    return args


def application_of(guide: str, name: str, folder: Path) -> ModuleType:
    """Import the Python of a guide as a module in a file."""
    (folder / f"{name}.py").write_text("\n".join(blocks(guide, "python")))
    return importlib.import_module(name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that modules are imported from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_the_commands_print_what_their_guide_shows(folder: Path) -> None:
    """Each command of the guide prints what stands below it, in 80 columns."""
    boards = application_of("command-line.md", "boards", folder)
    shown = blocks("command-line.md", "console")
    assert len(shown) == 4
    for block in shown:
        command, _, output = block.partition("\n")
        args = command.removeprefix("$ flask --app boards nsroute ").split()
        assert run(boards.app, *args, width=80).output == output


def test_the_documents_commands_write_what_their_guide_says(folder: Path) -> None:
    """One into a file, the other one to be read, with its title and version."""
    described = application_of("asyncapi.md", "described", folder)
    into_file, printed = ASYNCAPI
    assert run(described.app, *typed(into_file)).output == ""
    written = json.loads((folder / "asyncapi.json").read_text())
    assert written == asyncapi_document(described.router, described.app)
    document = json.loads(run(described.app, *typed(printed)).output)
    info = {"title": "Boards", "version": "2.1"}
    assert document == {**written, "info": {**written["info"], **info}}


def test_the_operations_are_what_their_guide_shows(folder: Path) -> None:
    """The JSON of the guide is the document's, and the view is guarded."""
    described = application_of("asyncapi.md", "described", folder)
    document = asyncapi_document(described.router, described.app)
    operations = document["operations"]
    [shown] = blocks("asyncapi.md", "json")
    names = ("Board.move", "Board.moved")
    assert json.loads(shown) == {name: operations[name] for name in names}
    client = described.app.test_client()
    assert client.get("/asyncapi.json").status_code == 401
    answer = client.get("/asyncapi.json", auth=("dev", "dev"))
    assert answer.get_json(force=True) == document
