"""Routes, nested as one likes, become one table; what is wrong is told at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pytest
from flask_socketio import Namespace
from werkzeug.routing import BaseConverter

from nsroute.errors import ConflictError, RouteError
from nsroute.table import Match, Route, RouteTable, Submount, declared_patterns
from tests.problems import problem_of, problems_of


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
    """Give the route of a name that has one."""
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
    """A route tells its own middleware and that of its submounts, outermost first."""
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


# --- what is refused ------------------------------------------------------------------


def test_a_wrong_pattern_names_the_pattern_and_the_class() -> None:
    """A problem of a pattern names it with its prefixes, and the class."""
    problem = problem_of(lambda: RouteTable([Submount("/t", [Route("/<it:x>", Room)])]))
    assert (problem.pattern, problem.target) == ("/t/<it:x>", "Room")
    assert "unknown converter 'it'" in problem.problem
    problem = problem_of(lambda: RouteTable([Route(5, Room)]))  # type: ignore[arg-type]
    assert str(problem) == "Room at '5': a pattern is text"


def test_a_wrong_prefix_is_told_once() -> None:
    """A problem of a prefix is told once; its routes are still looked at."""
    problems = problems_of(
        lambda: RouteTable(
            [
                Submount(
                    "/a/", [Route("/", Room), Submount("/b", [Route("c", Lobby)])]
                ),
                Submount("/<x>", [Submount("/<x>", [Route("/", Room)])]),
            ]
        )
    )
    assert [str(problem) for problem in problems] == [
        "'/a/': it ends in '/', which no name does (write '/a')",
        "Lobby at '/bc': it must start with '/' (write '/c')",
        "'/<x>/<x>': the parameter 'x' stands in it more than once",
    ]


def test_a_prefix_and_a_pattern_must_fit() -> None:
    """What is wrong only with the whole pattern is told of the whole pattern."""
    problem = problem_of(lambda: RouteTable([Submount("/<x>", [Route("/<x>", Room)])]))
    assert str(problem) == (
        "Room at '/<x>/<x>': the parameter 'x' stands in it more than once"
    )


def test_a_class_without_a_pattern_is_told_the_cure() -> None:
    """A class that declares nothing cannot stand bare in a table."""
    for target in (Room, Derived):
        problem = problem_of(lambda target=target: RouteTable([target]))
        assert problem.target == target.__name__
        assert problem.problem == "the class declares no pattern"
        assert problem.hint is not None
        assert f"Route(…, {target.__name__})" in problem.hint


@pytest.mark.parametrize("item", [5, "/rooms", None, dict, Room("/x")])
def test_what_is_no_route_is_refused(item: Any) -> None:
    """A table refuses what it cannot hold, and says what it can."""
    problem = problem_of(lambda: RouteTable([item]))
    assert problem.problem.startswith("a route table holds Route, Submount, RouteTable")
    hint = "give the class Room, not an object of it"
    assert problem.hint == (hint if isinstance(item, Namespace) else None)


def test_text_is_no_list_of_routes() -> None:
    """A pattern in the place of the routes is one problem, not one for each letter."""
    wrong: Any = "/rooms"
    problem = problem_of(lambda: RouteTable(wrong))
    assert problem.problem.endswith("got '/rooms'")


@pytest.mark.parametrize("target", [Room("/x"), dict, "Room", None])
def test_a_target_is_a_namespace_class(target: Any) -> None:
    """A route leads to a class derived from Flask-SocketIO's Namespace."""
    problem = problem_of(lambda: RouteTable([Route("/x", target)]))
    assert problem.pattern == "/x"
    wanted = "the target is no class derived from flask_socketio.Namespace"
    assert problem.problem == wanted
    hint = "give the class Room, not an object of it"
    assert problem.hint == (hint if isinstance(target, Namespace) else None)


def test_names_and_middleware_are_looked_at() -> None:
    """A name is text, and middleware can be called."""
    wrong: Any = {"name": 5, "middleware": [inner, 7]}
    problems = problems_of(
        lambda: RouteTable([Route("/x", Room, **wrong), Route("/y", Room, name="")])
    )
    assert [str(problem) for problem in problems] == [
        "Room at '/x': the name is 5: expected text or None",
        "Room at '/x': the middleware 7 cannot be called",
        "Room at '/y': the name is '': expected text or None",
    ]


def test_the_middleware_of_a_submount_is_looked_at() -> None:
    """What cannot be called is refused once, at the submount that has it."""
    wrong: Any = [7]
    problem = problem_of(
        lambda: RouteTable(
            [Submount("/s", [Route("/x", Room), Route("/y", Room)], middleware=wrong)]
        )
    )
    assert str(problem) == "'/s': the middleware 7 cannot be called"


def test_wrong_converters_are_problems_of_the_table() -> None:
    """A converter of another kind is told beside the other problems."""
    wrong: Any = {"slug": int}
    problems = problems_of(
        lambda: RouteTable([Route("/<slug:x>", Room)], converters=wrong)
    )
    assert problems[0].problem.startswith("the converter 'slug' is <class 'int'>")
    assert "unknown converter 'slug'" in problems[1].problem


@pytest.mark.parametrize(
    "first, second",
    [
        ("/x", "/x"),
        ("/<a>/<int:b>", "/<c>/<int:d>"),
        ("/<any(a, b):x>", "/<any(b, a):x>"),
    ],
)
def test_equal_patterns_are_a_conflict_of_two_parties(first: str, second: str) -> None:
    """Two patterns that match the same names are refused, with both parties."""
    conflict = problem_of(
        lambda: RouteTable([Route(first, Room), Route(second, Lobby)])
    )
    assert isinstance(conflict, ConflictError)
    assert conflict.first == f"Room at {first!r}"
    assert conflict.second == f"Lobby at {second!r}"
    assert (conflict.pattern, conflict.target) == (second, "Lobby")
    assert conflict.problem == "two routes match the same names"


def test_each_further_party_of_a_conflict_meets_the_first() -> None:
    """Of three equal patterns, two conflict with the first."""
    problems = problems_of(
        lambda: RouteTable(
            [Declared, Route("/e", Room), Submount("/e", [Route("/", Lobby)])]
        )
    )
    parties = [(p.first, p.second) for p in problems if isinstance(p, ConflictError)]
    assert parties == [
        ("Declared at '/e'", "Room at '/e'"),
        ("Declared at '/e'", "Lobby at '/e'"),
    ]


def test_a_name_leads_to_one_class() -> None:
    """A route name may stand for several patterns of one class, not of two."""
    routes = [Route("/a", Room, name="x"), Route("/b/<y>", Room, name="x")]
    assert len(RouteTable(routes)) == 2
    conflict = problem_of(lambda: RouteTable([*routes, Route("/c", Lobby, name="x")]))
    assert isinstance(conflict, ConflictError)
    assert conflict.problem == "the name 'x' leads to two classes"
    assert (conflict.first, conflict.second) == ("Room at '/a'", "Lobby at '/c'")


def test_a_class_may_object_to_its_patterns() -> None:
    """A class is asked about each pattern, and its objections are problems."""

    class Strict(Namespace):
        asked: ClassVar[list[tuple[frozenset[str], str]]] = []

        @classmethod
        def __nsroute_check__(
            cls, names: frozenset[str], declared: str
        ) -> Iterable[RouteError]:
            cls.asked.append((names, declared))
            if "id" not in names:
                yield RouteError("no id", target="Strict.join")
                yield RouteError("no id", pattern="/mine")

    problems = problems_of(
        lambda: RouteTable(
            [Submount("/<x>", [Route("/<id>", Strict), Route("/", Strict)])]
        )
    )
    assert Strict.asked == [({"x", "id"}, "/<id>"), ({"x"}, "/")]
    assert [problem.pattern for problem in problems] == ["/<x>", "/mine"]


def test_all_problems_of_a_table_are_told_together() -> None:
    """One build reports every problem, each with its pattern and its class."""
    problems = problems_of(
        lambda: RouteTable(
            [
                Route("x", Room),
                Route("/y", Room),
                Route("/y", Lobby),
                Lobby,
                Route("/<a", Room),
            ]
        )
    )
    assert [(problem.pattern, problem.target) for problem in problems] == [
        ("x", "Room"),
        (None, "Lobby"),
        ("/<a", "Room"),
        ("/y", "Lobby"),
    ]
