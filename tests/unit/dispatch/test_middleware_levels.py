"""Middleware wraps connects, events and disconnects alike, in an order."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from flask import g, request, session

from nsroute import (
    Dispatch,
    Route,
    RoutedNamespace,
    Submount,
    on,
)
from tests.support.event_log import EventLog, Proceed
from tests.support.packet_client import inline_client
from tests.support.sites import site

LEVELS = ["router", "outer", "inner", "route", "class", "handler"]


def _levels() -> tuple[EventLog, Any]:
    """Put middleware of one diary on each level."""
    event_log = EventLog()

    class Room(RoutedNamespace, middleware=[event_log("class")]):
        @on("connect", middleware=[event_log("handler")])
        def join(self) -> None:
            event_log.lines.append("join")

        @on("say", middleware=[event_log("handler")])
        def say(self, text: str) -> str:
            event_log.lines.append("say")
            return text

        @on("disconnect", middleware=[event_log("handler")])
        def part(self) -> None:
            event_log.lines.append("part")

    room = Route("/rooms/<int:room_id>", Room, middleware=[event_log("route")])
    inner = Submount("/inner", [room], middleware=[event_log("inner")])
    outer = Submount("/outer", [inner], middleware=[event_log("outer")])
    return event_log, site(outer, middleware=[event_log("router")])


def _around(event: str, called: str | None, levels: list[str]) -> list[str]:
    before = [f"{level} {event}" for level in levels]
    after = [f"{event} {level}" for level in reversed(levels)]
    return [*before, *([called] if called else []), *after]


@pytest.mark.parametrize(
    "event,called", [("connect", "join"), ("say", "say"), ("disconnect", "part")]
)
def test_levels_wrap_each_other(event: str, called: str) -> None:
    """The order is router, submounts, route, class, handler, for every kind alike."""
    event_log, here = _levels()
    client = inline_client(here)
    client.join("/outer/inner/rooms/1")
    assert client.call("/outer/inner/rooms/1", "say", "hi") == "hi"
    client.leave("/outer/inner/rooms/1")
    expected = _around(event, called, LEVELS)
    start = event_log.lines.index(expected[0])
    assert event_log.lines[start : start + len(expected)] == expected
    assert len(event_log.lines) == 3 * len(expected)


def test_an_unhandled_event_passes_all_but_the_handler() -> None:
    """An event that no handler takes passes router, submounts, route and class."""
    event_log, here = _levels()
    client = inline_client(here)
    client.join("/outer/inner/rooms/1")
    event_log.lines.clear()
    answer = client.call("/outer/inner/rooms/1", "sing")
    assert answer["error"]["code"] == "unhandled_event"
    assert event_log.lines == _around("sing", None, LEVELS[:-1])


@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_a_lifecycle_event_without_handler_is_wrapped(event: str) -> None:
    """A class without connect or disconnect handlers has them wrapped all the same."""
    event_log = EventLog()

    class Room(RoutedNamespace, namespace="/room", middleware=[event_log("class")]):
        pass

    client = inline_client(site(Room))
    client.join("/room")
    client.leave("/room")
    assert [seen.event for seen in event_log.seen] == ["connect", "disconnect"]
    assert f"class {event}" in event_log.lines


def test_middleware_sees_the_facts() -> None:
    """The dispatch tells kind, event, namespace, pattern, params, sid, args, target."""
    event_log, here = _levels()
    client = inline_client(here)
    sid = client.join("/outer/inner/rooms/42", {"user": "ann"})
    client.call("/outer/inner/rooms/42", "say", "hi")
    live = here.router.live["/outer/inner/rooms/42"]
    client.leave("/outer/inner/rooms/42")
    connect, event, disconnect = (
        event_log.seen[0],
        event_log.seen[6],
        event_log.seen[12],
    )
    for dispatch in (connect, event, disconnect):
        assert dispatch.namespace == "/outer/inner/rooms/42"
        assert dispatch.pattern == "/outer/inner/rooms/<int:room_id>"
        assert dispatch.params == {"room_id": 42}
        assert dispatch.sid == sid
        assert dispatch.instance is live
    assert [d.kind for d in (connect, event, disconnect)] == [
        "connect",
        "event",
        "disconnect",
    ]
    assert [d.args for d in (connect, event, disconnect)] == [
        ({"user": "ann"},),
        ("hi",),
        ("client disconnect",),
    ]
    assert "<locals>" in type(live).__qualname__  # of which nothing is told
    assert [d.target for d in (connect, event, disconnect)] == [
        "Room.join",
        "Room.say",
        "Room.part",
    ]


def test_one_dispatch_is_one_object() -> None:
    """All levels of one dispatch see the same object."""
    event_log, here = _levels()
    inline_client(here).join("/outer/inner/rooms/42")
    assert len({id(dispatch) for dispatch in event_log.seen}) == 1


def test_the_dispatch_cannot_be_changed() -> None:
    """Neither the dispatch nor its params let themselves be written to."""
    event_log, here = _levels()
    inline_client(here).join("/outer/inner/rooms/42")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event_log.seen[0].sid = "another"  # type: ignore[misc]
    with pytest.raises(TypeError, match="does not support item assignment"):
        event_log.seen[0].params["room_id"] = 43  # type: ignore[index]


def test_connect_without_auth_has_no_arguments() -> None:
    """A connect for which the client sent nothing has no args."""
    event_log, here = _levels()
    inline_client(here).join("/outer/inner/rooms/42")
    assert event_log.seen[0].args == ()


def test_the_target_of_what_nothing_handles_is_the_class() -> None:
    """Where there is no method, the target is the class alone."""
    event_log = EventLog()

    class Room(RoutedNamespace, namespace="/room", middleware=[event_log("class")]):
        pass

    client = inline_client(site(Room))
    client.join("/room")
    client.call("/room", "sing")
    assert {dispatch.target for dispatch in event_log.seen} == {"Room"}


def test_flask_is_there() -> None:
    """Middleware runs in the dispatch's own request context, with `g` and session."""

    def sign(dispatch: Dispatch, proceed: Proceed) -> Any:
        g.by = request.sid
        session["last"] = dispatch.event
        return proceed()

    class Room(RoutedNamespace, namespace="/room"):
        @on("who")
        def who(self) -> list[str]:
            return [g.by, request.event["message"], session["last"]]

    client = inline_client(site(Room, middleware=[sign]))
    sid = client.join("/room")
    assert client.call("/room", "who") == [sid, "who", "who"]
