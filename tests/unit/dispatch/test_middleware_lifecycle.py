"""Middleware may refuse a connect, lets nobody in by mistake, and keeps nobody."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import ConnectionRefusedError

from nsroute import Dispatch, EventError, RoutedNamespace, on
from tests.support.dispatch_namespaces import Stage, only, raising
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.event_log import Proceed
from tests.support.packet_client import inline_client
from tests.support.sites import left_behind, site


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
    assert stage.client.refusal("/rooms/1") == answer
    assert stage.heard == []
    assert stage.site.router.live == {}
    assert left_behind(stage.site) == {"environ": 1}


def test_a_refusal_after_the_handler_closes_what_it_opened() -> None:
    """Where middleware refuses after going on, the object opens and closes again."""

    def act(proceed: Proceed) -> Any:
        proceed()
        raise EventError("late", "Too late.")

    stage = Stage(only("connect", act))
    assert stage.client.refusal("/rooms/1")["message"] == "Too late."
    assert stage.heard == ["opened", "join", "closed"]
    assert stage.site.router.live == {}


@pytest.mark.parametrize("result", [None, True])
def test_opened_is_called_for_whom_middleware_lets_in(result: Any) -> None:
    """A client let in without going on to the handler opens the object all the same."""
    stage = Stage(only("connect", lambda _: result))
    stage.client.join("/rooms/1")
    assert stage.heard == ["opened", "accepted"]


def test_it_cannot_let_in_whom_the_handler_refused_by_returning_false() -> None:
    """Middleware that forgets to pass `False` on does not open the door."""

    def forgetful(dispatch: Dispatch, proceed: Proceed) -> None:
        proceed()

    stage = Stage(forgetful)
    told = {"message": "Connection rejected by server"}
    assert stage.client.refusal("/rooms/1", "nobody") == told
    assert stage.recorder.last.outcome == "refused"
    assert stage.heard == ["opened", "join", "closed"]


def careless(dispatch: Dispatch, proceed: Proceed) -> Any:
    """Catch too much."""
    try:
        return proceed()
    except Exception:  # noqa: BLE001 - that is the point
        return None


REFUSALS = {
    "answer": EventError("full", "No seats.", {"seats": 0}),
    "refused": ConnectionRefusedError("full", {"seats": 0}),
    "bare": ConnectionRefusedError(),
}


class Refusing(RoutedNamespace, namespace="/refusing/<any(answer, refused, bare):how>"):
    @on("connect")
    def join(self, auth: dict[str, str] | None = None) -> None:
        raise REFUSALS[self.params["how"]]


FULL = {"code": "full", "details": {"seats": 0}}


@pytest.mark.parametrize(
    "how,code,told",
    [
        ("answer", "full", {"message": "No seats.", "data": FULL}),
        ("refused", "refused", {"message": "full", "data": {"seats": 0}}),
        ("bare", "refused", {"message": "Connection rejected by server"}),
    ],
)
@pytest.mark.parametrize("layers", [1, 2])
def test_it_lets_nobody_in_whom_the_handler_refused_by_raising(
    how: str, code: str, told: Any, layers: int
) -> None:
    """Middleware that catches a refusal opens no door; the client is told of it."""
    here = site(Refusing, middleware=[careless] * layers)
    recorder, client = DispatchRecorder(here), inline_client(here)
    assert client.refusal(f"/refusing/{how}") == told
    assert (recorder.last.outcome, recorder.last.code) == ("refused", code)
    assert recorder.last.error is REFUSALS[how]
    assert not here.router.live


def test_it_lets_nobody_in_whose_auth_is_not_valid() -> None:
    """Middleware that catches what is wrong with `auth` opens no door."""
    here = site(Refusing, middleware=[careless])
    recorder, client = DispatchRecorder(here), inline_client(here)
    told = client.refusal("/refusing/answer", "one")
    assert told["data"]["code"] == "invalid_arguments"
    assert recorder.last.outcome == "refused"
    assert not here.router.live


def test_it_may_refuse_in_other_words() -> None:
    """Middleware that catches a refusal may raise another: the client is told that."""

    def kinder(dispatch: Dispatch, proceed: Proceed) -> Any:
        try:
            return proceed()
        except EventError as problem:
            raise EventError("sorry", "Come tomorrow.") from problem

    for middleware in ([kinder], [careless, kinder]):
        here = site(Refusing, middleware=middleware)
        recorder, client = DispatchRecorder(here), inline_client(here)
        told = {"message": "Come tomorrow.", "data": {"code": "sorry"}}
        assert client.refusal("/refusing/answer") == told
        assert (recorder.last.outcome, recorder.last.code) == ("refused", "sorry")


def test_it_may_let_in_guests_before_the_handler() -> None:
    """Middleware that does not go on to the handler may let in whom it likes."""

    def guests(dispatch: Dispatch, proceed: Proceed) -> Any:
        return proceed() if dispatch.args else None

    client = inline_client(site(Refusing, middleware=[guests]))
    assert client.join("/refusing/answer")
    assert client.refusal("/refusing/bare", {"user": "ann"})


def test_it_lets_nobody_in_over_an_error() -> None:
    """Middleware that catches too much opens no door, on whatever level it stands."""

    def broken(dispatch: Dispatch, proceed: Proceed) -> Any:
        proceed()
        raise LookupError("in the middle")

    class Room(
        RoutedNamespace,
        namespace="/rooms/<any(handler, middle):fault>",
        middleware=[careless],
    ):
        @on("connect", middleware=[broken])
        def join(self) -> None:
            if self.params["fault"] == "handler":
                raise RuntimeError("in the handler")

    here = site(Room)
    recorder, client = DispatchRecorder(here), inline_client(here)
    for fault, kind in ("handler", RuntimeError), ("middle", LookupError):
        told = {"message": "internal error"}
        assert client.refusal(f"/rooms/{fault}") == told
        dispatch = recorder.last
        assert (dispatch.outcome, dispatch.code) == ("error", "internal_error")
        assert isinstance(dispatch.error, kind)
    assert not here.router.live


def test_it_lets_nobody_into_an_object_that_failed_to_open() -> None:
    """Middleware that swallows all exceptions does not hide that `opened` failed."""

    class Room(RoutedNamespace, namespace="/room", middleware=[careless]):
        def opened(self) -> None:
            raise RuntimeError("secret")

    here = site(Room)
    assert inline_client(here).refusal("/room") == {"message": "internal error"}
    assert here.router.live == {}


def _twice(dispatch: Dispatch, proceed: Proceed) -> Any:
    careless(dispatch, proceed)
    return careless(dispatch, proceed)


@pytest.mark.parametrize("first", [TimeoutError(), EventError("busy"), False])
def test_it_may_try_a_connect_again(first: Any) -> None:
    """Who is let in the last time is in, whatever came before."""
    times: list[str] = []

    class Room(RoutedNamespace, namespace="/room"):
        @on("connect", middleware=[_twice])
        def join(self) -> Any:
            times.append("join")
            if len(times) > 1:
                return True
            if first is False:
                return False
            raise first

    here = site(Room)
    recorder = DispatchRecorder(here)
    assert inline_client(here).join("/room")
    assert times == ["join", "join"]
    assert (recorder.last.outcome, recorder.last.code, recorder.last.error) == (
        "ok",
        None,
        None,
    )


@pytest.mark.parametrize("second", [EventError("busy"), False])
def test_who_is_refused_the_last_time_stays_out(second: Any) -> None:
    """Who was let in at first and then refused is out."""
    times: list[str] = []

    class Room(RoutedNamespace, namespace="/room"):
        @on("connect", middleware=[careless, _twice])
        def join(self) -> Any:
            times.append("join")
            if len(times) == 1:
                return True
            if second is False:
                return False
            raise second

    here = site(Room)
    recorder = DispatchRecorder(here)
    assert inline_client(here).refusal("/room")
    assert times == ["join", "join"]
    assert recorder.last.outcome == "refused"


def test_what_it_does_with_a_disconnect_keeps_nobody() -> None:
    """A client leaves although middleware skips the disconnect handler or raises."""
    for act in (lambda _: False, raising(EventError("stay")), raising(KeyError("x"))):
        stage = Stage(only("disconnect", act))
        stage.client.join("/rooms/1")
        stage.heard.clear()
        stage.client.leave("/rooms/1")
        assert stage.heard == ["closed"]
        assert stage.site.router.live == {}
        assert left_behind(stage.site) == {"environ": 1}
