"""`flask nsroute routes` shows all that is served, in the order it is tried in."""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO
from hypothesis import given
from hypothesis import strategies as st

from nsroute import MetaRouter, RoutedNamespace, emits, on
from nsroute.cli import nsroute as command
from nsroute.cli.report import columns
from nsroute.hardening import harden
from tests.support.cli_apps import Board, new_app, run
from tests.support.servers import ROOT

TABLE = """\
Namespace               Event       Handler                         Middleware
----------------------  ----------  ------------------------------  ------------
/                       ping        new_app.ping (function)
/boards/1               move        new_app.cheat (function)
*                       hello       new_app.greet (function)
/boards/2               connect     (lets everyone in) (exact)
                        hello       new_app.greet on '*' takes it
                                    from Plain.on_hello
/lobby                  connect     Lobby.join (exact)              audit
                        move        Lobby.move (exact)              audit, Limit
                        cursor:*    Lobby.cursor (exact)            audit
                        disconnect  Lobby.leave (exact)             audit
/boards/<int:board_id>  connect     Board.join                      audit
                        move        Board.move                      audit, Limit
                        cursor:*    Board.cursor                    audit
                        disconnect  Board.leave                     audit
/teams/<team>/plain     connect     (lets everyone in)              audit
                        hello       new_app.greet on '*' takes it   audit
                                    from Plain.on_hello
/teams/<team>/all       connect     Forwarding.trigger_event        audit
                        *           Forwarding.trigger_event        audit
                        disconnect  Forwarding.trigger_event        audit

new_app.cheat takes 'move' on '/boards/1' before /boards/<int:board_id> can.
new_app.greet takes 'hello' on '*' before /teams/<team>/plain, /teams/<team>/all
can.
Plain takes /boards/2 before /boards/<int:board_id> can.
"""
NOT_HARDENED = """
This server is not hardened: a client can make it hang, and fill its memory.
Call nsroute.hardening.harden(socketio).
"""


def test_flask_finds_the_command() -> None:
    """The entry point that Flask looks for leads to the group of commands."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [(name, value)] = declared["project"]["entry-points"]["flask.commands"].items()
    assert EntryPoint(name, value, "flask.commands").load() is command
    assert command.name == name == "nsroute"


def test_the_routes_fit_a_terminal() -> None:
    """Each event has a row, as they are tried, and no line is wider than 80."""
    result = run(new_app(), "routes")
    assert result.exit_code == 0
    assert result.output == TABLE + NOT_HARDENED


def test_lines_stand_for_themselves_where_there_is_no_terminal() -> None:
    """Where the output goes to a program, each event has one line, with all of it."""
    lines = run(new_app(), "routes", width=None).output.splitlines()
    cells = [[cell for cell in line.split("  ") if cell] for line in lines]
    taken = "new_app.greet on '*' takes it from Plain.on_hello"
    assert ["/boards/<int:board_id>", "move", "Board.move", "audit, Limit"] in [
        [cell.strip() for cell in row] for row in cells
    ]
    assert any(taken in line and line.startswith("/teams/") for line in lines)


@pytest.mark.parametrize(
    "sort, column", [("event", 1), ("namespace", 0), ("pattern", 0), ("handler", 2)]
)
def test_the_routes_can_be_sorted(sort: str, column: int) -> None:
    """With `--sort` rows are ordered by the column."""
    found = json.loads(run(new_app(), "routes", "--sort", sort, "--json").output)
    key = ("namespace", "event", "handler")[column]
    keys = [line[key] or "" for line in found]
    assert keys == sorted(keys)
    result = run(new_app(), "routes", "-s", sort, width=None)
    first = result.output.splitlines()[2]
    assert keys[0] in first


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """A room that sends."""

    @on("say")
    def say(self, text: str) -> None: ...

    @emits("said!")
    def said(self, text: str, loud: bool = False) -> None:
        """Somebody said something."""

    @emits
    def confirm(self, question: str) -> bool: ...


class Rest(Room):
    """An exact namespace that sends as well."""


def _sending_app() -> Flask:
    app = Flask("tested")
    socketio = SocketIO(app, async_mode="threading")
    socketio.on_namespace(Rest("/rest"))
    MetaRouter([Room]).mount(socketio)
    return app


def test_declared_events_stand_behind_the_handlers() -> None:
    """What a class declares to send has rows of its own, and says so in JSON."""
    found = json.loads(run(_sending_app(), "routes", "--json").output)
    sent = [one for one in found if one["action"] == "send"]
    assert [(one["namespace"], one["event"], one["handler"]) for one in sent] == [
        ("/rest", "said!", "Rest.said"),
        ("/rest", "confirm", "Rest.confirm"),
        ("/rooms/<int:room_id>", "said!", "Room.said"),
        ("/rooms/<int:room_id>", "confirm", "Room.confirm"),
    ]
    output = run(_sending_app(), "routes").output.removesuffix(NOT_HARDENED)
    assert output.splitlines()[-2:] == [
        "                      said!    sent by Room.said",
        "                      confirm  sent by Room.confirm",
    ]


def test_a_name_leads_to_what_is_sent_there() -> None:
    """`match` lists declared events, and says so of one that somebody looks for."""
    text = run(_sending_app(), "match", "/rooms/1").output
    assert "  sends       said!    Room.said(text: str, loud: bool = False)" in text
    assert "              confirm  Room.confirm(question: str) -> bool" in text
    assert "confirm" in run(_sending_app(), "match", "/rest").output
    missed = run(_sending_app(), "match", "/rooms/1", "said!")
    assert missed.exit_code == 1
    told = "It is an event that the server sends: Room.said"
    assert missed.output.splitlines()[-1] == told
    found = json.loads(run(_sending_app(), "match", "/rooms/1", "--json").output)
    actions = [(one["event"], one["action"]) for one in found["handlers"]]
    assert actions[-2:] == [("said!", "send"), ("confirm", "send")]


def test_pattern_is_another_name_for_namespace() -> None:
    """Whoever thinks of the column as patterns gets the same page, groups included."""
    by_pattern = run(new_app(), "routes", "--sort", "pattern")
    by_namespace = run(new_app(), "routes", "--sort", "namespace")
    assert by_pattern.exit_code == 0
    assert by_pattern.output == by_namespace.output


def test_the_routes_can_be_had_as_json() -> None:
    """With `--json` each line is an object, in the order in which they are tried."""
    found = json.loads(run(new_app(), "routes", "--json").output)
    assert len(found) == 18
    assert found[1] == {
        "kind": "function",
        "namespace": "/boards/1",
        "event": "move",
        "handler": "new_app.cheat",
        "target": None,
        "route": None,
        "middleware": [],
        "shadows": ["/boards/<int:board_id>"],
        "shadowed_by": None,
        "action": "receive",
    }
    [plain] = [line for line in found if line["handler"] == "Plain.on_hello"][1:]
    assert plain == {
        "kind": "route",
        "namespace": "/teams/<team>/plain",
        "event": "hello",
        "handler": "Plain.on_hello",
        "target": "Plain",
        "route": "plain",
        "middleware": ["audit"],
        "shadows": [],
        "shadowed_by": "new_app.greet on '*'",
        "action": "receive",
    }


def test_no_routes_are_said_to_be_none() -> None:
    """A router without routes, on a server without handlers, has nothing to show."""
    app = Flask("empty")
    MetaRouter([]).mount(SocketIO(app, async_mode="threading"))
    assert run(app, "routes").output == "There are no routes.\n" + NOT_HARDENED
    assert run(app, "routes", "--json").output == "[]\n"


def test_a_hardened_server_is_not_spoken_of() -> None:
    """The note is for the others; where there is no terminal it is one line."""
    app = Flask("safe")
    socketio = SocketIO(app, async_mode="threading")
    MetaRouter([]).mount(socketio)
    assert len(run(app, "routes", width=None).output.splitlines()) == 3
    harden(socketio)
    assert run(app, "routes").output == "There are no routes.\n"


def greedy() -> Flask:
    app = Flask("tested")
    socketio = SocketIO(app, async_mode="threading")
    MetaRouter([Board]).mount(socketio)

    @socketio.on("*", namespace="/boards/1")
    def everything(*args: Any) -> None: ...

    @socketio.on("disconnect", namespace="*")
    def leave(*args: Any) -> None: ...

    return app


def test_a_function_for_all_events_takes_all_but_the_lifecycle() -> None:
    """A function on `*` takes every custom event of the routes, and no connect."""
    result = run(greedy(), "match", "/boards/1", "--json")
    lines = json.loads(result.output)["handlers"]
    taken = {line["event"]: line["shadowed_by"] for line in lines if line["target"]}
    assert taken == {
        "connect": None,
        "move": "greedy.everything on '/boards/1'",
        "cursor:*": "greedy.everything on '/boards/1'",
        "disconnect": "greedy.leave on '*'",
    }
    assert [line["shadows"] for line in lines if not line["target"]] == [
        ["/boards/<int:board_id>"],
        ["/boards/<int:board_id>"],
    ]


words = st.text(st.sampled_from("ab /.:(,<>"), max_size=40)


@given(rows=st.lists(st.tuples(words, words, words)), width=st.integers(28, 90))
def test_columns_fit_any_width(rows: list[tuple[str, str, str]], width: int) -> None:
    """A table is never wider than it may be, and no cell loses more than spaces."""
    lines = list(columns(["xyz", *rows], width))
    assert max(map(len, lines)) <= width
    cells = "".join("".join(row) for row in rows)
    told = "".join(lines[2:])
    assert sorted(told.replace(" ", "")) == sorted(cells.replace(" ", ""))


def test_columns_are_not_narrower_than_a_word() -> None:
    """In a terminal that is much too narrow, columns keep eight characters."""
    lines = list(columns(["ab", ["x" * 20, "y" * 20]], 10))
    assert lines[1] == "--------  --------"
