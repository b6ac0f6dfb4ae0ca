"""Binding: routes as they are written -> a flat list of routes with patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import attrs

from nsroute.arguments import Middleware, middleware_problems
from nsroute.errors import RouteError
from nsroute.routing.parser import SegmentParser
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import BoundRoute, BoundRoutes, Route, Submount
from nsroute.routing.targets import (
    Target,
    class_hint,
    declared_patterns,
    is_target,
    qualified,
)


@attrs.frozen
class _Scope:
    """Where routes stand: under which prefix, inside which middleware."""

    prefix: Pattern
    middleware: tuple[Middleware, ...] = ()
    is_right: bool = True
    """Whether nothing is wrong with the prefix; its routes are only checked if not."""


class Binder:
    """Binds routes for a table.

    Attributes:
        bound: The routes that are right.
        problems: What is wrong with the others.
    """

    def __init__(self, parser: SegmentParser, routes: Iterable[object]) -> None:
        self._parser = parser
        self.bound: list[BoundRoute] = []
        self.problems: list[RouteError] = [*parser.problems]
        self._add(routes, _Scope(Pattern.parse("/")))

    def _add(self, routes: Iterable[object], scope: _Scope) -> None:
        for item in routes:
            match item:
                case Route():
                    self._add_route(item, scope)
                case Submount():
                    self._add_submount(item, scope)
                case BoundRoutes():
                    for one in item.bound:
                        self._bind(one.route, one.pattern, scope)
                case type() if is_target(item):
                    self._add_class(item, scope)
                case _:
                    self._refuse(item)

    def _add_route(self, route: Route, scope: _Scope) -> None:
        pattern, problems = Pattern.parse_with(self._parser, route.pattern)
        problems += _route_problems(route)
        for problem in problems:
            problem.pattern = pattern.under(scope.prefix).text
            problem.target = qualified(route.target)
        self.problems += problems
        if not problems:
            self._bind(route, pattern, scope)

    def _add_submount(self, submount: Submount, scope: _Scope) -> None:
        prefix, problems = Pattern.parse_with(self._parser, submount.prefix)
        if not problems and scope.is_right:
            prefix = prefix.under(scope.prefix)
            problems += prefix.problems()
        for problem in middleware_problems(submount.middleware):
            problem.pattern = prefix.text
            problems.append(problem)
        self.problems += problems
        middleware = scope.middleware + submount.middleware
        inner = _Scope(prefix, middleware, scope.is_right and not problems)
        self._add(submount.routes, inner)

    def _add_class(self, target: Target, scope: _Scope) -> None:
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

    def _bind(self, route: Route, pattern: Pattern, scope: _Scope) -> None:
        if not scope.is_right:
            return
        full = pattern.under(scope.prefix)
        problems = [] if full is pattern else [*full.problems()]
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
        self.bound.append(BoundRoute(route, full))

    def _refuse(self, item: object) -> None:
        self.problems.append(
            RouteError(
                f"a route table holds Route, Submount, RouteTable and classes derived "
                f"from flask_socketio.Namespace, got {item!r}",
                hint=class_hint(item),
            )
        )


def _route_problems(route: Route) -> Iterator[RouteError]:
    if not is_target(route.target):
        yield RouteError(
            "the target is no class derived from flask_socketio.Namespace",
            hint=class_hint(route.target),
        )
    name = cast("object", route.name)
    if name is not None and not (isinstance(name, str) and name):
        yield RouteError(f"the name is {name!r}: expected text or None")
    yield from middleware_problems(route.middleware)
