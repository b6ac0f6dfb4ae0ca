"""A handler's keyword-only parameters get those of the pattern, or are refused."""

from __future__ import annotations

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
from tests.support.alone import served
from tests.support.packet_client import inline_client
from tests.support.problems import problem_of, problems_of
from tests.support.sites import site


def test_a_parameter_named_like_nothing_is_found_with_the_table() -> None:
    """The error names the class, the method and the pattern, and the nearest name."""

    class Room(RoutedNamespace, namespace="/rooms/<int(min=1):room_id>/<name>"):
        @on("say")
        def say(self, text: str, *, rom_id: int) -> None: ...

    with pytest.raises(RouteError) as caught:
        RouteTable([Room])
    assert str(caught.value) == (
        "Room.say at '/rooms/<int(min=1):room_id>/<name>': nothing supplies the "
        "keyword-only parameter 'rom_id' (did you mean 'room_id'?)"
    )


def test_the_cure_for_a_name_that_is_near_to_none() -> None:
    """It says so."""

    class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
        @on("connect")
        def join(self, *, tenant: str) -> None: ...

    with pytest.raises(RouteError, match="parameter 'tenant'") as caught:
        RouteTable([Room])
    assert caught.value.hint == "the pattern has no such parameter"


def test_all_are_told_with_the_rest() -> None:
    """They are problems of the table like all others, and told together."""

    class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
        @on("say", namespace="/halls/<hall>")
        def say(self, number: Later, *, hal: str, room_id: int) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        @on("disconnect")
        def leave(self, *, hall: str) -> None: ...

    with pytest.raises(ExceptionGroup, match="The routes are wrong") as group:
        RouteTable([Room])
    told = [str(one).partition(": ")[0] for one in group.value.exceptions]
    assert told == [
        "Room.leave at '/rooms/<int:room_id>'",
        "Room.say at '/halls/<hall>'",
        "Room.say at '/halls/<hall>'",
        "Room.say at '/halls/<hall>'",
    ]


def test_a_prefix_supplies_what_a_class_with_patterns_requires() -> None:
    """Only the table knows the prefix, so only it can miss a parameter."""

    class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
        @on("connect")
        def join(self, *, team: str) -> None:
            self.client["team"] = team

        @on("where")
        def where(self, *, room_id: int, team: str) -> list[object]:
            return [team, room_id, self.client["team"]]

    client = inline_client(site(Submount("/teams/<team>", [Room])))
    client.join("/teams/red/rooms/2")
    assert client.call("/teams/red/rooms/2", "where") == ["red", 2, "red"]
    problems = problems_of(lambda: RouteTable([Room]))
    assert [one.target for one in problems] == ["Room.join", "Room.where"]
    with pytest.raises(ExceptionGroup, match="cannot serve '/rooms/1'"):
        served(Room("/rooms/1"))


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


# --- what a client would fill in, though the name has it


def test_a_client_does_not_fill_in_a_parameter_of_the_pattern() -> None:
    """A positional parameter of that name is an error with the class, with the cure."""

    def declare() -> None:
        class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
            @on("connect")
            def join(self, room_id): ...

            @on("say")
            def say(self, text, room_id=None): ...

    first, second = problems_of(declare)
    assert str(first) == (
        "Room.join at '/rooms/<int:room_id>': the client would fill in 'room_id', a "
        "parameter of the pattern (write it after `*` to get the pattern's, or rename "
        "it)"
    )
    assert second.target == "Room.say"


def test_nor_one_of_the_prefix_that_the_table_puts_before() -> None:
    """The table looks too: a class without patterns knows none."""

    class Room(RoutedNamespace):
        @on("say")
        def say(self, team: str) -> None: ...

    problem = problem_of(
        lambda: RouteTable([Submount("/teams/<team>", [Route("/board", Room)])])
    )
    assert problem.target == "Room.say"
    assert problem.pattern == "/teams/<team>/board"
    assert "the client would fill in 'team'" in problem.problem
    RouteTable([Route("/rooms/<room>", Room)])


@pytest.mark.parametrize(
    "name, cure",
    [
        ("sid", "take self.sid instead"),
        ("environ", "take flask.request.environ instead"),
        ("namespace", "take self.namespace instead"),
    ],
)
def test_a_lifecycle_handler_gets_nothing_but_what_its_name_says(
    name: str, cure: str
) -> None:
    """`on_connect(self, sid)` would get the client's auth, and take it for a sid."""
    body: dict[str, object] = {}
    exec(f"def handle(self, {name}): ...", body)
    members = {"on_connect": body["handle"], "on_disconnect": body["handle"]}
    first, second = problems_of(lambda: type("Room", (RoutedNamespace,), members))
    assert first.problem == f"{name!r} would be the auth of the client"
    assert second.problem == f"{name!r} would be the reason of the client"
    assert first.hint == second.hint == cure
    type("Room", (RoutedNamespace,), {"on_say": body["handle"]})


def test_a_plain_class_keeps_its_names() -> None:
    """Flask-SocketIO calls a connect handler with the auth, whatever it calls it."""

    class Old(Namespace):  # type: ignore[misc]
        def on_connect(self, sid):
            return sid == "the auth"

        def on_say(self, x):
            return x

    client = inline_client(site(Route("/old/<x>", Old)))
    client.join("/old/1", "the auth")
    assert client.call("/old/1", "say", "hello") == "hello"


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
