"""One class at several patterns, and events that are narrowed to one of them."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import ConflictError, RoutedNamespace, RouteError, RouteTable, on
from tests.support.packet_client import code, inline_client
from tests.support.sites import site


class Many(RoutedNamespace, namespace=["/a/<int:n>", "/b/<name>"]):
    @on("where")
    def where(self) -> list[Any]:
        return ["general", dict(self.params)]

    @on("where", namespace="/b/<name>")
    def in_b(self, *, name: str) -> list[Any]:
        return ["b", name]

    @on("only")
    @on("also", namespace="/c")
    def only(self) -> str:
        return self.namespace

    @on("where", namespace="/c")
    def in_c(self) -> str:
        return "c"

    @on("*", namespace="/c")
    def rest(self, event: str) -> str:
        return f"rest {event}"


def test_a_class_may_serve_several_patterns() -> None:
    """Each pattern leads to the class; a narrowed route adds its own to them."""
    here = site(Many)
    assert {route.pattern for route in here.router.table} == {
        "/a/<int:n>",
        "/b/<name>",
        "/c",
    }


def test_a_narrowed_route_beats_a_general_one() -> None:
    """Where a route is narrowed to a pattern, it goes before the general one there."""
    client = inline_client(site(Many))
    for name in ("/a/1", "/b/x", "/c"):
        client.join(name)
    assert client.call("/a/1", "where") == ["general", {"n": 1}]
    assert client.call("/b/x", "where") == ["b", "x"]
    assert client.call("/c", "where") == "c"


def test_a_narrowed_route_is_nowhere_else() -> None:
    """A narrowed route handles its event at its pattern, and no other."""
    client = inline_client(site(Many))
    for name in ("/a/1", "/c"):
        client.join(name)
    assert client.call("/c", "also") == "/c"
    assert client.call("/c", "only") == "/c"
    assert client.call("/a/1", "only") == "/a/1"
    assert code(client.call("/a/1", "also")) == "unhandled_event"
    assert client.call("/c", "sing") == "rest sing"
    assert code(client.call("/a/1", "sing")) == "unhandled_event"


def test_a_class_may_have_narrowed_routes_only() -> None:
    """A class without `namespace=` serves the patterns of its narrowed routes."""

    class Room(RoutedNamespace):
        @on("where", namespace="/a")
        def in_a(self) -> str:
            return "a"

        @on("where", namespace="/b")
        def in_b(self) -> str:
            return "b"

    client = inline_client(site(Room))
    client.join("/a")
    client.join("/b")
    assert [client.call("/a", "where"), client.call("/b", "where")] == ["a", "b"]


def test_lifecycle_routes_may_be_narrowed() -> None:
    """A connect handler may be that of one pattern."""
    heard: list[str] = []

    class Room(RoutedNamespace, namespace=["/a", "/b"]):
        @on("connect")
        def join(self) -> None:
            heard.append("general")

        @on("connect", namespace="/b")
        def join_b(self) -> None:
            heard.append("b")

    client = inline_client(site(Room))
    client.join("/a")
    client.join("/b")
    assert heard == ["general", "b"]


def test_a_general_handler_cannot_have_the_parameter_of_one_pattern() -> None:
    """A parameter that one of the patterns does not have is refused by the table."""

    class Room(RoutedNamespace, namespace=["/a/<int:n>", "/b/<name>"]):
        @on("where")
        def where(self, *, name: str) -> None:
            raise AssertionError("it must not run")

    with pytest.raises(RouteError, match="'name'") as caught:
        RouteTable([Room])
    assert caught.value.target == "Room.where"
    assert caught.value.pattern == "/a/<int:n>"


def test_one_event_may_be_narrowed_twice() -> None:
    """The same event narrowed to two patterns is no conflict; twice to one is."""
    with pytest.raises(ConflictError, match="two handlers for the event 'x'") as caught:

        class Room(RoutedNamespace):
            @on("x", namespace="/a")
            def one(self) -> None:
                raise AssertionError("it must not run")

            @on("x", namespace="/a")
            def two(self) -> None:
                raise AssertionError("it must not run")

    assert caught.value.pattern == "/a"
