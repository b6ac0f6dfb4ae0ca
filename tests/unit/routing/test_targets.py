"""What is mixed up in a table, or can make no objects, is told with its cure."""

from __future__ import annotations

import abc
import inspect
from functools import partial
from typing import Any

import pytest
from flask_socketio import Namespace

from nsroute import MetaRouter
from nsroute.routing import Route, RouteTable, Submount
from tests.support.problems import problem_of


class Room(Namespace):
    pass


class Derived(Room):
    pass


def found(table: RouteTable, name: str) -> Route:
    """Return the route of a name that has one."""
    match = table.match(name)
    assert match is not None
    return match.route


@pytest.mark.parametrize(
    "item, cure",
    [
        (5, None),
        (dict, None),
        ("/rooms", "write Route('/rooms', Room)"),
        (("/rooms", Room), "write Route('/rooms', Room)"),
        ([Route("/a", Room)], "write the routes in one list, or in a Submount"),
        (Room("/x"), "write the class, Room, and no object of it"),
    ],
)
def test_what_is_no_route_is_told_how_to_be_one(item: Any, cure: str | None) -> None:
    """The cure is for what it is likely meant to be."""
    assert problem_of(lambda: RouteTable([item])).hint == cure


def test_routes_are_one_list() -> None:
    """Classes one by one are not the options of a router."""
    for table in RouteTable, MetaRouter:
        wrong: Any = table
        problem = problem_of(lambda wrong=wrong: wrong(Room, Derived))
        assert str(problem) == (
            f"the routes are one list (write {table.__name__}([Room, Board]))"
        )


def test_a_pattern_comes_before_its_class() -> None:
    """Swapped, they are one problem, which says so."""
    wrong: Any = Room
    problem = problem_of(lambda: RouteTable([Route(wrong, "/rooms/<int:id>")]))  # type: ignore[arg-type]
    assert str(problem) == (
        "Room: the pattern comes first, then the class "
        "(write Route('/rooms/<int:id>', Room))"
    )


@pytest.mark.parametrize(
    "target, cure",
    [
        (Room("/x"), "write the class, Room, and no object of it"),
        ([Room], "write a Route for each class, or a Submount for several routes"),
        (dict, "write class Room(RoutedNamespace), and Route(pattern, Room)"),
        ("Room", "write class Room(RoutedNamespace), and Route(pattern, Room)"),
    ],
)
def test_what_is_no_target_is_told_how_to_be_one(target: Any, cure: str) -> None:
    """The cure is for what it is likely meant to be."""
    assert problem_of(lambda: RouteTable([Route("/x", target)])).hint == cure


class Stock(Namespace):
    def __init__(self, prices: object, namespace: str) -> None:
        super().__init__(namespace)
        self.prices = prices


class Named(Namespace):
    def __init__(self, name: str, prices: object) -> None:
        super().__init__(name)
        self.prices = prices


class Careless(Namespace):
    def __init__(self) -> None:
        super().__init__("/careless")


class Keyword(Namespace):
    def __init__(self, *, namespace: str, **more: object) -> None:
        super().__init__(namespace)


class Later(Namespace):
    def __init__(self, namespace: str, first: int, second: int, *rest: int) -> None:
        super().__init__(namespace)


class Abstract(Namespace, abc.ABC):
    @abc.abstractmethod
    def on_say(self) -> None: ...

    @abc.abstractmethod
    def prices(self) -> None: ...


OWN = "write def __init__(self, namespace), and pass it to super().__init__"


@pytest.mark.parametrize(
    "target, problem, cure",
    [
        (Stock, "alone", "write Route('/x', functools.partial(Stock, prices))"),
        (Named, "alone", "write Route('/x', functools.partial(Named, prices=…))"),
        (Careless, "alone", OWN),
        (Keyword, "alone", OWN),
        (
            Later,
            "alone",
            "write Route('/x', functools.partial(Later, first=…, second=…))",
        ),
        (
            partial(Later, first=1),
            "alone",
            "write Route('/x', functools.partial(Later, second=…))",
        ),
        (Abstract, "abstract", "route a class that defines on_say, prices"),
    ],
)
def test_an_object_can_be_made_with_its_name(
    target: Any, problem: str, cure: str
) -> None:
    """Otherwise the table would be built, and each client refused."""
    found = problem_of(lambda: RouteTable([Route("/x", target)]))
    assert problem in found.problem
    assert found.hint == cure
    assert found.target == getattr(target, "func", target).__name__


def test_a_partial_of_a_class_is_a_target() -> None:
    """`namespace_for` and the table know it by its class."""
    made = partial(Stock, {"ABC": 1})
    table = RouteTable([Route("/stock/<s>", made)])
    route = found(table, "/stock/ABC")
    assert route.target is Stock
    assert route.factory is made
    assert table.namespace_for(Stock, s="ABC") == "/stock/ABC"
    assert str(route) == "Stock at '/stock/<s>'"
    nested = RouteTable([Submount("/a", [table])])
    assert found(nested, "/a/stock/ABC").factory is made


def test_a_partial_of_a_class_with_patterns_stands_by_itself() -> None:
    """Like the class."""
    made = partial(Declaring, 5)
    table = RouteTable([made])
    assert found(table, "/declaring/1").factory is made


class Declaring(Namespace):
    __nsroute_patterns__ = ("/declaring/<int:n>",)

    def __init__(self, number: int, namespace: str) -> None:
        super().__init__(namespace)


def test_a_problem_says_where_its_route_is_written() -> None:
    """As a note, which a traceback shows."""
    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    wrong = Route("/x/<itn:x>", Room)
    problem = problem_of(lambda: RouteTable([Submount("/a", [wrong])]))
    assert problem.place == f"{__file__}:{line}"
    assert problem.__notes__ == [f"declared at {problem.place}"]
    declared = problem_of(lambda: RouteTable([Wrong]))
    assert declared.place == f"{__file__}:{inspect.getsourcelines(Wrong)[1]}"


class Wrong(Namespace):
    __nsroute_patterns__ = ("/x/<itn:x>",)


@pytest.mark.parametrize(
    "cured",
    [partial(Stock, 1), partial(Named, prices=1), partial(Later, first=1, second=2)],
    ids=["by place", "by name", "behind it"],
)
def test_what_the_cure_says_makes_an_object(cured: Any) -> None:
    """With the namespace behind what is given by place."""
    [route] = RouteTable([Route("/x", cured)])
    made: Any = route.factory
    assert made("/x").namespace == "/x"
