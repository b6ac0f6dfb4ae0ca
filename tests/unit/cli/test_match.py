"""`flask nsroute match` shows where a name leads, or why it leads nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support import cli_apps
from tests.support.cli_apps import Board, audit, new_app, run


def line_of(thing: Any) -> str:
    file = "tests/support/cli_apps.py"
    code = getattr(thing, "__code__", None)
    if code is not None:
        return f"{file}:{code.co_firstlineno}"
    text = f"class {thing.__name__}("
    lines = Path(cli_apps.__file__).read_text().splitlines()
    return f"{file}:{next(i for i, one in enumerate(lines, 1) if text in one)}"


@pytest.fixture(autouse=True)
def stand_at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are shown from where one stands."""
    monkeypatch.chdir(Path(__file__).parents[3])


def test_an_event_leads_to_its_handler() -> None:
    """A newcomer reads where an event goes, what it takes, and who may send it."""
    result = run(new_app(), "match", "/boards/7", "move")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "/boards/7 matches /boards/<int:board_id>",
        "",
        "  params      board_id = 7",
        "  class       Board",
        "              A board that several people move pieces on.",
        f"              {line_of(Board)}",
        "  event       move",
        "  handler     Board.move(piece: str, x: int = 0) -> bool",
        "              Move a piece.",
        f"              {line_of(Board.move)}",
        "  middleware  1. audit: Write down who did what.",
        "              2. Limit: So many, and no more.",
        "  connect     Board.join(auth: dict[str, Any]) -> None",
        "              Let in who has a ticket.",
        f"              {line_of(Board.join)}",
        "              through audit",
    ]


def test_a_name_leads_to_all_its_events() -> None:
    """Without an event, all events of the name are listed."""
    result = run(new_app(), "match", "/teams/red/plain")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "/teams/red/plain matches /teams/<team>/plain",
        "",
        "  name        plain",
        "  params      team = 'red'",
        "  class       Plain",
        f"              {line_of(cli_apps.Plain)}",
        "  events      hello    new_app.greet (a function on '*')",
        "              connect  (lets everyone in)",
        "              hello    Plain.on_hello (never: new_app.greet on '*' takes it)",
        "  connect     every client that gets through the middleware is let in",
        "              through audit",
    ]


def test_the_connect_of_a_name_can_be_asked_for() -> None:
    """`connect` is an event like any other, and is shown once."""
    output = run(new_app(), "match", "/boards/7", "connect").output
    assert output.count("Board.join") == 1
    output = run(new_app(), "match", "/boards/7", "disconnect").output
    assert "handler     Board.leave() -> None" in output
    output = run(new_app(), "match", "/boards/7", "cursor:red").output
    assert "event       cursor:*" in output
    assert "handler     Board.cursor(event: str, *point: float) -> None" in output


def test_a_function_takes_an_event_from_a_class() -> None:
    """An event that a function takes before the class is said to be taken."""
    result = run(new_app(), "match", "/boards/1", "move")
    assert result.exit_code == 0
    first, *lines = result.output.splitlines()
    told = "/boards/1 is served, but a function takes 'move' before its class can."
    assert first == told
    assert "  handler     new_app.cheat(*args: Any) -> None (a function)" in lines
    assert "  middleware  none" in lines


def test_an_exact_namespace_is_no_route() -> None:
    """A name that an exact class serves is distinguished from the routes."""
    result = run(new_app(), "match", "/lobby", "move")
    assert result.exit_code == 0
    first = "/lobby is served, but by no route."
    assert result.output.splitlines()[0] == first
    assert "handler     Lobby.move(" in result.output
    assert "Where people wait for a board." in result.output


def test_a_name_of_functions_is_no_route() -> None:
    """A name that only functions serve is found; everyone may connect there."""
    result = run(new_app(), "match", "/", "ping")
    assert result.exit_code == 0
    first = "/ is served, but by no route."
    assert result.output.splitlines()[0] == first
    assert "  connect     every client is let in" in result.output
    result = run(new_app(), "match", "/", "pong")
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == (
        "/ is served, but nothing handles 'pong' there."
    )
    assert result.output.endswith("\nDid you mean 'ping'?\n")


@pytest.mark.parametrize("where", ["/boards/9", "*"])
@pytest.mark.parametrize("event", [(), ("move",)])
def test_a_route_whose_connects_a_function_takes_is_a_miss(
    where: str, event: tuple[str, ...]
) -> None:
    """The class knows no client of that name, and handles none of their events."""
    app = new_app()
    app.extensions["socketio"].on_event("connect", lambda: None, namespace=where)
    result = run(app, "match", "/boards/9", *event)
    assert result.exit_code == 1
    told = "/boards/9 matches /boards/<int:board_id>, but a function takes its"
    assert result.output.startswith(told)
    assert run(app, "match", "/boards/9", "connect").exit_code == 0
    assert run(app, "match", "/boards/9", "hello").exit_code == 0  # a function's


def test_a_name_that_the_server_accepts_is_found() -> None:
    """`SocketIO(namespaces=[…])` lets clients in, though nothing handles events."""
    app = Flask("tested")
    socketio = SocketIO(app, async_mode="threading", namespaces=["/news"])
    MetaRouter([]).mount(socketio)
    result = run(app, "match", "/news")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "/news is served, but by no route.",
        "",
        "  events      none",
        "  connect     every client is let in",
    ]
    assert run(app, "match", "/news", "any").exit_code == 1
    assert run(app, "match", "/olds").exit_code == 1


def test_the_star_is_no_name() -> None:
    """No client is let into the literal `*`, whatever is registered there."""
    result = run(new_app(), "match", "*")
    assert result.exit_code == 1
    assert result.output.startswith("'*' is refused: no route matches it.")


@pytest.mark.parametrize("event", ["mvoe", "connected"])
def test_an_event_that_nothing_handles_is_a_miss(event: str) -> None:
    """For an unhandled event those that there are are listed; the status is 1."""
    result = run(new_app(), "match", "/boards/7", event)
    assert result.exit_code == 1
    first = f"/boards/7 is served, but nothing handles {event!r} there."
    assert result.output.splitlines()[0] == first
    assert "              connect     Board.join\n" in result.output
    hint = {"mvoe": "Did you mean 'move'?", "connected": "Did you mean 'connect'?"}
    assert result.output.splitlines()[-1] == hint[event]


def test_a_disconnect_passes_without_a_handler() -> None:
    """So does a connect: a prefix stands for neither, and nothing is called."""

    class Anything(RoutedNamespace, namespace="/any", middleware=[audit]):
        @on("*")
        def anything(self, event: str) -> None: ...

    app = Flask("tested")
    socketio = SocketIO(app, async_mode="threading")
    socketio.on_namespace(Anything("/exact"))
    MetaRouter([Anything]).mount(socketio)
    for name in "/any", "/exact":
        left = run(app, "match", name, "disconnect")
        assert left.exit_code == 0
        assert "event       disconnect\n" in left.output
        assert "handler     nothing is called when a client leaves\n" in left.output
        assert "middleware  1. audit: Write down who did what.\n" in left.output
        assert "Did you mean" not in left.output
        found = run(app, "match", name, "connect")
        assert found.exit_code == 0
        among = "every client that gets through the middleware is let in"
        assert f"handler     {among}\n" in found.output


def test_the_lifecycle_of_functions_passes_too() -> None:
    """Where only functions serve a name, everybody comes and leaves."""
    result = run(new_app(), "match", "/", "disconnect")
    assert result.exit_code == 0
    assert "handler     nothing is called when a client leaves\n" in result.output
    result = run(new_app(), "match", "/", "connect", "--json")
    assert result.exit_code == 0
    [handler] = json.loads(result.output)["handlers"]
    assert (handler["event"], handler["handler"]) == ("connect", None)


def test_a_name_in_another_spelling_is_a_miss_with_its_canonical_name() -> None:
    """A miss says why each near pattern did not match, and the canonical name."""
    result = run(new_app(), "match", "/boards/07")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "'/boards/07' is refused: no route matches it.",
        "",
        "  /boards/<int:board_id>",
        "    no: it is written '/boards/7'",
        "",
        "Did you mean '/boards/7'?",
    ]


def test_a_name_that_only_looks_alike_is_no_hint() -> None:
    """A name with another start is listed, but not what was meant."""

    class Sheet(RoutedNamespace, namespace="/sheets/<int(max=99):number>"): ...

    class Shelf(RoutedNamespace, namespace="/shelfs/<int:number>"): ...

    app = Flask("tested")
    router = MetaRouter([Sheet, Shelf])
    router.mount(SocketIO(app, async_mode="threading"))
    result = run(app, "match", "/sheets/100")
    assert result.output.splitlines()[2:] == [
        "  /sheets/<int(max=99):number>",
        "    no: '100' is not a whole number from 0 to 99",
        "  /shelfs/<int:number>",
        "    no: 'sheets' is not 'shelfs'",
    ]
    assert run(app, "match", "/sheets/7/x").output.endswith(
        "\nDid you mean '/sheets/7'?\n"
    )


def test_a_name_with_nothing_near_is_a_miss_without_a_hint() -> None:
    """Where no pattern comes near, the list of all routes is pointed to."""
    result = run(new_app(), "match", "/a/b/c/d/e", "move")
    assert result.exit_code == 1
    assert result.output.splitlines()[2:] == [
        "  no route comes near it; see `flask nsroute routes`"
    ]


def test_a_finding_can_be_had_as_json() -> None:
    """With `--json` all of it is an object, whose params JSON can hold."""
    result = run(new_app(), "match", "/boards/7", "move", "--json")
    assert result.exit_code == 0
    found = json.loads(result.output)
    [handler] = found.pop("handlers")
    assert handler["handler"] == "Board.move"
    assert handler["middleware"] == ["audit", "Limit"]
    assert found == {
        "namespace": "/boards/7",
        "event": "move",
        "found": True,
        "pattern": "/boards/<int:board_id>",
        "params": {"board_id": 7},
        "hint": None,
        "near": [],
    }


def test_a_miss_can_be_had_as_json() -> None:
    """With `--json` a miss has the near patterns and the hint; the status is 1."""
    result = run(new_app(), "match", "/boards/07", "--json")
    assert result.exit_code == 1
    assert json.loads(result.output) == {
        "namespace": "/boards/07",
        "event": None,
        "found": False,
        "pattern": None,
        "params": {},
        "handlers": [],
        "hint": "did you mean '/boards/7'?",
        "near": [
            {
                "pattern": "/boards/<int:board_id>",
                "reason": "it is written '/boards/7'",
                "name": "/boards/7",
            }
        ],
    }


def test_a_report_fits_a_narrow_terminal() -> None:
    """No line is wider than the terminal; without one, 100 characters are enough."""
    for width in (40, None):
        for args in (["/boards/7", "move"], ["/boards/x"], ["/boards/1", "move"]):
            output = run(new_app(), "match", *args, width=width).output
            longest = max(map(len, output.splitlines()))
            assert longest <= (width or 100)
