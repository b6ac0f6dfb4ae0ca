"""What nobody handles: Flask's signal, and raised where Flask would raise it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest
from flask import Flask, current_app, got_request_exception, request

from nsroute import EventError, RoutedNamespace, errorhandler, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import error, site

INTERNAL = error("internal_error", "internal error")


class Boom(Exception):
    """What nobody handles."""


class Handled(Exception):
    """What the class handles."""


class Room(RoutedNamespace, namespace="/room"):
    places: frozenset[str] = frozenset()

    @on("connect")
    def join(self, auth: Any = None) -> None:
        if auth:
            raise Boom

    @on("boom")
    def boom(self) -> None:
        raise Boom

    @on("handled")
    def handled(self) -> None:
        raise Handled

    @on("told")
    def told(self) -> None:
        raise EventError("told")

    @on("worse")
    def worse(self) -> None:
        raise KeyError

    @on("unsendable")
    def unsendable(self) -> object:
        return object()

    @on("interrupt")
    def interrupt(self) -> None:
        raise KeyboardInterrupt

    @errorhandler(Handled)
    def handle(self, problem: Handled) -> str:
        return "handled"

    @errorhandler(KeyError)
    def fail(self, problem: KeyError) -> None:
        raise Boom

    @on("disconnect")
    def part(self) -> None:
        raise Boom


@contextmanager
def _signals(app: Flask) -> Iterator[list[Any]]:
    """Collect what `got_request_exception` tells of an application."""
    told: list[Any] = []

    def receive(sender: Flask, exception: BaseException) -> None:
        assert sender is app
        assert current_app._get_current_object() is app  # type: ignore[attr-defined]
        told.append((request.event["message"], type(exception)))

    with got_request_exception.connected_to(receive, sender=app):
        yield told


@pytest.mark.parametrize(
    "event,sent",
    [
        ("boom", [("boom", Boom)]),
        ("worse", [("worse", Boom)]),
        ("unsendable", [("unsendable", TypeError)]),
        ("handled", []),
        ("told", []),
        ("unknown", []),
    ],
)
def test_flask_is_told_of_what_nobody_handles(event: str, sent: Any) -> None:
    """`got_request_exception` is sent once, in the context of the dispatch."""
    here = site(Room)
    client = inline_client(here)
    client.join("/room")
    with _signals(here.app) as told:
        client.call("/room", event)
    assert told == sent


def test_flask_is_told_of_connects_and_disconnects() -> None:
    """`got_request_exception` is sent for the lifecycle too."""
    here = site(Room)
    client = inline_client(here)
    with _signals(here.app) as told:
        client.refusal("/room", "auth")
        client.join("/room")
        client.leave("/room")
    assert told == [("connect", Boom), ("disconnect", Boom)]


def test_a_receiver_that_raises_breaks_nothing() -> None:
    """The client is answered, and the others hear, though a receiver raises."""
    here = site(Room)
    client = inline_client(here)
    client.join("/room")

    def broken(sender: Flask, exception: BaseException) -> None:
        raise RuntimeError("the receiver is broken")

    with (
        got_request_exception.connected_to(broken, here.app),
        _signals(here.app) as told,
    ):
        assert client.call("/room", "boom") == INTERNAL
    assert told == [("boom", Boom)]


RAISED: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"TESTING": True}, True),
    ({"DEBUG": True}, True),
    ({"PROPAGATE_EXCEPTIONS": True}, True),
    ({"PROPAGATE_EXCEPTIONS": False, "TESTING": True, "DEBUG": True}, False),
]


@pytest.mark.parametrize("config,raised", RAISED)
def test_it_is_raised_where_flask_would_raise_it(
    config: dict[str, Any], raised: bool
) -> None:
    """`PROPAGATE_EXCEPTIONS` decides, and where it is not set `TESTING` and `DEBUG`."""
    here = site(Room, config=config)
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    client.join("/room")
    if raised:
        with pytest.raises(Boom) as caught:
            client.call("/room", "boom")
        assert caught.value is recorder.last.error
    else:
        assert client.call("/room", "boom") == INTERNAL
    assert isinstance(recorder.last.error, Boom)
    assert (recorder.last.outcome, recorder.last.code) == ("error", "internal_error")


@pytest.mark.parametrize("config,raised", RAISED)
def test_flask_itself_would_raise_it_there(
    config: dict[str, Any], raised: bool
) -> None:
    """The same settings decide in the same way about a view of that application."""
    here = site(config=config)

    @here.app.route("/boom")
    def boom() -> str:
        raise Boom

    client = here.app.test_client()
    if raised:
        with pytest.raises(Boom) as caught:
            client.get("/boom")
        assert caught.type is Boom
    else:
        assert client.get("/boom").status_code == 500


@pytest.mark.parametrize(
    "event,told",
    [
        ("handled", "handled"),
        ("told", error("told", "")),
        ("unknown", error("unhandled_event", "Nothing handles this event.")),
    ],
)
def test_what_is_answered_is_not_raised(event: str, told: Any) -> None:
    """Answers and what an error handler handles are never raised."""
    here = site(Room, config={"PROPAGATE_EXCEPTIONS": True})
    client = inline_client(here)
    client.join("/room")
    assert client.call("/room", event) == told


def test_what_is_no_error_is_always_raised() -> None:
    """Neither settings nor error handlers hold up `KeyboardInterrupt`."""
    here = site(Room, config={"PROPAGATE_EXCEPTIONS": False})
    here.router.errorhandler(BaseException)(lambda problem: "handled")
    client = inline_client(here)
    client.join("/room")
    with pytest.raises(KeyboardInterrupt) as caught:
        client.call("/room", "interrupt")
    assert caught.type is KeyboardInterrupt


@pytest.mark.parametrize("handled", [True, False])
def test_a_timeout_of_gevent_is_an_error_like_any_other(handled: bool) -> None:
    """It is no `Exception`; its client is answered all the same."""

    class Slow(RoutedNamespace, namespace="/slow"):
        @on("wait")
        def wait(self) -> None:
            raise gevent.Timeout(0.1)

        if handled:

            @errorhandler(gevent.Timeout)
            def late(self, problem: gevent.Timeout) -> str:
                return f"not within {problem.seconds} s"

    here = site(Slow)
    recorder, client = DispatchRecorder(here), inline_client(here)
    client.join("/slow")
    told = client.call("/slow", "wait")
    assert told == ("not within 0.1 s" if handled else INTERNAL)
    assert recorder.last.outcome == ("rejected" if handled else "error")
    assert isinstance(recorder.last.error, gevent.Timeout)


def test_a_greenlet_that_is_killed_is_killed() -> None:
    """`GreenletExit` in a handler is raised, and recorded."""

    class Slow(RoutedNamespace, namespace="/slow"):
        @on("wait")
        def wait(self) -> None:
            raise gevent.GreenletExit

    here = site(Slow)
    recorder, client = DispatchRecorder(here), inline_client(here)
    client.join("/slow")
    with pytest.raises(gevent.GreenletExit):
        client.call("/slow", "wait")
    assert recorder.last.outcome == "error"


def test_an_error_handler_may_end_its_thread() -> None:
    """What it raises to that end is no error that Flask would be told of."""

    class Last(RoutedNamespace, namespace="/last"):
        @on("fall")
        def fall(self) -> None:
            raise ValueError

        @errorhandler(ValueError)
        def give_up(self, problem: ValueError) -> None:
            raise KeyboardInterrupt

    here = site(Last)
    client = inline_client(here)
    client.join("/last")
    with pytest.raises(KeyboardInterrupt), _signals(here.app) as told:
        client.call("/last", "fall")
    assert told == []
