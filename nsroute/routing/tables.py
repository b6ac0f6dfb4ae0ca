"""Route tables: routes, nested as they are written, compiled once, then looked up."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, Union, cast

import attrs
from werkzeug.routing import BaseConverter

from nsroute.arguments import Middleware, middleware_problems
from nsroute.errors import (
    BuildError,
    ConflictError,
    RouteError,
    nearest,
    raise_together,
)
from nsroute.routing.matcher import Matcher
from nsroute.routing.nearest import NearMiss, near_misses
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import (
    BoundRoute,
    Route,
    Target,
    as_tuple,
    declared_patterns,
    is_target,
    qualified,
)
from nsroute.routing.segments import SegmentParser

T = TypeVar("T")
Routable: TypeAlias = Union["Route", "Submount", "RouteTable", Target]
_BASE = "class derived from flask_socketio.Namespace"


def as_routes(routes: Iterable[Routable]) -> tuple[Routable, ...]:
    """Return routes as a tuple; one item that is no iterable is a tuple of one."""
    given = cast("object", routes)
    # The routes of a table without the table would have lost its converters.
    if isinstance(given, str | RouteTable) or not isinstance(given, Iterable):
        return (cast("Routable", given),)
    return tuple(routes)


@attrs.frozen
class Submount:
    """Routes under a prefix: `Submount("/t", [Route("/", X)])` is `/t`."""

    prefix: str
    """A pattern, which may have parameters of its own."""
    routes: Iterable[Routable] = attrs.field(converter=as_routes)
    middleware: tuple[Middleware, ...] = attrs.field(
        default=(), converter=as_tuple, kw_only=True
    )
    """What wraps each dispatch on these routes, outermost first."""


# Without slots, because attrs fills those of a frozen class at half the speed.
@attrs.frozen(slots=False)
class Match:
    """What a name leads to."""

    route: Route
    """The route whose pattern matches."""
    params: Mapping[str, Any]
    """The converted parameters, read-only."""


class RouteTable:
    """Routes, compiled; iterate over it for them in the order in which they are tried.

    Args:
        routes: `Route`, `Submount`, other tables, and classes that declare their own
            patterns.
        converters: Converter classes of Werkzeug's kind by the name that patterns use,
            besides Werkzeug's own. Another table inside keeps those it was made with.

    Raises:
        RouteError: If one thing is wrong.
        ExceptionGroup: Of `RouteError`, if several things are.
    """

    def __init__(
        self,
        routes: Iterable[Routable],
        *,
        converters: Mapping[str, type[BaseConverter]] | None = None,
    ) -> None:
        binder = _Binder(routes, converters)
        raise_together("The routes are wrong.", binder.problems)
        self.bound: tuple[BoundRoute, ...] = tuple(binder.bound)
        self._ordered = sorted(self.bound, key=lambda one: one.pattern.specificity)
        self._patterns = {id(one.route): one.pattern for one in self.bound}
        self._matcher = self.matcher_of(lambda route: route)
        self._served: dict[Target | str | None, list[BoundRoute]] = {}
        for one in self.bound:
            for key in {one.route.target, one.route.name} - {None}:
                self._served.setdefault(key, []).append(one)

    def __iter__(self) -> Iterator[Route]:
        return (one.route for one in self._ordered)

    def __len__(self) -> int:
        return len(self._ordered)

    def __repr__(self) -> str:
        return f"<RouteTable of {len(self)} routes>"

    def pattern_of(self, route: Route) -> Pattern:
        """Return the compiled pattern of one of the table's routes."""
        return self._patterns[id(route)]

    def matcher_of(self, item: Callable[[Route], T]) -> Matcher[T]:
        """Return what finds an item of its own for each route, in the same order."""
        return Matcher((one.pattern.segments, item(one.route)) for one in self._ordered)

    def match(self, text: object) -> Match | None:
        """Return the route of a name and its parameters; None for anything else."""
        if type(text) is not str:
            # Not isinstance: it may ask the object for its class, which may raise.
            is_text = issubclass(type(text), str)
            text = str.__str__(cast("str", text)) if is_text else ""
        found = self._matcher.find(text)
        return None if found is None else Match(*found)

    def namespace_for(self, target: Target | str, /, **params: Any) -> str:
        """Return the name that leads to a class, or to the route of a name.

        Of several patterns, the first whose parameters are those given. A value may
        also be given as its canonical text.

        Raises:
            BuildError: If there is no such route, if the parameters are not its own,
                if a value has no name that matches, or if that name leads to another
                route.
        """
        served = self._served.get(target)
        if served is None:
            names = [name for name in self._served if isinstance(name, str)]
            hint = nearest(str(target), names)
            problem = f"no route leads to {qualified(target)}"
            raise BuildError(f"{problem} ({hint})" if hint else problem)
        fitting = [one for one in served if one.pattern.names == params.keys()]
        errors: list[str] = []
        for one in fitting or served:
            try:
                return self._build(one, params)
            except BuildError as error:
                errors.append(str(error))
        raise BuildError(f"{qualified(served[0].route.target)}: {'; '.join(errors)}")

    def near(self, text: str, limit: int = 5) -> list[NearMiss]:
        """Return the routes that an unrouted name almost matches, the nearest first."""
        is_matched = self.match(text) is not None
        return [] if is_matched else near_misses(self._ordered, text)[:limit]

    def _build(self, bound: BoundRoute, params: Mapping[str, Any]) -> str:
        name = bound.pattern.build(params)
        found = self._matcher.find(name)
        taker = found and found[0]
        if taker is not bound.route:
            problem = f"{name!r} leads to {taker}"
            raise BuildError(f"cannot build {bound.pattern.text!r}: {problem}")
        return name


@attrs.frozen
class _Scope:
    """Where routes stand: under which prefix, inside which middleware."""

    prefix: Pattern
    middleware: tuple[Middleware, ...] = ()
    is_right: bool = True
    """Whether nothing is wrong with the prefix; its routes are only checked if not."""

    def place(self, pattern: Pattern, problems: list[RouteError]) -> Pattern:
        """Return a pattern under the prefix; add what is wrong with it as a whole."""
        full = pattern.under(self.prefix)
        problems += (full if self.is_right else pattern).problems()
        for problem in problems:
            problem.pattern = full.text
        return full


class _Binder:
    """Binds routes for a table: those that are right, and the others' problems."""

    def __init__(self, routes: Iterable[Routable], converters: object) -> None:
        self._parser = SegmentParser(converters)
        self.bound: list[BoundRoute] = []
        self.problems: list[RouteError] = [*self._parser.problems]
        self._add(as_routes(routes), _Scope(Pattern.parse("/")))
        self.problems += _conflicts(self.bound)

    def _add(self, routes: Iterable[object], scope: _Scope) -> None:
        for item in routes:
            match item:
                case Route():
                    self._add_route(item, scope)
                case Submount():
                    self._add_submount(item, scope)
                case RouteTable():
                    for one in item.bound:
                        self._bind(one.route, one.pattern, scope, [])
                case type() if is_target(item):
                    self._add_class(item, scope)
                case _:
                    problem = f"{item!r} is no Route, Submount, RouteTable or {_BASE}"
                    self.problems.append(RouteError(problem))

    def _add_route(self, route: Route, scope: _Scope) -> None:
        pattern, problems = Pattern.parse_with(self._parser, route.pattern)
        if not is_target(route.target):
            problems.append(RouteError(f"the target is no {_BASE}"))
        problems += middleware_problems(route.middleware)
        self._bind(route, pattern, scope, problems)

    def _add_submount(self, submount: Submount, scope: _Scope) -> None:
        pattern, problems = Pattern.parse_with(self._parser, submount.prefix)
        problems += middleware_problems(submount.middleware)
        prefix = scope.place(pattern, problems)
        self.problems += problems
        middleware = scope.middleware + submount.middleware
        inner = _Scope(prefix, middleware, scope.is_right and not problems)
        self._add(submount.routes, inner)

    def _add_class(self, target: Target, scope: _Scope) -> None:
        patterns = declared_patterns(target)
        if not patterns:
            hint = f"give it namespace=… or write Route(…, {target.__name__})"
            problem, shown = "the class declares no pattern", qualified(target)
            self.problems.append(RouteError(problem, target=shown, hint=hint))
        for pattern in patterns:
            self._add_route(Route(pattern, target), scope)

    def _bind(
        self, route: Route, pattern: Pattern, scope: _Scope, problems: list[RouteError]
    ) -> None:
        full = scope.place(pattern, problems)
        for problem in problems:
            problem.target = qualified(route.target)
        self.problems += problems
        if problems or not scope.is_right:
            return
        if full is not pattern or scope.middleware:
            route = attrs.evolve(
                route,
                pattern=full.text,
                declared=route.declared,
                submount_middleware=scope.middleware + route.submount_middleware,
            )
        self.bound.append(BoundRoute(route, full))


def _conflicts(bound: Sequence[BoundRoute]) -> Iterator[RouteError]:
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
    parties = str(first.route), str(second.route)
    return ConflictError(problem, text, target, None, *parties)
