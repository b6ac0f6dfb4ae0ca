"""Middleware may refuse an event, answer it itself, or change the result."""

from __future__ import annotations

from typing import Any

import attrs

from nsroute import Dispatch, EventError, RoutedNamespace, errorhandler, on
from tests.support.dispatch_namespaces import Stage, only, raising
from tests.support.event_log import Proceed
from tests.support.packet_client import inline_client
from tests.support.sites import error, site


def test_it_may_answer_an_event_itself() -> None:
    """What middleware returns without going on is the acknowledgement."""
    stage = Stage(only("event", lambda _: {"cached": True}))
    stage.client.join("/rooms/1")
    assert stage.client.call("/rooms/1", "echo", 1) == {"cached": True}
    assert "echo" not in stage.heard
    assert stage.recorder.last.outcome == "ok"


def test_it_may_change_the_result() -> None:
    """Middleware gets what the handler returned, and may return something else."""
    stage = Stage(only("event", lambda proceed: {"result": proceed()}))
    stage.client.join("/rooms/1")
    assert stage.client.call("/rooms/1", "echo", 1) == {"result": 1}


def test_its_result_may_be_typed() -> None:
    """What middleware returns is turned into what the wire can carry, like a result."""

    @attrs.define
    class Wrapped:
        result: Any

    stage = Stage(only("event", lambda proceed: Wrapped(proceed())))
    stage.client.join("/rooms/1")
    assert stage.client.call("/rooms/1", "echo", b"raw") == {"result": b"raw"}


def test_it_sees_the_object_that_the_handler_returned() -> None:
    """A typed result reaches middleware as the object that it is."""
    seen: list[Any] = []

    @attrs.define
    class Point:
        x: int

    def look(dispatch: Dispatch, proceed: Proceed) -> Any:
        seen.append(proceed())
        return seen[-1]

    class Room(RoutedNamespace, namespace="/room"):
        @on("point", middleware=[look])
        def point(self) -> Point:
            return Point(1)

    client = inline_client(site(Room))
    client.join("/room")
    assert client.call("/room", "point") == {"x": 1}
    assert seen == [Point(1)]


def test_it_may_refuse_an_event() -> None:
    """An `EventError` of middleware is the answer, and the handler does not run."""
    stage = Stage(only("event", raising(EventError("forbidden", "Not you.", [1]))))
    stage.client.join("/rooms/1")
    answer = stage.client.call("/rooms/1", "echo", 1)
    assert answer == error("forbidden", "Not you.", [1])
    assert "echo" not in stage.heard
    assert stage.recorder.last.outcome == "rejected"
    assert stage.recorder.last.code == "forbidden"


def test_it_may_answer_an_unhandled_event() -> None:
    """Middleware may catch that nothing handles an event, and answer in its place."""

    def gentle(dispatch: Dispatch, proceed: Proceed) -> Any:
        try:
            return proceed()
        except EventError as problem:
            return {"unknown": dispatch.event, "code": problem.code}

    stage = Stage(gentle)
    stage.client.join("/rooms/1")
    answer = stage.client.call("/rooms/1", "sing")
    assert answer == {"unknown": "sing", "code": "unhandled_event"}
    assert stage.recorder.last.outcome == "ok"


def test_it_sees_that_arguments_are_invalid() -> None:
    """The check of the arguments lies inside all middleware, which may answer it."""
    codes: list[str] = []

    def count(dispatch: Dispatch, proceed: Proceed) -> Any:
        try:
            return proceed()
        except EventError as problem:
            codes.append(problem.code)
            raise

    class Room(RoutedNamespace, namespace="/room"):
        @on("add", middleware=[count])
        def add(self, number: int) -> int:
            return number + 1

    client = inline_client(site(Room))
    client.join("/room")
    assert client.call("/room", "add", "one")["error"]["code"] == "invalid_arguments"
    assert codes == ["invalid_arguments"]


def test_an_error_in_middleware_goes_to_the_error_handlers() -> None:
    """An exception of any middleware is handled like one of the handler."""

    class Room(RoutedNamespace, namespace="/room"):
        @on("say")
        def say(self) -> None:
            raise AssertionError("it must not run")

        @errorhandler(LookupError)
        def missing(self, problem: LookupError) -> dict[str, str]:
            return {"missing": str(problem.args[0])}

    broken = only("event", raising(KeyError("seat")))
    client = inline_client(site(Room, middleware=[broken]))
    client.join("/room")
    assert client.call("/room", "say") == {"missing": "seat"}
