"""Handlers, loggers and receivers that fail, and nobody else does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import structlog
from flask import got_request_exception
from flask_socketio import ConnectionRefusedError
from socketio import packet

from nsroute import EventError, RoutedNamespace, dispatched, on
from tests.support.lines import Line, Tape, left_behind
from tests.support.waiting import join_event_threads
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
INTERNAL = {"error": {"code": "internal_error", "message": "internal error"}}


class Holds:
    """An object that nothing can turn into a packet."""

    def __ne__(self, other: object) -> bool:
        raise AssertionError("upstream compares what it gets with what is no answer")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("upstream compares what it gets with what is no answer")

    __hash__ = None  # type: ignore[assignment]


def endless() -> list[Any]:
    """Make a list that holds itself."""
    made: list[Any] = []
    made.append(made)
    return made


ANSWERS: dict[str, tuple[Any, Any]] = {
    "an object": (object(), INTERNAL),
    "an object with its own comparison": (Holds(), INTERNAL),
    "a generator": ((n for n in range(2)), INTERNAL),
    "not a number": (float("nan"), INTERNAL),
    "itself": (endless(), INTERNAL),
    "a class": (Holds, INTERNAL),
    "decimal": (Decimal("1.5"), "1.5"),
    "bytes in a tuple in a dict": ({"a": (b"x", 1)}, {"a": [b"x", 1]}),
    "a set": ({1}, [1]),
    "None": (None, None),
}


class Desk(RoutedNamespace, namespace="/desks/<int:number>"):
    @on("give")
    def give(self, what: str) -> Any:
        return ANSWERS[what][0]

    @on("fall")
    def fall(self, how: str) -> None:
        raise {
            "ValueError": ValueError("secret"),
            "TypeError": TypeError("secret"),
            "EventError": EventError("closed", "The desk is closed."),
            "refusal": ConnectionRefusedError("not now"),
            "recursion": RecursionError("secret"),
        }[how]

    @on("typed")
    def typed(self, number: int) -> int:
        return number

    @on("exit")
    def exit(self) -> None:
        raise SystemExit(1)

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        return text


@every_world
@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_is_carried_or_is_an_error(world: World, what: str) -> None:
    """No return value leaves the client without an acknowledgement."""
    site = world.site(Desk)
    line = Line(site)
    line.join("/desks/1")
    expected = ANSWERS[what][1]
    answer = line.call("/desks/1", "give", what)
    if expected is INTERNAL and world.error_default:
        assert answer.startswith("default: ")
    else:
        assert answer == expected
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("value", [2**64, "\ud800", {"\ud800": 1}], ids=repr)
@pytest.mark.parametrize("serializer", ["default", "msgpack"])
def test_an_answer_is_carried_by_the_serializer_or_is_an_error(
    serializer: str, value: Any
) -> None:
    """MessagePack has no number of 65 bits, and no half of a surrogate pair."""

    class Odd(RoutedNamespace, namespace="/odd"):
        @on("connect")
        def enter(self, auth: Any = None) -> None:
            if auth:
                raise ConnectionRefusedError(str(value), value)

        @on("give")
        def give(self) -> Any:
            return value

        @on("raise")
        def fall(self) -> None:
            raise EventError("odd", "Odd.", value)

    site = World(serializer=serializer).site(Odd)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    tape, line = Tape(site), Line(site)
    carried = serializer == "default"
    refused = {"message": str(value), "data": value}
    told = line.refusal("/odd", "refuse")
    assert told == (refused if carried else {"message": "internal error"})
    line.join("/odd")
    assert line.call("/odd", "give") == (value if carried else INTERNAL)
    raised = {"error": {"code": "odd", "message": "Odd.", "details": value}}
    assert line.call("/odd", "raise") == (raised if carried else INTERNAL)
    outcomes = [tape.next().outcome for _ in range(4)]
    expected = ["refused", "ok", "ok", "rejected"]
    assert outcomes == (expected if carried else ["error", "ok", "error", "error"])


@every_world
def test_a_handler_that_raises_answers_its_client_and_harms_nobody(
    world: World,
) -> None:
    """The code is that of the error; the next event is served as the first."""
    site = world.site(Desk)
    tape, line, other = Tape(site), Line(site), Line(site)
    line.join("/desks/1")
    other.join("/desks/1")
    tape.take()
    told: dict[str, Any] = {}
    for how in ("ValueError", "TypeError", "recursion", "EventError", "refusal"):
        told[how] = line.call("/desks/1", "fall", how)
        tape.next()
        assert other.call("/desks/1", "say", how) == how
        tape.next()
    failed = "default: secret" if world.error_default else INTERNAL
    assert told == {
        "ValueError": failed,
        "TypeError": failed,
        "recursion": failed,
        "EventError": {"error": {"code": "closed", "message": "The desk is closed."}},
        "refusal": {"error": {"code": "refused", "message": "not now"}},
    }
    outcomes = [d.outcome for d in tape.all if d.event == "fall"]
    unexpected = "rejected" if world.error_default else "error"
    assert outcomes == [*[unexpected] * 3, "rejected", "rejected"]
    line.close()
    other.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("args", [(), (1, 2), ("x",), (None,), ({},), (1.5,), (b"1",)])
def test_wrong_arguments_are_answered_and_run_nothing(
    world: World, args: tuple[Any, ...]
) -> None:
    """Too few, too many, or of another type."""
    site = world.site(Desk)
    line = Line(site)
    line.join("/desks/1")
    answer = line.call("/desks/1", "typed", *args)
    assert answer["error"]["code"] == "invalid_arguments"
    assert answer["error"]["details"]
    assert line.call("/desks/1", "typed", 1) == 1
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("async_handlers", [False, True])
def test_a_system_exit_ends_nothing_but_its_dispatch(async_handlers: bool) -> None:
    """In gevent it would end the process; `argparse` raises it for a client's text."""
    site = World(async_handlers=async_handlers).site(Desk)
    tape, line = Tape(site), Line(site)
    line.join("/desks/1")
    assert line.call("/desks/1", "exit")["error"]["code"] == "internal_error"
    assert line.call("/desks/1", "say", "on") == "on"
    line.close()
    join_event_threads()
    outcomes = {d.event: d.outcome for d in tape.take()}
    assert outcomes == {
        "connect": "ok",
        "exit": "error",
        "say": "ok",
        "disconnect": "ok",
    }
    assert left_behind(site) == {}


@every_world
def test_what_nobody_handles_is_raised_where_flask_would_raise_it(world: World) -> None:
    """Under `TESTING` it comes out of the event, recorded all the same."""
    site = world.site(Desk)
    site.app.testing = True
    tape, line = Tape(site), Line(site)
    sid = line.join("/desks/1")
    trigger = site.socketio.server._trigger_event
    if world.error_default:
        assert trigger("fall", "/desks/1", sid, "ValueError") == "default: secret"
    else:
        with pytest.raises(ValueError, match="secret"):
            trigger("fall", "/desks/1", sid, "ValueError")
    told = ("rejected", None) if world.error_default else ("error", "internal_error")
    assert tape.shown()[-1] == ("event", "fall", *told)
    line.close()
    assert left_behind(site) == {}


class Broken(RuntimeError):
    """What a logger or a receiver raises."""


def _broken(*_: Any, **__: Any) -> Any:
    raise Broken


@every_world
@pytest.mark.parametrize("who", ["a receiver", "a logger", "Flask's signal"])
def test_whoever_only_listens_breaks_no_dispatch(world: World, who: str) -> None:
    """Connects, events, errors and disconnects go on as if nobody had listened."""
    site = world.site(Desk)
    before = structlog.get_config()
    if who == "a receiver":
        dispatched.connect(_broken, sender=site.router)
    elif who == "a logger":
        structlog.configure(processors=[_broken])
    else:
        got_request_exception.connect(_broken, site.app)
    try:
        line = Line(site)
        line.join("/desks/1")
        assert line.call("/desks/1", "say", "a") == "a"
        line.call("/desks/1", "fall", "ValueError")
        assert line.call("/desks/1", "say", "b") == "b"
        with pytest.raises(Exception, match=r"Invalid namespace|Unable to connect"):
            line.join("/nowhere")
        line.close()
    finally:
        dispatched.disconnect(_broken, sender=site.router)
        got_request_exception.disconnect(_broken, site.app)
        structlog.configure(**before)
    assert left_behind(site) == {}


def test_many_slow_events_at_once_are_all_answered() -> None:
    """Each runs beside the others; who leaves meanwhile harms none of them."""
    site = PLAIN.site(Desk)
    line, leaver = Line(site), Line(site)
    line.join("/desks/1")
    leaver.join("/desks/1")
    numbers = [line.ask("/desks/1", "say", str(n)) for n in range(50)]
    for n in range(50):
        leaver.emit("/desks/1", "say", str(n))
    leaver.close()
    answered = set()
    while len(answered) < 50:
        received = line.listen()
        if received.packet_type == packet.ACK:
            answered.add(received.id)
    assert answered == set(numbers)
    line.close()
    join_event_threads()
    assert left_behind(site) == {}
