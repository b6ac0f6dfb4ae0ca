"""Where middleware is declared, what is inherited, and what is refused as none."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import Namespace

from nsroute import (
    MetaRouter,
    Route,
    RoutedNamespace,
    RouteError,
    RouteTable,
    Submount,
    on,
)
from tests.support.event_log import EventLog
from tests.support.packet_client import inline_client
from tests.support.sites import site


class Plain(RoutedNamespace):
    """A class without anything."""


def test_a_subclass_inherits_it() -> None:
    """A subclass without a list of its own is wrapped by that of its base."""
    event_log = EventLog()

    class Base(RoutedNamespace, middleware=[event_log("base")]):
        pass

    class Room(Base, namespace="/room"):
        pass

    inline_client(site(Room)).join("/room")
    assert event_log.lines == ["base connect", "connect base"]


def test_a_subclass_replaces_it() -> None:
    """A list of a subclass stands in the place of its base's."""
    event_log = EventLog()
    base = [event_log("base")]

    class Base(RoutedNamespace, middleware=base):
        pass

    class Room(Base, namespace="/room", middleware=[*base, event_log("room")]):
        pass

    class Bare(Base, namespace="/bare", middleware=()):
        pass

    here = site(Room, Bare)
    client = inline_client(here)
    client.join("/bare")
    assert event_log.lines == []
    client.join("/room")
    assert event_log.lines == [
        "base connect",
        "room connect",
        "connect room",
        "connect base",
    ]


def test_a_plain_class_is_wrapped() -> None:
    """A plain class has the middleware around its route; its attributes are its own."""
    event_log = EventLog()

    class Chat(Namespace):  # type: ignore[misc]
        middleware = 5  # its own

        def on_say(self, text: str) -> str:
            return text

    client = inline_client(
        site(Route("/chats/<name>", Chat, middleware=[event_log("route")]))
    )
    client.join("/chats/a")
    event_log.lines.clear()
    assert client.call("/chats/a", "say", "hi") == "hi"
    assert event_log.lines == ["route say", "say route"]


def test_a_plain_class_that_takes_everything_is_wrapped() -> None:
    """A plain class that overrides `trigger_event` has it wrapped, for every kind."""
    event_log = EventLog()

    class Chat(Namespace):  # type: ignore[misc]
        def trigger_event(self, event: str, *args: Any) -> Any:
            return event

    client = inline_client(
        site(Route("/chats/<name>", Chat), middleware=[event_log("router")])
    )
    client.join("/chats/a")
    assert client.call("/chats/a", "anything") == "anything"
    client.leave("/chats/a")
    assert event_log.lines[::2] == [
        "router connect",
        "router anything",
        "router disconnect",
    ]


def test_a_table_in_a_submount_keeps_its_own() -> None:
    """The middleware of a submount wraps whole tables inside it."""
    event_log = EventLog()

    class Room(RoutedNamespace, namespace="/room"):
        pass

    table = RouteTable([Submount("/inner", [Room], middleware=[event_log("inner")])])
    here = site(Submount("/outer", table, middleware=[event_log("outer")]))
    inline_client(here).join("/outer/inner/room")
    assert event_log.lines[:2] == ["outer connect", "inner connect"]


def test_a_prefix_handler_has_its_own() -> None:
    """Middleware of a handler of several events wraps those, and no others."""
    event_log = EventLog()

    class Room(RoutedNamespace, namespace="/room"):
        @on("cursor:*", middleware=[event_log("cursor")])
        def cursor(self, event: str) -> str:
            return event

        @on("*", middleware=[event_log("rest")])
        def rest(self, event: str) -> str:
            return event

    client = inline_client(site(Room))
    client.join("/room")
    client.call("/room", "cursor:move")
    client.call("/room", "say")
    assert event_log.lines[::2] == ["cursor cursor:move", "rest say"]


def test_a_standing_namespace_is_wrapped() -> None:
    """A namespace without a router has the middleware of its class and its handlers."""
    event_log = EventLog()

    class Room(RoutedNamespace, middleware=[event_log("class")]):
        @on("say", middleware=[event_log("handler")])
        def say(self) -> None:
            pass

    here = site()
    here.socketio.on_namespace(Room("/lobby"))
    client = inline_client(here)
    client.join("/lobby")
    event_log.lines.clear()
    client.call("/lobby", "say")
    assert event_log.lines[:2] == ["class say", "handler say"]


@pytest.mark.parametrize("wrong", [len, [None], "abc", 5])
def test_what_is_no_middleware_is_found_at_definition(wrong: Any) -> None:
    """A class whose middleware is no list of functions is refused, by its name."""
    with pytest.raises(RouteError, match="middleware is a list of functions") as caught:
        type("Room", (RoutedNamespace,), {}, middleware=wrong)
    assert caught.value.target == "Room"
    assert (
        caught.value.hint == "write middleware=[audit] for def audit(dispatch, proceed)"
    )


@pytest.mark.parametrize("wrong", [len, [None]])
def test_what_is_no_middleware_is_found_by_on_and_by_the_router(wrong: Any) -> None:
    """`on` and `MetaRouter` refuse what is no list of functions."""
    with pytest.raises(RouteError, match="middleware is a list of functions"):
        on("say", middleware=wrong)
    with pytest.raises(RouteError, match="MetaRouter: middleware is a list") as caught:
        MetaRouter([], middleware=wrong)
    assert caught.value.target == "MetaRouter"


def test_what_cannot_be_called_as_middleware_is_found_at_definition() -> None:
    """It takes a dispatch and `proceed`, and is no coroutine function; all are told."""

    def audit(dispatch: Any) -> None: ...

    async def later(dispatch: Any, proceed: Any) -> None: ...

    with pytest.raises(RouteError, match="with a dispatch and `proceed`") as caught:
        type("Room", (RoutedNamespace,), {}, middleware=[audit])
    assert caught.value.target == "Room"
    assert str(caught.value).endswith("for def audit(dispatch, proceed))")
    with pytest.raises(ExceptionGroup, match="This is not middleware") as group:
        on("say", middleware=[audit, later, 7])
    few, never, none = map(str, group.value.exceptions)
    assert "audit at 0x" in few
    assert few.endswith("for def audit(dispatch, proceed))")
    assert "later at 0x" in never
    assert never.endswith(
        "which Flask-SocketIO never awaits (define it with def, without yield)"
    )
    assert "`proceed`, and 7 is not" in none
    with pytest.raises(ExceptionGroup, match="Room is not a valid") as group:
        type("Room", (RoutedNamespace,), {}, middleware=[audit, later])
    assert len(group.value.exceptions) == 2
    table = [Route("/a", Plain, middleware=[audit]), Submount("/b", [], middleware=[7])]
    with pytest.raises(ExceptionGroup) as group:
        RouteTable(table)
    assert [one.pattern for one in group.value.exceptions] == ["/a", "/b"]


def test_an_iterator_is_used_up_once() -> None:
    """`on` and the router take iterators too, for they walk through them once only."""
    event_log = EventLog()

    class Room(RoutedNamespace, namespace=["/a", "/b"]):
        @on("connect", middleware=iter([event_log("handler")]))
        def join(self) -> None:
            pass

    client = inline_client(site(Room, middleware=iter([event_log("router")])))
    client.join("/a")
    client.join("/b")
    assert (
        event_log.lines[:2]
        == event_log.lines[4:6]
        == ["router connect", "handler connect"]
    )


def test_it_may_be_put_around_a_router_that_is_made() -> None:
    """`wrap` puts middleware around all that a router has, outermost of all."""
    event_log = EventLog()

    class Room(RoutedNamespace, namespace="/room"):
        pass

    here = site(Room, middleware=[event_log("first")])
    here.router.wrap(event_log("second"), event_log("third"))
    here.router.wrap(event_log("fourth"))
    inline_client(here).join("/room")
    assert [line.split()[0] for line in event_log.lines[:4]] == [
        "fourth",
        "second",
        "third",
        "first",
    ]
    (route,) = here.router.table
    assert len(here.router.compiled(route).connect.middleware) == 4
    with pytest.raises(RouteError, match="middleware is a list of functions"):
        here.router.wrap(None)


def test_no_middleware_costs_nothing() -> None:
    """What runs for an event is the call itself, unless something wraps it."""

    class Room(RoutedNamespace, namespace="/room"):
        @on("bare")
        def bare(self) -> None:
            raise AssertionError("it must not run")

        @on("wrapped", middleware=[lambda dispatch, proceed: proceed()])
        def wrapped(self) -> None:
            raise AssertionError("it must not run")

    router = site(Room).router
    (route,) = router.table
    events = router.compiled(route).events
    bare, wrapped = (events.find(name).run.__qualname__ for name in ("bare", "wrapped"))
    assert bare == "call_method.<locals>.call_with_args"
    assert wrapped == "_layer.<locals>.call"
