"""Routes, and the classes they lead to."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias, cast

import attrs

from nsroute.arguments import Middleware, middleware_tuple, takes
from nsroute.errors import ConflictError, RouteError, name_of, place_of
from nsroute.routing.patterns import Pattern


class SocketNamespace(Protocol):
    """What routing knows of `flask_socketio.Namespace`, which it does not import."""

    def trigger_event(self, event: Any, *args: Any) -> Any:
        """Handle an event."""


Target: TypeAlias = type[SocketNamespace]
"""A class derived from `flask_socketio.Namespace`."""
Factory: TypeAlias = Target | partial[Any]
"""What makes its objects: the class, or a `functools.partial` of it."""


def one_list(given: Sequence[object], name: str) -> None:
    """Refuse routes that are given one by one."""
    if given:
        raise RouteError("the routes are one list", hint=f"write {name}([Room, Board])")


@attrs.frozen(init=False)
class Route:
    """A pattern that leads to a class."""

    pattern: str
    """The pattern, such as `/rooms/<int:room_id>`; in a table, with all prefixes."""
    target: Target
    """The class that serves the names that match."""
    name: str | None = attrs.field(kw_only=True)
    """The name by which `namespace_for` finds it."""
    middleware: tuple[Middleware, ...] = attrs.field(kw_only=True)
    """What wraps each dispatch on this route, outermost first."""
    submount_middleware: tuple[Middleware, ...] = attrs.field(
        kw_only=True, eq=False, repr=False
    )
    """The middleware of the submounts around it, outermost first; set by the table."""
    declared: str = attrs.field(kw_only=True, eq=False, repr=False)
    """The pattern as the route or the class spells it; set by the table."""
    factory: Factory = attrs.field(kw_only=True, eq=False, repr=False)
    """What is called with a name to make the object of it."""
    place: str | None = attrs.field(kw_only=True, eq=False, repr=False)
    """The file and the line that it was written in."""

    def __init__(
        self,
        pattern: str,
        target: Factory,
        *,
        name: str | None = None,
        middleware: Iterable[Middleware] = (),
        submount_middleware: tuple[Middleware, ...] = (),
        declared: str | None = None,
        factory: Factory | None = None,
        place: str | None = None,
    ) -> None:
        """Lead a pattern to a class, or to a `functools.partial` of one."""
        cast("Any", self).__attrs_init__(
            pattern,
            class_of(target),
            name=name,
            middleware=middleware_tuple(middleware, qualified(class_of(target))),
            submount_middleware=submount_middleware,
            declared=pattern if declared is None else declared,
            factory=target if factory is None else factory,
            place=_caller() if place is None else place,
        )

    def __str__(self) -> str:
        return f"{qualified(self.target)} at {self.pattern!r}"


def _caller() -> str | None:
    """Return the file and the line in which a route is written."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals is globals():
        frame = frame.f_back
    return None if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def class_of(factory: Factory) -> Target:
    """Return the class whose objects something makes; what is no partial as it is."""
    return cast("Target", factory.func) if isinstance(factory, partial) else factory


@attrs.frozen
class BoundRoute:
    """A route of a table with its compiled pattern."""

    route: Route
    pattern: Pattern


def is_target(item: object) -> bool:
    """Return whether an item is a class derived from `flask_socketio.Namespace`."""
    return isinstance(item, type) and any(
        base.__name__ == "Namespace"
        and base.__module__.partition(".")[0] == "flask_socketio"
        for base in item.__mro__
    )


def target_problems(route: Route) -> Iterator[RouteError]:
    """Find why no object of a route's target can serve a name."""
    target: object = route.target
    if not is_target(target):
        yield RouteError(
            "the target is no class derived from flask_socketio.Namespace",
            hint=_target_cure(route),
        )
    elif inspect.isabstract(target):
        missing = ", ".join(sorted(cast("Any", target).__abstractmethods__))
        cure = f"route a class that defines {missing}"
        yield RouteError("an abstract class has no objects", hint=cure)
    elif not takes(route.factory, 1):
        yield RouteError(
            "an object is made with its namespace alone, which __init__ does not take",
            hint=_constructor_cure(route),
        )


def swapped(route: Route) -> RouteError:
    """Return the error for a route whose pattern is a class."""
    target, cls = route.target, qualified(route.pattern)
    return RouteError(
        "the pattern comes first, then the class",
        target=cls,
        hint=f"write Route({target!r}, {cls})",
        place=route.place,
    )


def cure_of(item: Any) -> str | None:
    """Return what to write instead of an item that is no route."""
    match item:
        case str():
            return f"write Route({item!r}, Room)"
        case (str(text), type() as cls):
            return f"write Route({text!r}, {cls.__name__})"
        case list() | tuple():
            return "write the routes in one list, or in a Submount"
        case _ if is_target(item.__class__):
            return f"write the class, {item.__class__.__name__}, and no object of it"
        case type() if any(b.__module__ == "socketio.namespace" for b in item.__mro__):
            return "import Namespace from flask_socketio, and not from socketio"
        case _:
            return None


def _target_cure(route: Route) -> str:
    target: Any = route.target
    if isinstance(target, list | tuple):
        return "write a Route for each class, or a Submount for several routes"
    known = None if isinstance(target, str) else cure_of(target)
    return known or "write class Room(RoutedNamespace), and Route(pattern, Room)"


def _constructor_cure(route: Route) -> str:
    """Return how to make the objects of a class that asks for other arguments."""
    kind = inspect.Parameter
    rest, by_place = (kind.VAR_POSITIONAL, kind.VAR_KEYWORD), kind.POSITIONAL_OR_KEYWORD
    asked = [
        one
        for one in inspect.signature(route.factory).parameters.values()
        if one.default is one.empty and one.kind not in rest
    ]
    names = [one.name for one in asked]
    placed = [one.name for one in asked if one.kind is by_place]
    if names in ([], ["namespace"]):
        return "write def __init__(self, namespace), and pass it to super().__init__"
    # The namespace comes behind what a partial gives by place.
    name_of_it = "namespace" if "namespace" in names else next(iter(placed), "")
    before = placed[: placed.index(name_of_it)] if name_of_it in placed else []
    after = [f"{one}=…" for one in names if one not in (*before, name_of_it)]
    needed = ", ".join([*before, *after])
    name = qualified(route.target)
    return f"write Route({route.pattern!r}, functools.partial({name}, {needed}))"


def declared_patterns(target: Factory) -> tuple[str, ...]:
    """Return the patterns that a class declares for itself, not those of its bases."""
    return tuple(vars(class_of(target)).get("__nsroute_patterns__", ()))


def qualified(target: object) -> str:
    """Return the name of a class for messages."""
    return name_of(target) if isinstance(target, type) else repr(target)


def conflicts(bound: Sequence[BoundRoute]) -> Iterator[RouteError]:
    """Find the routes that conflict with each other, or with their classes."""
    patterns: dict[Hashable, BoundRoute] = {}
    names: dict[str | None, BoundRoute] = {}
    for one in bound:
        first = patterns.setdefault(one.pattern.key, one)
        if first is not one:
            yield _conflict("two routes match the same names", first, one)
        name = one.route.name
        first = one if name is None else names.setdefault(name, one)
        if first.route.target is not one.route.target:
            yield _conflict(f"the name {name!r} leads to two classes", first, one)
        # A class may check the names of the parameters, and the pattern it declared.
        check = getattr(one.route.target, "__nsroute_check__", None)
        if check is not None:
            for problem in check(one.pattern.names, one.route.declared):
                problem.pattern = problem.pattern or one.pattern.text
                yield problem


def _conflict(problem: str, first: BoundRoute, second: BoundRoute) -> ConflictError:
    text, target = second.pattern.text, qualified(second.route.target)
    place = second.route.place or place_of(second.route.target)
    parties = {"first": str(first.route), "second": str(second.route)}
    return ConflictError(problem, text, target, place=place, **parties)
