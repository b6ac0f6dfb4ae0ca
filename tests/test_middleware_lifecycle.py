"""Middleware may refuse a connect, lets nobody in by mistake, and keeps nobody."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import ConnectionRefusedError

from nsroute import Dispatch, EventError, RoutedNamespace, on
from tests.local import Proceed, Tape, Wire, site
from tests.middleware_stage import Stage, only, raising


@pytest.mark.parametrize(
    "act,answer",
    [
        (lambda _: False, {"message": "Connection rejected by server"}),
        (
            raising(ConnectionRefusedError("full", {"seats": 0})),
            {"message": "full", "data": {"seats": 0}},
        ),
        (
            raising(EventError("full", "No seats.")),
            {"message": "No seats.", "data": {"code": "full"}},
        ),
        (raising(RuntimeError("secret")), {"message": "internal error"}),
    ],
)
def test_it_may_refuse_a_connect(act: Any, answer: Any) -> None:
    """Middleware refuses as a handler does; the object never opens, nothing stays."""
    stage = Stage(only("connect", act))
    assert stage.wire.refusal("/rooms/1") == answer
    assert stage.heard == []
    assert stage.site.router.live == {}
    assert stage.site.socketio.server.manager.rooms == {}


def test_a_refusal_after_the_handler_closes_what_it_opened() -> None:
    """Where middleware refuses after going on, the object opens and closes again."""

    def act(proceed: Proceed) -> Any:
        proceed()
        raise EventError("late", "Too late.")

    stage = Stage(only("connect", act))
    assert stage.wire.refusal("/rooms/1")["message"] == "Too late."
    assert stage.heard == ["opened", "join", "closed"]
    assert stage.site.router.live == {}


@pytest.mark.parametrize("result", [None, True, 0, "", {"error": {}}])
def test_opened_is_called_for_whom_middleware_lets_in(result: Any) -> None:
    """A client let in without going on to the handler opens the object all the same."""
    stage = Stage(only("connect", lambda _: result))
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


def test_what_it_does_with_a_disconnect_keeps_nobody() -> None:
    """A client leaves although middleware skips the disconnect handler or raises."""
    for act in (lambda _: False, raising(EventError("stay")), raising(KeyError("x"))):
        stage = Stage(only("disconnect", act))
        stage.wire.join("/rooms/1")
        stage.heard.clear()
        stage.wire.leave("/rooms/1")
        assert stage.heard == ["closed"]
        assert stage.site.router.live == {}
        assert stage.site.socketio.server.manager.rooms == {}
