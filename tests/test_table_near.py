"""A table says which routes a name almost matches, and what keeps it from them."""

from __future__ import annotations

import uuid

import pytest
from flask_socketio import Namespace
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter

from nsroute.patterns import Pattern
from nsroute.table import Route, RouteTable
from tests.strategies import Spec, names, spec_lists

ID = uuid.UUID("6f1c2a3e-0b6e-4a6b-9c39-d0a9d3c9a111")


class Room(Namespace):
    pass


class Caps(BaseConverter):
    regex = "[A-Z]+"

    def to_python(self, value: str) -> str:
        return value.upper()


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
    ],
    converters={"caps": Caps},
)


@pytest.mark.parametrize(
    "text, name",
    [
        ("/rooms/042", "/rooms/42"),
        ("/rooms/+42", "/rooms/42"),
        ("/rooms/٤٢", "/rooms/42"),
        ("/rooms/42/", "/rooms/42"),
        ("//rooms/42", "/rooms/42"),
        ("rooms/42", "/rooms/42"),
        (f"/users/{str(ID).upper()}", f"/users/{ID}"),
        (f"/users/{ID.hex}", f"/users/{ID}"),
        ("/wiki/a//b/edit", "/wiki/a/b/edit"),
        ("/v01.json", "/v1.json"),
        ("/paint/RED/1", "/paint/red/1.0"),
        ("/paint/ blue /1.50", "/paint/blue/1.5"),
        ("/caf%C3%A9/x", "/café/x"),
        ("/codes/abc", "/codes/ABC"),
    ],
)
def test_another_spelling_is_told_the_canonical_one(text: str, name: str) -> None:
    """A name in another spelling is told how it is written."""
    nearest = TABLE.near(text)[0]
    assert nearest.name == name
    assert nearest.reason == f"it is written {name!r}"
    assert TABLE.match(name) is not None


@pytest.mark.parametrize(
    "text, pattern, reason, name",
    [
        ("/romms/42", "/rooms/<int:id>", "'romms' is not 'rooms'", "/rooms/42"),
        ("/Rooms/42", "/rooms/<int:id>", "'Rooms' is not 'rooms'", "/rooms/42"),
        ("/rooms/x", "/rooms/<int:id>", "'x' is not a whole number from 0", None),
        ("/rooms", "/rooms/lobby", "it has 1 segment, the pattern 2", None),
        ("/rooms/1/2", "/rooms/<int:id>", "it has 3 segments, the pattern 2", None),
        (
            "/wiki/a",
            "/wiki/<path:page>/edit",
            "it has 2 segments, the pattern at least 3",
            None,
        ),
        ("/v1.jso", "/v<int:n>.json", "'v1.jso' is not 'v<n>.json'", None),
        (
            "/rooms/" + "x" * 90,
            "/rooms/<int:id>",
            f"'{'x' * 60}…' is not a whole number from 0",
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


@pytest.mark.parametrize("text", ["/rooms/42", "/zzz/yyy", "/", "", "/" + "9" * 5000])
def test_a_match_and_a_stranger_miss_nothing(text: str) -> None:
    """A name that matches, and one that is like none, have no near misses."""
    assert TABLE.near(text) == []


def test_the_root_is_near_to_nothing_but_itself() -> None:
    """The pattern `/` is missed only by other spellings of it."""
    table = RouteTable([Route("/", Room)])
    (miss,) = table.near("//")
    assert (miss.name, miss.reason) == ("/", "it is written '/'")
    assert table.near("/x") == []


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
