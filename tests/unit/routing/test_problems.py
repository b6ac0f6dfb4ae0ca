"""What is wrong with the routes of a table is told at once, with the cure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pytest
from flask_socketio import Namespace

from nsroute.errors import ConflictError, RouteError
from nsroute.routing import Route, RouteTable, Submount
from tests.support.problems import problem_of, problems_of

SLASHES = "expected '/' before each segment, and no empty segment"
NO_MIDDLEWARE = (
    "middleware is a list of functions that are called with a dispatch and `proceed`, "
    "and 7 is not (write middleware=[audit] for def audit(dispatch, proceed))"
)


class Room(Namespace):
    pass


class Lobby(Namespace):
    pass


class Declared(Namespace):
    __nsroute_patterns__ = ("/d/<int:x>", "/e")


class Derived(Declared):
    pass


def inner(dispatch: object, proceed: Any) -> object:
    return proceed()


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
        f"'/a/': {SLASHES} (write '/a')",
        f"Lobby at '/a//bc': {SLASHES} (write '/c')",
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
    assert problem.problem == (
        f"{item!r} is no Route, Submount, RouteTable or class derived from "
        "flask_socketio.Namespace"
    )


def test_text_is_no_list_of_routes() -> None:
    """A pattern in the place of the routes is one problem, not one for each letter."""
    wrong: Any = "/rooms"
    problem = problem_of(lambda: RouteTable(wrong))
    assert problem.problem.startswith("'/rooms' is no Route, ")


@pytest.mark.parametrize("target", [Room("/x"), dict, "Room", None])
def test_a_target_is_a_namespace_class(target: Any) -> None:
    """A route leads to a class derived from Flask-SocketIO's Namespace."""
    problem = problem_of(lambda: RouteTable([Route("/x", target)]))
    assert problem.pattern == "/x"
    wanted = "the target is no class derived from flask_socketio.Namespace"
    assert problem.problem == wanted


def test_the_middleware_of_a_route_is_looked_at() -> None:
    """Middleware can be called."""
    wrong: Any = [inner, 7]
    problem = problem_of(lambda: RouteTable([Route("/x", Room, middleware=wrong)]))
    assert str(problem) == f"Room at '/x': {NO_MIDDLEWARE}"


def test_the_middleware_of_a_submount_is_looked_at() -> None:
    """What cannot be called is refused once, at the submount that has it."""
    wrong: Any = [7]
    problem = problem_of(
        lambda: RouteTable(
            [Submount("/s", [Route("/x", Room), Route("/y", Room)], middleware=wrong)]
        )
    )
    assert str(problem) == f"'/s': {NO_MIDDLEWARE}"


def test_middleware_takes_a_dispatch_and_proceed() -> None:
    """What cannot be called with the two, or is never awaited, is told how to be."""

    def one(dispatch: object) -> None:
        pass

    async def later(dispatch: object, proceed: Any) -> None:
        pass

    given: Any = [one, inner, later, max]
    problems = problems_of(lambda: RouteTable([Route("/x", Room, middleware=given)]))
    assert [(problem.target, problem.hint) for problem in problems] == [
        ("Room", "write middleware=[audit] for def audit(dispatch, proceed)"),
        ("Room", "define it with def, without yield"),
    ]
    assert "`proceed`, and <function" in problems[0].problem
    assert "is a coroutine" in problems[1].problem


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
