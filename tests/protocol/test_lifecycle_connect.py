"""Who is let in, who is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from flask_socketio import ConnectionRefusedError as FlaskRefusal
from flask_socketio import Namespace
from socketio import packet

from nsroute import EventError, Route, RoutedNamespace, errorhandler, on
from tests.support.lines import Line, Tape, left_behind
from tests.support.worlds import WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)

INTERNAL = {"message": "internal error"}
BY_FALSE = {"message": "Connection rejected by server"}


@dataclass
class Reason:
    """What a packet carries once it is a dict."""

    days: int


class Unprintable(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


OUTCOMES: dict[str, tuple[Any, Any]] = {
    "a TypeError": (TypeError("inner"), INTERNAL),
    "a lost database": (
        ConnectionRefusedError("no database"),
        {"message": "Connection refused by server", "data": {"code": "refused"}},
    ),
    "an exception without text": (Unprintable(), INTERNAL),
    "SystemExit": (SystemExit(3), INTERNAL),
    "KeyboardInterrupt": (KeyboardInterrupt(), INTERNAL),
    "GeneratorExit": (GeneratorExit(), INTERNAL),
    "an error group": (ExceptionGroup("two", [ValueError("a")]), INTERNAL),
    "a refusal": (FlaskRefusal("sign in"), {"message": "sign in"}),
    "a refusal without words": (FlaskRefusal(), BY_FALSE),
    "a refusal with data": (
        FlaskRefusal("banned", Reason(3)),
        {"message": "banned", "data": {"days": 3}},
    ),
    "a refusal with several data": (
        FlaskRefusal("banned", 3, "days"),
        {"message": "banned", "data": [3, "days"]},
    ),
    "a refusal that no packet carries": (FlaskRefusal("no", object()), INTERNAL),
    "an EventError": (
        EventError("full", "The room is full.", {"limit": Decimal(2)}),
        {
            "message": "The room is full.",
            "data": {"code": "full", "details": {"limit": "2"}},
        },
    ),
}


class Door(RoutedNamespace, namespace="/doors/<int:number>"):
    runs = 0

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        type(self).runs += 1
        if auth == "False":
            return False
        if auth in OUTCOMES:
            raise OUTCOMES[auth][0]
        return ast.literal_eval(auth or "None")

    @on("ping")
    def ping(self) -> str:
        return "pong"


@every_world
@pytest.mark.parametrize("told", OUTCOMES)
def test_whatever_a_connect_handler_raises_refuses_the_client(
    world: World, told: str
) -> None:
    """The handler ran once, the client has its answer, and nothing stays behind."""
    site = world.site(Door)
    site.app.testing = True  # from an event it would be raised
    line = Line(site)
    Door.runs = 0
    assert line.refusal("/doors/1", told) == OUTCOMES[told][1]
    assert Door.runs == 1
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert left_behind(site) == {}


@every_world
def test_nothing_but_none_and_true_lets_a_client_in(world: World) -> None:
    """What else a connect handler returns is no consent."""
    site = world.site(Door)
    line = Line(site)
    assert line.refusal("/doors/1", "False") == BY_FALSE
    for number, auth in enumerate(("0", "1", "[]", "''", "{'a': 1}"), start=2):
        told = line.refusal(f"/doors/{number}", auth)
        assert told == {**BY_FALSE, "data": {"code": "refused"}}
    line.join("/doors/8", "None")
    line.join("/doors/9", "True")
    line.close()
    assert left_behind(site) == {}


@every_world
def test_a_refused_client_may_try_again_at_once(world: World) -> None:
    """A refusal does not keep the name from the connection."""
    site = world.site(Door)
    line = Line(site)
    line.refusal("/doors/1", "a TypeError")
    line.refusal("/doors/1", "False")
    line.join("/doors/1")
    assert line.call("/doors/1", "ping") == "pong"
    line.close()
    assert left_behind(site) == {}


@every_world
def test_a_second_connect_is_refused_and_the_first_goes_on(world: World) -> None:
    """A connection is in a namespace once; its handler is not run again."""
    site = world.site(Door)
    tape, line = Tape(site), Line(site)
    line.join("/doors/1")
    Door.runs = 0
    before = len(line.packets)
    line.say(packet.CONNECT, "/doors/1")
    assert [one.packet_type for one in line.drain()[before:]] == [packet.CONNECT_ERROR]
    assert Door.runs == 0
    assert line.call("/doors/1", "ping") == "pong"
    line.close()
    assert [d.kind for d in tape.take()] == ["connect", "event", "disconnect"]
    assert left_behind(site) == {}


class Catcher(RoutedNamespace, namespace="/catchers/<int:number>"):
    @on("connect")
    def enter(self) -> None:
        raise LookupError("no such room")

    @errorhandler(LookupError)
    def caught(self, _error: LookupError) -> str:
        return "welcome all the same"


class PlainCatcher(Namespace):
    def on_connect(self) -> None:
        raise FlaskRefusal("not you")

    def on_fall(self) -> None:
        raise LookupError("fell")

    def error(self, _error: Exception) -> str:
        return "welcome all the same"


@every_world
def test_no_error_handler_lets_a_client_in(world: World) -> None:
    """What an error handler returns is no permission, whosever it is."""
    site = world.site(Catcher, Route("/plain/<int:number>", PlainCatcher), Door)
    site.router.errorhandler(Exception)(lambda error: "welcome all the same")
    line = Line(site)
    assert line.refusal("/catchers/1") == INTERNAL
    assert line.refusal("/plain/1") == {"message": "not you"}
    assert line.refusal("/doors/1", "a TypeError") == INTERNAL
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("always_connect", [False, True])
def test_an_exact_error_handler_of_flask_socketio_lets_nobody_in(
    always_connect: bool,
) -> None:
    """`on_error` of the concrete name is heard, but it cannot accept."""
    site = World(always_connect=always_connect).site(Door)
    heard: list[str] = []
    site.socketio.on_error("/doors/1")(lambda error: heard.append(str(error)))
    line = Line(site)
    assert line.refusal("/doors/1", "a TypeError") == INTERNAL
    assert heard == ["inner"]
    line.close()
    assert left_behind(site) == {}


@every_world
def test_the_outcome_of_each_connect_is_recorded_once(world: World) -> None:
    """One dispatch for each attempt, with how it ended."""
    site = world.site(Door)
    tape, line = Tape(site), Line(site)
    line.join("/doors/1")
    line.refusal("/doors/2", "False")
    line.refusal("/doors/3", "a refusal")
    line.refusal("/doors/4", "an EventError")
    line.refusal("/doors/5", "a TypeError")
    failed = "rejected" if world.error_default else "error"
    assert [(d.namespace, d.outcome) for d in tape.take()] == [
        ("/doors/1", "ok"),
        ("/doors/2", "refused"),
        ("/doors/3", "refused"),
        ("/doors/4", "refused"),
        ("/doors/5", failed),
    ]
    line.close()
    assert [d.kind for d in tape.take()] == ["disconnect"]
