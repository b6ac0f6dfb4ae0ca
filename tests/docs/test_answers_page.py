"""The page that lists all answers lists those that there are."""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import attrs
from flask import Response, abort
from flask_socketio import ConnectionRefusedError

from nsroute import EventError, Route, RoutedNamespace, emits, on
from nsroute.middleware import rate_limit, require
from tests.support.concurrency import gate, run_beside, settle, wait_for
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.ordered_rooms import ByNamespace, Noted
from tests.support.packet_client import PacketClient, inline_client
from tests.support.server_configs import ServerConfig
from tests.support.servers import ROOT
from tests.support.sites import PATIENCE, site

PAGE = (ROOT / "docs" / "reference" / "answers.md").read_text()


def _rows(header: str) -> Iterator[list[str]]:
    """Return the rows of the table that begins with a header."""
    _, _, below = PAGE.partition(header)
    table, _, _ = below.partition("\n\n")
    for row in table.splitlines()[2:]:
        yield [cell.strip() for cell in row.strip("|").split("|")]


RETURNED = {"False": False, "text": "no", "response": Response(status=401)}


class Liar:
    """What asks a client that answers anything."""

    def emit(self, event: str, data: Any, **options: Any) -> None: ...

    def call(self, event: str, data: Any, **options: Any) -> Any:
        return "old enough"


class Room(RoutedNamespace):
    """It gives every answer there is."""

    @on("connect")
    def join(self, auth: dict[str, Any] | None) -> object:
        match (auth or {}).get("do"):
            case "return":
                assert auth
                return RETURNED[auth["what"]]
            case "forget the import":
                raise builtins.ConnectionRefusedError
            case "abort":
                abort(403, "No entry.")
            case "refuse":
                raise ConnectionRefusedError("no", 1)
            case "event error":
                raise EventError("full", "No seats.", 2)
            case "error":
                raise RuntimeError
        return True

    @on("typed")
    def typed(self, number: int) -> None:
        raise AssertionError("it must not run")

    @on("fail")
    def fail(self) -> None:
        raise RuntimeError

    @on("refuse")
    def refuse(self) -> None:
        raise ConnectionRefusedError("no")

    @on("abort")
    def abort(self) -> None:
        abort(404)

    @emits
    def ask_age(self) -> int:
        raise NotImplementedError

    @on("ask")
    def ask(self) -> int:
        return Room.ask_age.via(Liar()).call(self.sid)()

    @on("own")
    def own(self) -> None:
        raise EventError("own")

    @on("guarded", middleware=[require(lambda _: False)])
    def guarded(self) -> None:
        raise AssertionError("it must not run")

    @on("limited", middleware=[rate_limit(1, 3600)])
    def limited(self) -> None:
        pass


OWN_MESSAGES = ("no", "No seats.", "No entry.")

EVENTS = {
    "unhandled_event": ["sing"],
    "invalid_arguments": ["typed", "text"],
    "invalid_answer": ["ask"],
    "internal_error": ["fail"],
    "refused": ["refuse"],
    "not_found": ["abort"],
    "reserved_event": ["connect"],
    "invalid_event": [5],
    "forbidden": ["guarded"],
    "rate_limited": ["limited"],
    "any other": ["own"],
}


def _strange(client: PacketClient, here: Any) -> Any:
    """Let a function take the connect of a client, and the class its event."""
    here.socketio.on("connect", namespace="/a")(lambda: None)
    client.join("/a")
    return client.call("/a", "own")


def _refused_before_their_turn() -> Iterator[tuple[Any, str]]:
    """Return the answer and the outcome of events that wait for too long a time."""
    here = ServerConfig().site(ByNamespace, max_pending_events=1)
    Noted.notes = []
    with gate(here) as (reached, go):
        Noted.gates = reached, go
        recorder, client = DispatchRecorder(here), PacketClient(here)
        client.join("/by-namespace/1")
        begun = client.ask("/by-namespace/1", "wait")
        wait_for(reached)
        client.ask("/by-namespace/1", "say")
        yield client.call("/by-namespace/1", "say"), str(recorder.last.outcome)
        ends = run_beside(here, lambda: here.router.drain(PATIENCE))
        manager = here.socketio.server.manager
        settle(here, lambda: bool(manager.incoming.is_draining))
        yield client.call("/by-namespace/1", "say"), str(recorder.last.outcome)
        go.set()
        ends()
        client.acknowledgement("/by-namespace/1", begun)


def test_every_code_is_there_with_its_outcome() -> None:
    """Each row of the table of codes is what a client is told, and what is recorded."""
    told: dict[str, tuple[str, str]] = {}
    for code, event in EVENTS.items():
        here = site(Route("/<name>", Room))
        recorder, client = DispatchRecorder(here), inline_client(here)
        client.join("/a")
        client.call("/a", *event)
        answer = client.call("/a", *event)["error"]["code"]
        told[code if code != "any other" else answer] = (
            answer,
            str(recorder.last.outcome),
        )
    here = site(Route("/<name>", Room))
    recorder = DispatchRecorder(here)
    answer = _strange(inline_client(here), here)["error"]["code"]
    told[answer] = (answer, str(recorder.last.outcome))
    for refused, outcome in _refused_before_their_turn():
        answer = refused["error"]["code"]
        told[answer] = (answer, outcome)
    listed = {
        row[0].strip("`").replace("any other", "own"): row[-1].strip("`")
        for row in _rows("| Code |")
    }
    assert {code: outcome for code, (_, outcome) in told.items()} == listed
    assert all(code == answer for code, (answer, _) in told.items())


def _refusals() -> Iterator[tuple[str, str]]:
    """Return the message of each kind of refusal, and what is recorded of it."""
    auths: list[Any] = [{"do": "return", "what": what} for what in RETURNED]
    does = ("refuse", "event error", "abort", "forget the import", "error")
    for auth in [*auths, *({"do": name} for name in does), "no dict"]:
        here = site(Route("/<name>", Room))
        recorder = DispatchRecorder(here)
        message = inline_client(here).refusal("/a", auth)["message"]
        yield message, str(recorder.last.outcome)
    here = site(Route("/<name>", Room), max_namespaces_per_client=1)
    recorder, client = DispatchRecorder(here), inline_client(here)
    client.join("/a")
    yield client.refusal("/b")["message"].replace(" 1 ", " 100 "), "refused"
    yield client.refusal("/b/c")["message"], str(recorder.last.outcome)


def test_every_refusal_is_there_with_its_outcome() -> None:
    """Each row of the table of refusals is what a client is told, and is recorded."""
    listed = [
        (row[0].strip("`"), row[-1].replace("`", "")) for row in _rows("| Message |")
    ]
    expected = [
        (message, outcome.split(", ")[0])
        for message, outcome in listed
        if message != "that of the exception"
    ]
    refusals = [one for one in _refusals() if one[0] not in OWN_MESSAGES]
    assert sorted(refusals) == sorted(expected)
    assert len(listed) == len(refusals) + len(OWN_MESSAGES)


@attrs.frozen
class Point:
    x: int


class Colour(Enum):
    RED = "red"
    GREEN = "green"


@attrs.frozen
class Line:
    points: list[Point]
    colour: Colour


class Shown(RoutedNamespace, namespace="/shown"):
    """It gives the answers of which the page shows the JSON."""

    @on("move")
    def move(self) -> None:
        raise EventError("illegal_move", "There is no e9.", {"field": "e9"})

    @on("draw")
    def draw(self, line: Line) -> None:
        raise AssertionError("it must not run")


def test_the_json_of_the_page_is_what_a_client_gets() -> None:
    """An application's own error, and two problems of an argument."""
    client = inline_client(site(Shown))
    client.join("/shown")
    line = {"points": [{"x": 1}, {"x": "a"}], "colour": "blue"}
    told = [client.call("/shown", "move"), client.call("/shown", "draw", line)]
    shown = re.findall(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert told == [json.loads(one) for one in shown]
