"""A handler's keyword-only parameters get those of the pattern, or are refused."""

from __future__ import annotations

import pytest

from nsroute import (
    MetaRouter,
    Route,
    RoutedNamespace,
    RouteError,
    RouteTable,
    Submount,
    on,
)
from tests.support.packet_client import inline_client
from tests.support.sites import site


def test_a_parameter_named_like_nothing_is_found_with_the_class() -> None:
    """The error names the class, the method and the pattern, and the nearest name."""
    with pytest.raises(RouteError) as caught:

        class Room(RoutedNamespace, namespace="/rooms/<int(min=1):room_id>/<name>"):
            @on("say")
            def say(self, text: str, *, rom_id: int) -> None: ...

    assert str(caught.value) == (
        "Room.say at '/rooms/<int(min=1):room_id>/<name>': nothing supplies the "
        "keyword-only parameter 'rom_id' (did you mean 'room_id'?)"
    )


def test_the_cure_for_a_name_that_is_near_to_none() -> None:
    """It may be of the prefix of a Submount, which a class does not know."""
    with pytest.raises(RouteError, match="parameter 'tenant'") as caught:

        class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
            @on("connect")
            def join(self, *, tenant: str) -> None: ...

    assert caught.value.hint == (
        "the pattern has no such parameter; if the prefix of a Submount has, give it "
        "a default here"
    )


def test_all_are_told_with_the_rest() -> None:
    """They are problems of the class like all others, and told together."""
    with pytest.raises(ExceptionGroup, match="Room is not a valid namespace") as group:

        class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
            @on("say", namespace="/halls/<hall>")
            def say(self, number: complex, *, hal: str, room_id: int) -> None: ...

            @on("disconnect")
            def leave(self, *, hall: str) -> None: ...

    told = [str(one).partition(": ")[0] for one in group.value.exceptions]
    assert told == [
        "Room.say",
        "Room.leave at '/rooms/<int:room_id>'",
        "Room.say at '/halls/<hall>'",
        "Room.say at '/halls/<hall>'",
    ]


def test_a_default_waits_for_a_prefix() -> None:
    """A parameter with a default gets that of a Submount's prefix, where there is."""

    class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
        @on("where")
        def where(self, *, room_id: int, team: str = "no team") -> list[object]:
            return [team, room_id]

    client = inline_client(site(Room, Submount("/teams/<team>", [Room])))
    client.join("/rooms/1")
    client.join("/teams/red/rooms/2")
    assert client.call("/rooms/1", "where") == ["no team", 1]
    assert client.call("/teams/red/rooms/2", "where") == ["red", 2]


def test_a_class_without_patterns_is_looked_at_where_it_is_placed() -> None:
    """Of a base, a mixin or what a `Route` places, only the table knows the pattern."""

    class Room(RoutedNamespace):
        @on("where")
        def where(self, *, team: str) -> str:
            return team

    client = inline_client(site(Submount("/teams/<team>", [Route("/board", Room)])))
    client.join("/teams/red/board")
    assert client.call("/teams/red/board", "where") == "red"
    with pytest.raises(RouteError, match="parameter 'team'") as caught:
        RouteTable([Route("/rooms/<name>", Room)])
    assert caught.value.pattern == "/rooms/<name>"
    with pytest.raises(RouteError, match="parameter 'team'"):

        class Hall(Room, namespace="/halls/<name>"):
            pass


@pytest.mark.parametrize("pattern", ["/rooms/<int:room_id", "/<a b>/x", "/<room id>"])
def test_a_misspelled_pattern_is_a_problem_of_the_table(pattern: str) -> None:
    """Nobody is told of a parameter that is missing only because of the pattern."""

    class Room(RoutedNamespace, namespace=pattern):
        @on("where")
        def where(self, *, room_id: int) -> int:
            return room_id

    with pytest.raises((RouteError, ExceptionGroup)) as caught:
        MetaRouter([Room])
    found = getattr(caught.value, "exceptions", (caught.value,))
    assert "is no parameter" in str(found[0]) or "is no identifier" in str(found[0])


def test_the_converters_of_an_app_are_unknown_to_the_class() -> None:
    """A pattern is read for its names alone: a converter may come with the table."""

    class Room(RoutedNamespace, namespace="/<slug('a/b'):room>/<path:rest>"):
        @on("where")
        def where(self, *, room: str, rest: str) -> str:
            return room + rest

    with pytest.raises(RouteError, match="slug"):
        MetaRouter([Room])
