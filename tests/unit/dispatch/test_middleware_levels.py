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
from tests.support.local import Diary, Proceed, Wire, site

LEVELS = ["router", "outer", "inner", "route", "class", "handler"]


def _levels() -> tuple[Diary, Any]:
    """Put middleware of one diary on each level."""
    diary = Diary()

    class Room(RoutedNamespace, middleware=[diary("class")]):
        @on("connect", middleware=[diary("handler")])
        def join(self) -> None:
            diary.lines.append("join")

        @on("say", middleware=[diary("handler")])
        def say(self, text: str) -> str:
            diary.lines.append("say")
            return text

        @on("disconnect", middleware=[diary("handler")])
        def part(self) -> None:
            diary.lines.append("part")

    room = Route("/rooms/<int:room_id>", Room, middleware=[diary("route")])
    inner = Submount("/inner", [room], middleware=[diary("inner")])
    outer = Submount("/outer", [inner], middleware=[diary("outer")])
    return diary, site(outer, middleware=[diary("router")])


def _around(event: str, called: str | None, levels: list[str]) -> list[str]:
    before = [f"{level} {event}" for level in levels]
    after = [f"{event} {level}" for level in reversed(levels)]
    return [*before, *([called] if called else []), *after]


@pytest.mark.parametrize(
    "event,called", [("connect", "join"), ("say", "say"), ("disconnect", "part")]
)
def test_levels_wrap_each_other(event: str, called: str) -> None:
    """The order is router, submounts, route, class, handler, for every kind alike."""
    diary, here = _levels()
    wire = Wire(here)
    wire.join("/outer/inner/rooms/1")
    assert wire.call("/outer/inner/rooms/1", "say", "hi") == "hi"
    wire.leave("/outer/inner/rooms/1")
    expected = _around(event, called, LEVELS)
    start = diary.lines.index(expected[0])
    assert diary.lines[start : start + len(expected)] == expected
    assert len(diary.lines) == 3 * len(expected)


def test_an_unhandled_event_passes_all_but_the_handler() -> None:
    """An event that no handler takes passes router, submounts, route and class."""
    diary, here = _levels()
    wire = Wire(here)
    wire.join("/outer/inner/rooms/1")
    diary.lines.clear()
    answer = wire.call("/outer/inner/rooms/1", "sing")
    assert answer["error"]["code"] == "unhandled_event"
    assert diary.lines == _around("sing", None, LEVELS[:-1])


@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_a_lifecycle_event_without_handler_is_wrapped(event: str) -> None:
    """A class without connect or disconnect handlers has them wrapped all the same."""
    diary = Diary()

    class Room(RoutedNamespace, namespace="/room", middleware=[diary("class")]):
        pass

    wire = Wire(site(Room))
    wire.join("/room")
    wire.leave("/room")
    assert [seen.event for seen in diary.seen] == ["connect", "disconnect"]
    assert f"class {event}" in diary.lines


def test_middleware_sees_the_facts() -> None:
    """The dispatch tells kind, event, namespace, pattern, params, sid, args, target."""
    diary, here = _levels()
    wire = Wire(here)
    sid = wire.join("/outer/inner/rooms/42", {"user": "ann"})
    wire.call("/outer/inner/rooms/42", "say", "hi")
    live = here.router.live["/outer/inner/rooms/42"]
    wire.leave("/outer/inner/rooms/42")
    connect, event, disconnect = diary.seen[0], diary.seen[6], diary.seen[12]
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
    diary, here = _levels()
    Wire(here).join("/outer/inner/rooms/42")
    assert len({id(dispatch) for dispatch in diary.seen}) == 1


def test_the_dispatch_cannot_be_changed() -> None:
    """Neither the dispatch nor its params let themselves be written to."""
    diary, here = _levels()
    Wire(here).join("/outer/inner/rooms/42")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        diary.seen[0].sid = "another"  # type: ignore[misc]
    with pytest.raises(TypeError, match="does not support item assignment"):
        diary.seen[0].params["room_id"] = 43  # type: ignore[index]


def test_connect_without_auth_has_no_arguments() -> None:
    """A connect for which the client sent nothing has no args."""
    diary, here = _levels()
    Wire(here).join("/outer/inner/rooms/42")
    assert diary.seen[0].args == ()


def test_the_target_of_what_nothing_handles_is_the_class() -> None:
    """Where there is no method, the target is the class alone."""
    diary = Diary()

    class Room(RoutedNamespace, namespace="/room", middleware=[diary("class")]):
        pass

    wire = Wire(site(Room))
    wire.join("/room")
    wire.call("/room", "sing")
    assert {dispatch.target for dispatch in diary.seen} == {"Room"}


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

    wire = Wire(site(Room, middleware=[sign]))
    sid = wire.join("/room")
    assert wire.call("/room", "who") == [sid, "who", "who"]
