"""Routes as they are written, nested as one likes -> a flat list of them, compiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, Union, cast

import attrs
from flask_socketio import Namespace

from nsroute.dispatch.middleware import Middleware, middleware_problems
from nsroute.errors import RouteError, name_of
from nsroute.patterns import Pattern
from nsroute.patterns.segments import SegmentReader

__all__ = [
    "Placed",
    "Placements",
    "Routable",
    "Route",
    "Submount",
    "declared_patterns",
    "described",
    "flatten",
    "listed",
    "qualified",
]

Routable: TypeAlias = Union["Route", "Submount", "Placements", type[Namespace]]


# Not `tuple` itself, of which mypy cannot tell what it takes.
def _in_order(middleware: Iterable[Middleware]) -> tuple[Middleware, ...]:
    return tuple(middleware)


@attrs.frozen
class Route:
    """A pattern that leads to a class."""

    pattern: str
    """The pattern, such as `/rooms/<int:room_id>`; in a table, with all prefixes."""
    target: type[Namespace]
    """The class that serves the names that match."""
    name: str | None = attrs.field(default=None, kw_only=True)
    """The name by which `namespace_for` finds it."""
    middleware: tuple[Middleware, ...] = attrs.field(
        default=(), converter=_in_order, kw_only=True
    )
    """What wraps each dispatch on this route, outermost first."""
    submount_middleware: tuple[Middleware, ...] = attrs.field(
        default=(), kw_only=True, eq=False, repr=False
    )
    """The middleware of the submounts around it, outermost first; set by the table."""
    declared: str = attrs.field(
        default=attrs.Factory(lambda self: self.pattern, takes_self=True),
        kw_only=True,
        eq=False,
        repr=False,
    )
    """The pattern as the route or the class spells it; set by the table."""


@attrs.frozen
class Placed:
    """A route of a table with its compiled pattern."""

    route: Route
    pattern: Pattern


class Placements:
    """Routes that are compiled already: what one table takes over from another."""

    placed: tuple[Placed, ...]
    """The flattened routes in the order in which they were declared."""


def listed(routes: Iterable[Routable]) -> tuple[Routable, ...]:
    """Give routes as a tuple; one item that is no list is a list of one."""
    given = cast("object", routes)
    # The routes of a table without the table would have lost its converters.
    if isinstance(given, str | Placements) or not isinstance(given, Iterable):
        return (cast("Routable", given),)
    return tuple(routes)


@attrs.frozen
class Submount:
    """Routes under a prefix: `Submount("/t", [Route("/", X)])` is `/t`."""

    prefix: str
    """A pattern, which may have parameters of its own."""
    routes: Iterable[Routable] = attrs.field(converter=listed)
    """What stands under the prefix."""
    middleware: tuple[Middleware, ...] = attrs.field(
        default=(), converter=_in_order, kw_only=True
    )
    """What wraps each dispatch on these routes, outermost first."""


def declared_patterns(target: type[Namespace]) -> tuple[str, ...]:
    """Give the patterns that a class declares for itself, not those of its bases."""
    return tuple(vars(target).get("__nsroute_patterns__", ()))


@attrs.frozen
class _Scope:
    """Where routes stand: under which prefix, inside which middleware."""

    prefix: Pattern
    middleware: tuple[Middleware, ...] = ()
    sound: bool = True

    def inner(self, prefix: Pattern, submount: Submount, sound: bool) -> _Scope:
        return _Scope(prefix, self.middleware + submount.middleware, sound)


class _Flattening:
    """Routes on their way into a table; what is wrong is collected."""

    def __init__(self, reader: SegmentReader) -> None:
        self.reader = reader
        self.problems: list[RouteError] = [*reader.problems]
        self.placed: list[Placed] = []

    def add(self, routes: Iterable[object], scope: _Scope) -> None:
        for item in routes:
            match item:
                case Route():
                    self._add_route(item, scope)
                case Submount():
                    self._add_submount(item, scope)
                case Placements():
                    for placed in item.placed:
                        self._place(placed.route, placed.pattern, scope)
                case type() if issubclass(item, Namespace):
                    self._add_class(item, scope)
                case _:
                    self._refuse(item)

    def _add_route(self, route: Route, scope: _Scope) -> None:
        problems: list[RouteError] = []
        pattern = Pattern.read(route.pattern, self.reader, problems)
        problems += _faults(route)
        for problem in problems:
            problem.pattern = pattern.under(scope.prefix).text
            problem.target = qualified(route.target)
        self.problems += problems
        if not problems:
            self._place(route, pattern, scope)

    def _add_submount(self, submount: Submount, scope: _Scope) -> None:
        problems: list[RouteError] = []
        prefix = Pattern.read(submount.prefix, self.reader, problems)
        if not problems and scope.sound:
            prefix = prefix.under(scope.prefix)
            problems += prefix.faults()
        for problem in middleware_problems(submount.middleware):
            problem.pattern = prefix.text
            problems.append(problem)
        self.problems += problems
        inner = scope.inner(prefix, submount, scope.sound and not problems)
        self.add(submount.routes, inner)

    def _add_class(self, target: type[Namespace], scope: _Scope) -> None:
        patterns = declared_patterns(target)
        if not patterns:
            self.problems.append(
                RouteError(
                    "the class declares no pattern",
                    target=qualified(target),
                    hint=f"give it namespace=… or write Route(…, {target.__name__})",
                )
            )
        for pattern in patterns:
            self._add_route(Route(pattern, target), scope)

    def _place(self, route: Route, pattern: Pattern, scope: _Scope) -> None:
        if not scope.sound:
            return
        full = pattern.under(scope.prefix)
        problems = [] if full is pattern else full.faults()
        for problem in problems:
            problem.target = qualified(route.target)
        self.problems += problems
        if problems:
            return
        if full is not pattern or scope.middleware:
            route = attrs.evolve(
                route,
                pattern=full.text,
                declared=route.declared,
                submount_middleware=scope.middleware + route.submount_middleware,
            )
        self.placed.append(Placed(route, full))

    def _refuse(self, item: object) -> None:
        self.problems.append(
            RouteError(
                f"a route table holds Route, Submount, RouteTable and classes derived "
                f"from flask_socketio.Namespace, got {item!r}",
                hint=_class_hint(item),
            )
        )


def qualified(target: object) -> str:
    """Name a class in messages."""
    return name_of(target) if isinstance(target, type) else repr(target)


def described(route: Route) -> str:
    """Name a route in messages."""
    return f"{qualified(route.target)} at {route.pattern!r}"


def _faults(route: Route) -> list[RouteError]:
    found: list[RouteError] = []
    target = cast("object", route.target)
    name = cast("object", route.name)
    if not (isinstance(target, type) and issubclass(target, Namespace)):
        found.append(
            RouteError(
                "the target is no class derived from flask_socketio.Namespace",
                hint=_class_hint(route.target),
            )
        )
    if name is not None and not (isinstance(name, str) and name):
        found.append(RouteError(f"the name is {name!r}: expected text or None"))
    return [*found, *middleware_problems(route.middleware)]


def _class_hint(item: object) -> str | None:
    if isinstance(item, Namespace):
        return f"give the class {type(item).__name__}, not an object of it"
    return None


def flatten(
    routes: Iterable[object], reader: SegmentReader
) -> tuple[list[Placed], list[RouteError]]:
    """Compile routes; give those that are right, and the problems of the others."""
    flattening = _Flattening(reader)
    flattening.add(routes, _Scope(Pattern.parse("/")))
    return flattening.placed, flattening.problems
