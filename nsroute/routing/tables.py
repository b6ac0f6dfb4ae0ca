"""Route tables: routes, nested as they are written, compiled once, then looked up."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Never, TypeAlias, TypeVar, Union, cast

import attrs
from werkzeug.routing import BaseConverter

from nsroute.arguments import Middleware, middleware_problems, middleware_tuple
from nsroute.errors import BuildError, RouteError, place_of, raise_together
from nsroute.routing.matcher import Matcher
from nsroute.routing.nearest import NearMiss, near_misses
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import (
    BoundRoute,
    Factory,
    Route,
    Target,
    class_of,
    conflicts,
    cure_of,
    declared_patterns,
    is_target,
    one_list,
    qualified,
    swapped,
    target_problems,
)
from nsroute.routing.segments import SegmentParser

T = TypeVar("T")
Routable: TypeAlias = Union["Route", "Submount", "RouteTable", Factory]
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
        default=(), converter=middleware_tuple, kw_only=True
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
        *others: Never,
        converters: Mapping[str, type[BaseConverter]] | None = None,
    ) -> None:
        one_list(others, "RouteTable")
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

    def routes_of(self, target: Target | str, /) -> list[Route]:
        """Return the routes that lead to a class, or the route of a name.

        Raises:
            BuildError: If there is none.
        """
        return [one.route for one in self._bound_to(target)]

    def _bound_to(self, target: Target | str) -> list[BoundRoute]:
        served = self._served.get(target)
        if served is None:
            hint = self._hint(target)
            raise BuildError(f"no route leads to {qualified(target)}{hint}")
        return served

    def namespace_for(
        self, target: Target | str, /, *values: Never, **params: Any
    ) -> str:
        """Return the name that leads to a class, or to the route of a name.

        Of several patterns, the first whose parameters are those given. A value may
        also be given as its canonical text.

        Raises:
            BuildError: If there is no such route, if the parameters are not its own,
                if a value has no name that matches, or if that name leads to another
                route.
        """
        if values:
            served = self._served.get(target)
            shown = qualified(target) if isinstance(target, type) else repr(target)
            names = sorted(served[0].pattern.names) if served else ["room_id"]
            needed = ", ".join(f"{name}=…" for name in names)
            cure = f"write namespace_for({shown}, {needed})"
            raise BuildError(f"parameters are given by their names ({cure})")
        served = self._bound_to(target)
        fitting = [one for one in served if one.pattern.names == params.keys()]
        errors: list[str] = []
        for one in fitting or served:
            try:
                return self._build(one, params)
            except BuildError as error:
                errors.append(str(error))
        raise BuildError(f"{qualified(served[0].route.target)}: {'; '.join(errors)}")

    def _hint(self, target: object) -> str:
        """Return what was likely meant by a target that nothing leads to."""
        named = {name: repr(name) for name in self._served if isinstance(name, str)}
        for cls in {one.route.target for one in self.bound}:
            named.setdefault(qualified(cls).lower(), f"the class {qualified(cls)}")
        asked = target if isinstance(target, str) else qualified(target)
        close = difflib.get_close_matches
        found = close(asked, named, n=1) or close(asked.lower(), named, n=1)
        return f" (did you mean {named[found[0]]}?)" if found else ""

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
        self._served: set[int] = set()  # targets that objects can be made of
        self.bound: list[BoundRoute] = []
        self.problems: list[RouteError] = [*self._parser.problems]
        self._add(as_routes(routes), _Scope(Pattern.parse("/")))
        self.problems += conflicts(self.bound)

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
                case type() | partial() if is_target(class_of(cast("Any", item))):
                    self._add_class(cast("Factory", item), scope)
                case _:
                    problem = f"{item!r} is no Route, Submount, RouteTable or {_BASE}"
                    self.problems.append(RouteError(problem, hint=cure_of(item)))

    def _add_route(self, route: Route, scope: _Scope) -> None:
        if is_target(route.pattern):
            self.problems.append(swapped(route))
            return
        pattern, problems = Pattern.parse_with(self._parser, route.pattern)
        if id(route.factory) not in self._served:
            problems += (found := list(target_problems(route)))
            if not found:
                self._served.add(id(route.factory))
        problems += middleware_problems(route.middleware)
        self._bind(route, pattern, scope, problems)

    def _add_submount(self, submount: Submount, scope: _Scope) -> None:
        prefix, routes = cast("object", submount.prefix), submount.routes
        given = cast("Iterable[object]", routes)
        if not isinstance(prefix, str) and all(isinstance(one, str) for one in given):
            cure = f"write Submount({next(iter(routes), '/')!r}, [Room, Board])"
            self.problems.append(RouteError("the prefix comes first", hint=cure))
            return
        pattern, problems = Pattern.parse_with(self._parser, submount.prefix)
        problems += middleware_problems(submount.middleware)
        place = scope.place(pattern, problems)
        self.problems += problems
        middleware = scope.middleware + submount.middleware
        inner = _Scope(place, middleware, scope.is_right and not problems)
        self._add(submount.routes, inner)

    def _add_class(self, factory: Factory, scope: _Scope) -> None:
        patterns = declared_patterns(factory)
        if not patterns:
            target = class_of(factory)
            hint = f"give it namespace=… or write Route(…, {target.__name__})"
            problem, shown = "the class declares no pattern", qualified(target)
            self.problems.append(RouteError(problem, target=shown, hint=hint))
        for pattern in patterns:
            self._add_route(Route(pattern, factory, place=""), scope)

    def _bind(
        self, route: Route, pattern: Pattern, scope: _Scope, problems: list[RouteError]
    ) -> None:
        full = scope.place(pattern, problems)
        for problem in problems:
            problem.target = qualified(route.target)
            problem.place = route.place or place_of(route.target)
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
