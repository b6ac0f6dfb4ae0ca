"""Routes, nested as one likes, become one table that leads names to classes."""

from __future__ import annotations

from typing import Any

from flask_socketio import Namespace
from werkzeug.routing import BaseConverter

from nsroute.routing import Match, Route, RouteTable, Submount, declared_patterns


class Room(Namespace):
    pass


class Lobby(Namespace):
    pass


class Declared(Namespace):
    __nsroute_patterns__ = ("/d/<int:x>", "/e")


class Derived(Declared):
    pass


class Slug(BaseConverter):
    regex = "[a-z-]+"


def outer(dispatch: object, proceed: Any) -> object:
    return proceed()


def middle(dispatch: object, proceed: Any) -> object:
    return proceed()


def inner(dispatch: object, proceed: Any) -> object:
    return proceed()


def found(table: RouteTable, name: str) -> Route:
    """Return the route of a name that has one."""
    match = table.match(name)
    assert match is not None
    return match.route


def test_a_route_leads_to_its_class() -> None:
    """A name leads to the class of the route that it matches, with its parameters."""
    route = Route("/rooms/<int:room>", Room, name="room")
    table = RouteTable([route])
    assert table.match("/rooms/42") == Match(route, {"room": 42})
    assert table.match("/rooms/x") is None
    assert (route.pattern, route.target, route.name) == (
        "/rooms/<int:room>",
        Room,
        "room",
    )
    assert (route.middleware, route.submount_middleware) == ((), ())
    assert route.declared == route.pattern


def test_a_table_has_a_length_and_a_readable_form() -> None:
    """A table counts its flattened routes, and says so."""
    table = RouteTable([Declared, Route("/", Room)])
    assert len(table) == len(list(table)) == 3
    assert repr(table) == "<RouteTable of 3 routes>"
    assert len(RouteTable([])) == 0


def test_a_class_brings_its_own_patterns() -> None:
    """A class stands in a table with each pattern that it declares itself."""
    table = RouteTable([Declared])
    assert found(table, "/d/1").target is found(table, "/e").target is Declared
    assert declared_patterns(Declared) == ("/d/<int:x>", "/e")
    assert declared_patterns(Derived) == declared_patterns(Room) == ()


def test_a_submount_puts_a_prefix_before_its_routes() -> None:
    """Prefixes are joined, `/` stands for the prefix itself, parameters are shared."""
    table = RouteTable(
        [
            Submount("/t", [Route("/", Lobby), Declared]),
            Submount("/<org>", [Submount("/b", [Route("/<int:room>", Room)])]),
            Submount("/", [Submount("/", [Route("/", Room), Route("/x", Room)])]),
        ]
    )
    assert {route.pattern: route.declared for route in table} == {
        "/": "/",
        "/t": "/",
        "/x": "/x",
        "/t/e": "/e",
        "/t/d/<int:x>": "/d/<int:x>",
        "/<org>/b/<int:room>": "/<int:room>",
    }
    assert table.match("/acme/b/7") == Match(
        Route("/<org>/b/<int:room>", Room), {"org": "acme", "room": 7}
    )


def test_middleware_of_submounts_is_kept_apart() -> None:
    """A route has its own middleware and that of its submounts, outermost first."""
    table = RouteTable(
        [
            Submount(
                "/a",
                [
                    Submount(
                        "/b",
                        [Route("/", Room, middleware=[inner])],
                        middleware=[middle],
                    )
                ],
                middleware=[outer],
            ),
            Submount("/", [Route("/c", Room)], middleware=[outer]),
        ]
    )
    route = found(table, "/a/b")
    assert route.submount_middleware == (outer, middle)
    assert route.middleware == (inner,)
    assert found(table, "/c").submount_middleware == (outer,)


def test_a_table_may_stand_in_another() -> None:
    """A table brings its routes, its converters and its submounts' middleware along."""
    tenant = RouteTable(
        [Submount("/t", [Route("/<slug:x>", Room)], middleware=[inner])],
        converters={"slug": Slug},
    )
    table = RouteTable([Submount("/o", [tenant], middleware=[outer]), tenant])
    assert table.match("/t/a-b") == Match(Route("/t/<slug:x>", Room), {"x": "a-b"})
    route = found(table, "/o/t/a-b")
    assert route.submount_middleware == (outer, inner)
    assert (route.pattern, route.declared) == ("/o/t/<slug:x>", "/<slug:x>")


def test_a_table_may_be_given_as_the_routes_of_another() -> None:
    """A table in the place of a list of routes keeps its converters."""
    inside = RouteTable([Route("/<slug:x>", Room)], converters={"slug": Slug})
    for table in (RouteTable(inside), RouteTable([Submount("/", inside)])):
        assert table.match("/a-b") == Match(Route("/<slug:x>", Room), {"x": "a-b"})
        assert table.match("/A") is None


def test_any_iterable_of_routes_will_do() -> None:
    """Routes are read once, so that a generator may give them."""
    submount = Submount("/s", (Route(f"/{name}", Room) for name in "ab"))
    table = RouteTable(route for route in [submount, Route("/c", Room)])
    assert [route.pattern for route in table] == ["/c", "/s/a", "/s/b"]
    assert len(RouteTable([submount])) == 2


def test_one_route_needs_no_list() -> None:
    """A single route or class is taken for a list of one."""
    one: Any = Declared
    assert len(RouteTable(one)) == 2


def test_the_compiled_pattern_of_a_route_is_at_hand() -> None:
    """A table gives the pattern behind each of its routes."""
    table = RouteTable([Submount("/<org>", [Route("/<int:room>", Room)])])
    (route,) = table
    assert [param.name for param in table.pattern_of(route).params] == ["org", "room"]
