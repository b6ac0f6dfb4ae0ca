"""Middleware may refuse, answer itself, or change the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from flask_socketio import ConnectionRefusedError

from nsroute import (
    Dispatch,
    EventError,
    RoutedNamespace,
    errorhandler,
    on,
)
from tests.local import Proceed, Tape, Wire, error, site


class Stage:
    """A class that notes what runs of it, behind one middleware of the router."""

    def __init__(self, middleware: Any, **router_options: Any) -> None:
        self.heard: list[str] = []
        heard = self.heard

        class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
            def opened(self) -> None:
                heard.append("opened")

            def accepted(self) -> None:
                heard.append("accepted")

            def closed(self) -> None:
                heard.append("closed")

            @on("connect")
            def join(self, auth: Any) -> Any:
                heard.append("join")
                return auth != "nobody"

            @on("echo")
            def echo(self, value: Any) -> Any:
                heard.append("echo")
                return value

            @on("disconnect")
            def part(self) -> None:
                heard.append("part")

        self.site = site(Room, middleware=[middleware], **router_options)
        self.tape = Tape(self.site.router)
        self.wire = Wire(self.site)


def _only(kind: str, act: Callable[[Proceed], Any]) -> Any:
    """Make middleware that acts on one kind, and lets the others pass."""

    def middleware(dispatch: Dispatch, proceed: Proceed) -> Any:
        return act(proceed) if dispatch.kind == kind else proceed()

    return middleware


def _raise(exception: BaseException) -> Callable[[Proceed], Any]:
    def act(_: Proceed) -> Any:
        raise exception

    return act


def test_it_may_answer_an_event_itself() -> None:
    """What middleware returns without going on is the acknowledgement."""
    stage = Stage(_only("event", lambda _: {"cached": True}))
    stage.wire.join("/rooms/1")
    assert stage.wire.call("/rooms/1", "echo", 1) == {"cached": True}
    assert "echo" not in stage.heard
    assert stage.tape.last.outcome == "ok"


def test_it_may_change_the_result() -> None:
    """Middleware gets what the handler returned, and may return something else."""
    stage = Stage(_only("event", lambda proceed: {"result": proceed()}))
    stage.wire.join("/rooms/1")
    assert stage.wire.call("/rooms/1", "echo", 1) == {"result": 1}


def test_its_result_may_be_typed() -> None:
    """What middleware returns is turned into what the wire can carry, like a result."""

    @attrs.define
    class Wrapped:
        result: Any

    stage = Stage(_only("event", lambda proceed: Wrapped(proceed())))
    stage.wire.join("/rooms/1")
    assert stage.wire.call("/rooms/1", "echo", b"raw") == {"result": b"raw"}


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

    wire = Wire(site(Room))
    wire.join("/room")
    assert wire.call("/room", "point") == {"x": 1}
    assert seen == [Point(1)]


def test_it_may_refuse_an_event() -> None:
    """An `EventError` of middleware is the answer, and the handler does not run."""
    stage = Stage(_only("event", _raise(EventError("forbidden", "Not you.", [1]))))
    stage.wire.join("/rooms/1")
    answer = stage.wire.call("/rooms/1", "echo", 1)
    assert answer == error("forbidden", "Not you.", [1])
    assert "echo" not in stage.heard
    assert stage.tape.last.outcome == "rejected"
    assert stage.tape.last.code == "forbidden"


@pytest.mark.parametrize(
    "act,answer",
    [
        (lambda _: False, {"message": "Connection rejected by server"}),
        (
            _raise(ConnectionRefusedError("full", {"seats": 0})),
            {"message": "full", "data": {"seats": 0}},
        ),
        (
            _raise(EventError("full", "No seats.")),
            {"message": "No seats.", "data": {"code": "full"}},
        ),
        (_raise(RuntimeError("secret")), {"message": "internal error"}),
    ],
)
def test_it_may_refuse_a_connect(act: Any, answer: Any) -> None:
    """Middleware refuses as a handler does; the object never opens, nothing stays."""
    stage = Stage(_only("connect", act))
    assert stage.wire.refusal("/rooms/1") == answer
    assert stage.heard == []
    assert stage.site.router.live == {}
    assert stage.site.socketio.server.manager.rooms == {}


def test_a_refusal_after_the_handler_closes_what_it_opened() -> None:
    """Where middleware refuses after going on, the object opens and closes again."""

    def act(proceed: Proceed) -> Any:
        proceed()
        raise EventError("late", "Too late.")

    stage = Stage(_only("connect", act))
    assert stage.wire.refusal("/rooms/1")["message"] == "Too late."
    assert stage.heard == ["opened", "join", "closed"]
    assert stage.site.router.live == {}


@pytest.mark.parametrize("result", [None, True, 0, "", {"error": {}}])
def test_opened_is_called_for_whom_middleware_lets_in(result: Any) -> None:
    """A client let in without going on to the handler opens the object all the same."""
    stage = Stage(_only("connect", lambda _: result))
    stage.wire.join("/rooms/1")
    assert stage.heard == ["opened", "accepted"]


def test_it_cannot_let_in_whom_the_handler_refused_by_returning_false() -> None:
    """Middleware that forgets to pass `False` on does not open the door."""

    def forgetful(dispatch: Dispatch, proceed: Proceed) -> None:
        proceed()

    stage = Stage(forgetful)
    told = {"message": "Connection rejected by server"}
    assert stage.wire.refusal("/rooms/1", "nobody") == told
    assert stage.tape.last.outcome == "refused"
    assert stage.heard == ["opened", "join", "closed"]


def test_it_may_let_in_whom_the_handler_refused_by_raising() -> None:
    """Middleware that catches a refusal on purpose may make a guest of the client."""

    def lenient(dispatch: Dispatch, proceed: Proceed) -> Any:
        try:
            return proceed()
        except ConnectionRefusedError:
            return None

    class Room(RoutedNamespace, namespace="/room"):
        @on("connect", middleware=[lenient])
        def join(self) -> None:
            raise ConnectionRefusedError("no")

    wire = Wire(site(Room))
    assert wire.join("/room")


def test_it_lets_nobody_in_over_an_error() -> None:
    """Middleware that catches too much opens no door, on whatever level it stands."""

    def careless(dispatch: Dispatch, proceed: Proceed) -> Any:
        try:
            return proceed()
        except Exception:  # noqa: BLE001 - that is the point
            return True

    def broken(dispatch: Dispatch, proceed: Proceed) -> Any:
        proceed()
        raise LookupError("in the middle")

    class Room(RoutedNamespace, namespace="/rooms/<any(handler, middle):fault>"):
        middleware = [careless]

        @on("connect", middleware=[broken])
        def join(self) -> None:
            if self.params["fault"] == "handler":
                raise RuntimeError("in the handler")

    here = site(Room)
    tape, wire = Tape(here.router), Wire(here)
    for fault, kind in ("handler", RuntimeError), ("middle", LookupError):
        told = {"message": "internal error"}
        assert wire.refusal(f"/rooms/{fault}") == told
        dispatch = tape.last
        assert (dispatch.outcome, dispatch.code) == ("error", "internal_error")
        assert isinstance(dispatch.error, kind)
    assert not here.router.live


def test_it_may_try_a_connect_again() -> None:
    """What the last time came to counts."""
    times: list[str] = []

    def again(dispatch: Dispatch, proceed: Proceed) -> Any:
        try:
            return proceed()
        except TimeoutError:
            return proceed()

    class Room(RoutedNamespace, namespace="/room"):
        @on("connect", middleware=[again])
        def join(self) -> None:
            times.append("join")
            if len(times) == 1:
                raise TimeoutError

    assert Wire(site(Room)).join("/room")
    assert times == ["join", "join"]


def test_it_may_answer_an_unhandled_event() -> None:
    """Middleware may catch that nothing handles an event, and answer in its place."""

    def gentle(dispatch: Dispatch, proceed: Proceed) -> Any:
        try:
            return proceed()
        except EventError as problem:
            return {"unknown": dispatch.event, "code": problem.code}

    stage = Stage(gentle)
    stage.wire.join("/rooms/1")
    answer = stage.wire.call("/rooms/1", "sing")
    assert answer == {"unknown": "sing", "code": "unhandled_event"}
    assert stage.tape.last.outcome == "ok"


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

    wire = Wire(site(Room))
    wire.join("/room")
    assert wire.call("/room", "add", "one")["error"]["code"] == "invalid_arguments"
    assert codes == ["invalid_arguments"]


def test_what_it_does_with_a_disconnect_keeps_nobody() -> None:
    """A client leaves although middleware skips the disconnect handler or raises."""
    for act in (lambda _: False, _raise(EventError("stay")), _raise(KeyError("x"))):
        stage = Stage(_only("disconnect", act))
        stage.wire.join("/rooms/1")
        stage.heard.clear()
        stage.wire.leave("/rooms/1")
        assert stage.heard == ["closed"]
        assert stage.site.router.live == {}
        assert stage.site.socketio.server.manager.rooms == {}


def test_an_error_in_middleware_goes_to_the_error_handlers() -> None:
    """An exception of any middleware is handled like one of the handler."""

    class Room(RoutedNamespace, namespace="/room"):
        @on("say")
        def say(self) -> None:
            raise AssertionError("it must not run")

        @errorhandler(LookupError)
        def missing(self, problem: LookupError) -> dict[str, str]:
            return {"missing": str(problem.args[0])}

    broken = _only("event", _raise(KeyError("seat")))
    wire = Wire(site(Room, middleware=[broken]))
    wire.join("/room")
    assert wire.call("/room", "say") == {"missing": "seat"}


def test_it_lets_nobody_into_an_object_that_failed_to_open() -> None:
    """Middleware that swallows all exceptions does not hide that `opened` failed."""

    def careless(dispatch: Dispatch, proceed: Proceed) -> Any:
        try:
            return proceed()
        except Exception:  # noqa: BLE001 - as careless as that
            return None

    class Room(RoutedNamespace, namespace="/room"):
        middleware = [careless]

        def opened(self) -> None:
            raise RuntimeError("secret")

    here = site(Room)
    assert Wire(here).refusal("/room") == {"message": "internal error"}
    assert here.router.live == {}
