"""A table says which routes a name almost matches, and what keeps it from them."""

from __future__ import annotations

import uuid

import pytest
from flask_socketio import Namespace
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter

from nsroute.routing import Pattern, Route, RouteTable
from nsroute.routing.nearest import _COMPARED as COMPARED
from tests.support.strategies import Spec, names, spec_lists

ID = uuid.UUID("6f1c2a3e-0b6e-4a6b-9c39-d0a9d3c9a111")


class Room(Namespace):
    pass


class Caps(BaseConverter):
    regex = "[A-Z]+"

    def to_python(self, value: str) -> str:
        return value.upper()


class Slug(BaseConverter):
    regex = "[a-z-]+"


TABLE = RouteTable(
    [
        Route("/rooms/<int:id>", Room),
        Route("/rooms/lobby", Room),
        Route("/users/<uuid:id>", Room),
        Route("/wiki/<path:page>/edit", Room),
        Route("/v<int:n>.json", Room),
        Route("/paint/<any(red, blue):color>/<float:size>", Room),
        Route("/café/<x>", Room),
        Route("/codes/<caps:code>", Room),
        Route("/slugs/<slug:text>", Room),
        Route("/teams/<name>/chat", Room),
        Route("/teams/<path:rest>", Room),
    ],
    converters={"caps": Caps, "slug": Slug},
)


@pytest.mark.parametrize(
    "text, name",
    [
        ("/rooms/042", "/rooms/42"),
        ("/rooms/+42", "/rooms/42"),
        ("/rooms/٤٢", "/rooms/42"),
        (f"/users/{str(ID).upper()}", f"/users/{ID}"),
        (f"/users/{ID.hex}", f"/users/{ID}"),
        ("/v01.json", "/v1.json"),
        ("/paint/red/1", "/paint/red/1.0"),
        ("/rooms/4_2", "/rooms/42"),
        ("/rooms/ 42", "/rooms/42"),
        ("/codes/abc", "/codes/ABC"),
    ],
)
def test_another_spelling_is_told_the_canonical_one(text: str, name: str) -> None:
    """A name whose values have another spelling is told how they are written."""
    nearest = TABLE.near(text)[0]
    assert nearest.name == name
    assert nearest.reason == f"it is written {name!r}"
    assert TABLE.match(name) is not None


DECODED = "nothing in it is percent-decoded"


@pytest.mark.parametrize(
    "text, name, reason",
    [
        ("/rooms/42/", "/rooms/42", "it ends in '/'"),
        ("//rooms/42", "/rooms/42", "a segment is empty"),
        ("/wiki/a//b/edit", "/wiki/a/b/edit", "a segment is empty"),
        ("rooms/042", "/rooms/42", "it does not start with '/'"),
        ("/Rooms/42/", "/rooms/42", "it ends in '/'; 'Rooms' is not 'rooms'"),
        ("/paint/RED/1", "/paint/red/1.0", "'RED' is not one of 'red', 'blue'"),
        (
            "/paint/ blue /1.5",
            "/paint/blue/1.5",
            "' blue ' is not one of 'red', 'blue'",
        ),
        ("/slugs/ABC", "/slugs/abc", "'ABC' is not what Slug takes"),
        ("/caf%C3%A9/x", "/café/x", DECODED),
        ("/rooms/42%20", "/rooms/42", DECODED),
    ],
)
def test_a_guess_is_not_told_as_another_spelling(
    text: str, name: str, reason: str
) -> None:
    """What only looks like a name is offered it, and told why it is none."""
    nearest = TABLE.near(text)[0]
    assert (nearest.name, nearest.reason) == (name, reason)


@pytest.mark.parametrize(
    "text, pattern, reason, name",
    [
        ("/romms/42", "/rooms/<int:id>", "'romms' is not 'rooms'", "/rooms/42"),
        ("/Rooms/42", "/rooms/<int:id>", "'Rooms' is not 'rooms'", "/rooms/42"),
        ("/rooms/x", "/rooms/<int:id>", "'x' is not a whole number from 0", None),
        ("/rooms", "/rooms/lobby", "it has too few segments", None),
        (
            "/rooms/1/2",
            "/rooms/<int:id>",
            "it has too many segments",
            "/rooms/1",
        ),
        (
            "/teams//chat",
            "/teams/<name>/chat",
            "a segment is empty; it has too few segments",
            None,
        ),
        (
            "/teams/red/",
            "/teams/<name>/chat",
            "it ends in '/'; it has too few segments",
            None,
        ),
        (
            "/teams/" + "x/" * 500,
            "/teams/<path:rest>",
            "it has more than 1000 characters; it ends in '/'",
            None,
        ),
        (
            "/wiki/a",
            "/wiki/<path:page>/edit",
            "it has too few segments",
            None,
        ),
        ("/v1.jso", "/v<int:n>.json", "'v1.jso' is not 'v<n>.json'", None),
        (
            "/rooms/" + "x" * 90,
            "/rooms/<int:id>",
            "'xxxxxxxxxxxx...xxxxxxxxxxxxx' is not a whole number from 0",
            None,
        ),
        (
            "/pant/green/1.5",
            "/paint/<any(red, blue):color>/<float:size>",
            "'pant' is not 'paint'; 'green' is not one of 'red', 'blue'",
            None,
        ),
        ("/codes/a1", "/codes/<caps:code>", "'a1' is not what Caps takes", None),
    ],
)
def test_a_near_miss_says_what_keeps_it(
    text: str, pattern: str, reason: str, name: str | None
) -> None:
    """A name that misses a route by little is told by what."""
    (miss,) = [miss for miss in TABLE.near(text) if miss.route.pattern == pattern]
    assert (miss.reason, miss.name) == (reason, name)


def test_the_nearest_comes_first() -> None:
    """Near misses are sorted by their distance, and only the first few given."""
    first, second, *_ = misses = TABLE.near("/rooms/Lobby")
    assert first.route.pattern == "/rooms/lobby"
    assert second.route.pattern == "/rooms/<int:id>"
    assert 0 < first.distance < second.distance
    assert TABLE.near("/rooms/Lobby", limit=1) == misses[:1]


@pytest.mark.parametrize(
    "text, patterns",
    [
        ("/rooms", ["/rooms/<int:id>", "/lobby"]),
        ("/boards/100", ["/boards/<int(max=99):b>", "/files/<int:f>"]),
        ("/api/rooms", ["/api/rooms/<int:id>", "/api/lobby"]),
        ("/rooms/42/x", ["/rooms/<int:id>", "/a/<b>/x", "/groups/<int:id>/x"]),
        ("/teams/red/chta", ["/teams/<name>/chat", "/teams/red"]),
        ("/room", ["/rooms", "/room/<int:id>"]),
    ],
)
def test_a_common_start_counts_for_more_than_looks(
    text: str, patterns: list[str]
) -> None:
    """A pattern that begins with the same segments is nearer than one that looks so."""
    table = RouteTable([Route(one, Room) for one in reversed(patterns)])
    found = [miss.route.pattern for miss in table.near(text)]
    assert found == [one for one in patterns if one in found]
    assert found[0] == patterns[0]


@pytest.mark.parametrize("text", ["/rooms/42", "/zzz/yyy", "/", "", "/" + "9" * 5000])
def test_a_match_and_a_stranger_miss_nothing(text: str) -> None:
    """A name that matches, and one that is like none, have no near misses."""
    assert TABLE.near(text) == []


def test_the_root_is_near_to_nothing_but_itself() -> None:
    """The pattern `/` is missed only by other spellings of it."""
    table = RouteTable([Route("/", Room)])
    (miss,) = table.near("//")
    assert (miss.name, miss.reason) == ("/", "a segment is empty")
    assert table.near("/x") == []


class Counting(BaseConverter):
    """Counts how many texts it is asked to read."""

    regex = "[a-z]+"
    read: int = 0

    def to_python(self, value: str) -> str:
        Counting.read += 1
        return value


@pytest.mark.parametrize("text", ["/areas/UP/1", "/" + "x" * 5000, "/x" * 2000])
def test_a_name_is_compared_with_a_bounded_number_of_routes(text: str) -> None:
    """Only the routes that begin most like it are compared with it in full."""
    patterns = [f"/area{number}/<counting:a>/x" for number in range(10 * COMPARED)]
    routes = [Route(pattern, Room) for pattern in patterns]
    table = RouteTable(routes, converters={"counting": Counting})
    Counting.read = 0
    assert len(table.near(text)) <= 5
    assert Counting.read <= 5 * COMPARED


@pytest.mark.parametrize(
    "text, pattern",
    [
        ("/zoo/7/ape", "/zoo/<int:number>/apes"),
        ("/zo/7/apes", "/zoo/<int:number>/apes"),
        ("/zoo/07/apes", "/zoo/<int:number>/apes"),
    ],
)
def test_the_nearest_route_is_found_among_many(text: str, pattern: str) -> None:
    """A slip at the start, in the middle or at the end is found all the same."""
    patterns = [f"/area{number}/<int:a>/x" for number in range(10 * COMPARED)]
    table = RouteTable([Route(one, Room) for one in [*patterns, pattern]])
    nearest = table.near(text)[0]
    assert (nearest.route.pattern, nearest.name) == (pattern, "/zoo/7/apes")


@given(spec_lists, st.one_of(names, st.text()))
def test_a_name_that_is_offered_is_one(specs: list[Spec], text: str) -> None:
    """Whatever is asked, a name that is offered matches the route's pattern."""
    unique = {Pattern.parse(spec.text).key: spec for spec in specs}.values()
    table = RouteTable([Route(spec.text, Room) for spec in unique])
    for miss in table.near(text):
        assert (
            miss.name is None
            or table.pattern_of(miss.route).match(miss.name) is not None
        )
        assert miss.reason
        assert 0 <= miss.distance < 1
