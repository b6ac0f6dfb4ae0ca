"""Binding: routes as they are written -> a flat list of routes with patterns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

import attrs

from nsroute.arguments import Middleware, middleware_problems
from nsroute.errors import ConflictError, RouteError
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import (
    BoundRoute,
    BoundRoutes,
    Routable,
    Route,
    Submount,
    Target,
    as_routes,
    declared_patterns,
    is_target,
    qualified,
)
from nsroute.routing.segments import SegmentParser

_BASE = "class derived from flask_socketio.Namespace"


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


class Binder:
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
                case BoundRoutes():
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
            error = RouteError("the class declares no pattern", target=qualified(target))
            error.hint = f"give it namespace=… or write Route(…, {target.__name__})"
            self.problems.append(error)
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
    return ConflictError(
        problem,
        first=str(first.route),
        second=str(second.route),
        pattern=second.pattern.text,
        target=qualified(second.route.target),
    )
