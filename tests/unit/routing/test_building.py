"""`namespace_for` gives the name that leads back to the route, or says why not."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import Namespace
from hypothesis import given
from hypothesis import strategies as st

from nsroute.errors import BuildError
from nsroute.routing import Pattern, Route, RouteTable, Submount
from tests.support.strategies import Spec, spec_lists, values_for


class Room(Namespace):
    pass


class Lobby(Namespace):
    pass


class User(Namespace):
    __nsroute_patterns__ = ("/users/<int:id>", "/users/<int:id>/<tab>", "/me")


TABLE = RouteTable(
    [
        Route("/rooms/lobby", Lobby),
        Route("/rooms/<name>", Room, name="room"),
        Submount("/<org>", [Route("/rooms/<int:number>", Room, name="numbered")]),
        User,
        Route("/any/<int(max=9):n>", Room, name="sized"),
        Route("/all/<int:n>", Room, name="sized"),
    ]
)


@pytest.mark.parametrize(
    "target, params, name",
    [
        (Lobby, {}, "/rooms/lobby"),
        (Room, {"name": "x"}, "/rooms/x"),
        ("room", {"name": "x"}, "/rooms/x"),
        ("numbered", {"org": "a", "number": 7}, "/a/rooms/7"),
        (Room, {"org": "a", "number": "7"}, "/a/rooms/7"),
        (User, {}, "/me"),
        (User, {"id": 7}, "/users/7"),
        (User, {"tab": "x", "id": 7}, "/users/7/x"),
        ("sized", {"n": 7}, "/any/7"),
        ("sized", {"n": 70}, "/all/70"),
    ],
)
def test_a_class_or_a_route_name_gives_a_name(
    target: Any, params: dict[str, object], name: str
) -> None:
    """The first pattern that has these parameters and takes their values builds."""
    assert TABLE.namespace_for(target, **params) == name


@pytest.mark.parametrize(
    "target, params, expected",
    [
        ("rom", {}, "no route leads to 'rom' (did you mean 'room'?)"),
        ("zzz", {}, "no route leads to 'zzz'"),
        (Namespace, {}, "no route leads to Namespace"),
        (
            "room",
            {},
            "Room: cannot build '/rooms/<name>': expected the parameters",
        ),
        ("room", {"name": ""}, "'name' is '', which is not text of one segment"),
        ("room", {"name": "a,b"}, "'name' is 'a,b'"),
        ("room", {"x": 1}, "expected the parameters name, got x"),
        ("sized", {"n": -1}, "cannot build '/any/<int(max=9):n>': 'n' is -1"),
        (User, {"idd": 7}, "expected the parameters id, got idd"),
        (User, {"tab": "x"}, "expected the parameters id, tab, got tab"),
        (User, {"tab": "x"}, "cannot build '/me': expected the parameters none"),
        (
            "sized",
            {},
            "Room: cannot build '/any/<int(max=9):n>': expected the parameters n, got",
        ),
    ],
)
def test_what_cannot_be_built_says_why(
    target: Any, params: dict[str, object], expected: str
) -> None:
    """An unknown target, other parameters and unfit values are told apart."""
    with pytest.raises(BuildError) as caught:
        TABLE.namespace_for(target, **params)
    assert expected in str(caught.value)


def test_a_name_that_leads_elsewhere_is_not_built() -> None:
    """A name that a more specific route takes is refused, with that route."""
    with pytest.raises(BuildError) as caught:
        TABLE.namespace_for(Room, name="lobby")
    assert str(caught.value) == (
        "Room: cannot build '/rooms/<name>': '/rooms/lobby' leads to Lobby at "
        "'/rooms/lobby'"
    )


def test_parameters_may_have_any_name() -> None:
    """No parameter of a pattern is in the way of those of the method."""
    table = RouteTable([Route("/<self>/<target>/<params>", Room)])
    values = {"self": "a", "target": "b", "params": "c"}
    assert table.namespace_for(Room, **values) == "/a/b/c"


@given(st.data(), spec_lists)
def test_what_is_built_leads_to_the_route_with_the_values(
    data: st.DataObject, specs: list[Spec]
) -> None:
    """A built name matches its own route with the values given, or is refused."""
    unique = {Pattern.parse(spec.text).key: spec for spec in specs}.values()
    table = RouteTable(
        [Route(spec.text, Room, name=f"r{n}") for n, spec in enumerate(unique)]
    )
    route = data.draw(st.sampled_from(list(table)))
    (spec,) = (spec for spec in unique if spec.text == route.pattern)
    values = data.draw(values_for(spec))
    assert route.name is not None
    try:
        name = table.namespace_for(route.name, **values)
    except BuildError as error:
        assert "leads to Room at" in str(error)  # noqa: PT017 - either is right
        return
    match = table.match(name)
    assert match is not None
    assert match.route is route
    assert match.params == values


def test_what_was_likely_meant_is_told() -> None:
    """The name of a route, or a class, whatever its case."""
    table = RouteTable([Route("/rooms/<int:x>", Room, name="chat")])
    for wrong, meant in (("chta", "'chat'"), ("room", "the class Room")):
        with pytest.raises(BuildError) as caught:
            table.namespace_for(wrong, x=1)
        told = f"no route leads to {wrong!r} (did you mean {meant}?)"
        assert str(caught.value) == told
