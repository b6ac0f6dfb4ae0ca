"""Route tables: which pattern leads to which class; compiled once, then looked up.

- `routes`: routes as they are written, nested as one likes, to a flat list of them;
- `matcher`: their patterns as one tree; pure look-up;
- `nearmiss`: which routes a name almost matches.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, cast

import attrs
from flask_socketio import Namespace
from werkzeug.routing import BaseConverter

from nsroute.errors import (
    BuildError,
    ConflictError,
    RouteError,
    nearest,
    raise_together,
)
from nsroute.patterns import Pattern
from nsroute.patterns.segments import SegmentReader
from nsroute.table.matcher import Matcher
from nsroute.table.nearmiss import NearMiss, near_misses
from nsroute.table.routes import (
    Placed,
    Placements,
    Routable,
    Route,
    Submount,
    declared_patterns,
    described,
    flatten,
    listed,
    qualified,
)

__all__ = [
    "Match",
    "NearMiss",
    "Routable",
    "Route",
    "RouteTable",
    "Submount",
    "declared_patterns",
]


# Without slots, because attrs fills those of a frozen class at half the speed.
@attrs.frozen(slots=False)
class Match:
    """What a name leads to."""

    route: Route
    """The route whose pattern matches."""
    params: Mapping[str, Any]
    """The converted parameters, read-only."""


class RouteTable(Placements):
    """Routes, compiled; iterate over it for them in the order in which they are tried.

    Args:
        routes: `Route`, `Submount`, other tables, and classes that declare their own
            patterns.
        converters: Werkzeug's kind of converter classes by the name that patterns use,
            besides the built-in ones. Another table inside keeps its own.

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
        placed, problems = flatten(listed(routes), SegmentReader(converters))
        problems += _conflicts(placed)
        problems += _ambiguous_names(placed)
        problems += _refusals(placed)
        raise_together("The routes are wrong.", problems)
        self.placed: tuple[Placed, ...] = tuple(placed)
        self._ordered = sorted(placed, key=_specificity)
        self._patterns = {id(one.route): one.pattern for one in placed}
        self._matcher = Matcher((one.pattern, one.route) for one in self._ordered)
        self._served: dict[type[Namespace] | str, list[Placed]] = {}
        for one in placed:
            self._served.setdefault(one.route.target, []).append(one)
            if one.route.name is not None:
                self._served.setdefault(one.route.name, []).append(one)

    def __iter__(self) -> Iterator[Route]:
        return (one.route for one in self._ordered)

    def __len__(self) -> int:
        return len(self._ordered)

    def __repr__(self) -> str:
        return f"<RouteTable of {len(self)} routes>"

    def pattern_of(self, route: Route) -> Pattern:
        """Give the compiled pattern of one of the table's routes."""
        return self._patterns[id(route)]

    def match(self, text: object) -> Match | None:
        """Find the route of a name; None for whatever is no name of one."""
        if type(text) is not str:
            # Not isinstance: it may ask the object for its class, which may raise.
            if not issubclass(type(text), str):
                return None
            text = str.__str__(cast("str", text))
        found = self._matcher.find(text)
        return None if found is None else Match(*found)

    def namespace_for(self, target: type[Namespace] | str, /, **params: Any) -> str:
        """Build the name that leads to a class, or to the route of a name.

        Of several patterns, the first whose parameters are those given. A value may
        also be given as its canonical text.

        Raises:
            BuildError: If there is no such route, if the parameters are not its own,
                if a value has no name that matches, or if that name leads to another
                route.
        """
        served = self._served.get(target)
        if served is None:
            raise BuildError(self._unknown(target))
        fitting = [one for one in served if one.pattern.names == params.keys()]
        errors: list[BuildError] = []
        for one in fitting or served:
            try:
                return self._build(one, params)
            except BuildError as error:
                errors.append(BuildError(f"{qualified(one.route.target)}: {error}"))
        if fitting or len(served) == 1:
            raise errors[0]
        raise BuildError(_unfitting(target, served, params))

    def near(self, text: str, limit: int = 5) -> list[NearMiss]:
        """Give the routes that a name almost matches, the nearest first.

        A name that matches a route misses none.
        """
        if self.match(text) is not None:
            return []
        return near_misses(self._ordered, text)[:limit]

    def _build(self, placed: Placed, params: Mapping[str, Any]) -> str:
        name = placed.pattern.build(params)
        found = self._matcher.find(name)
        if found is None or found[0] is not placed.route:
            taker = "no route" if found is None else described(found[0])
            raise BuildError(
                f"cannot build {placed.pattern.text!r}: {name!r} leads to {taker}"
            )
        return name

    def _unknown(self, target: object) -> str:
        if not isinstance(target, str):
            return f"no route leads to {qualified(target)}"
        if any(qualified(one.route.target) == target for one in self.placed):
            return f"no route has the name {target!r} (give the class, not its name)"
        names = [key for key in self._served if isinstance(key, str)]
        return f"no route has the name {target!r}{_aside(nearest(target, names))}"


def _unfitting(
    target: type[Namespace] | str, served: Iterable[Placed], params: Mapping[str, Any]
) -> str:
    known = {name for one in served for name in one.pattern.names}
    hints = [nearest(name, known) for name in params if name not in known]
    shown = target if isinstance(target, str) else qualified(target)
    patterns = ", ".join(repr(one.pattern.text) for one in served)
    return (
        f"no pattern of {shown} has just the parameters ({', '.join(params)})"
        f"{_aside(next(iter(hints), None))}: it has {patterns}"
    )


def _aside(hint: str | None) -> str:
    return f" ({hint})" if hint else ""


def _specificity(placed: Placed) -> tuple[tuple[int, int, int], ...]:
    return placed.pattern.specificity


def _conflicts(placed: Iterable[Placed]) -> list[RouteError]:
    """Find patterns that match just the same names."""
    firsts: dict[Hashable, Placed] = {}
    found: list[RouteError] = []
    for one in placed:
        first = firsts.setdefault(one.pattern.key, one)
        if first is not one:
            found.append(
                ConflictError(
                    "two routes match the same names",
                    first=described(first.route),
                    second=described(one.route),
                    pattern=one.pattern.text,
                    target=qualified(one.route.target),
                )
            )
    return found


def _ambiguous_names(placed: Iterable[Placed]) -> list[RouteError]:
    """Find route names that lead to more than one class."""
    firsts: dict[str, Placed] = {}
    found: list[RouteError] = []
    for one in placed:
        if one.route.name is None:
            continue
        first = firsts.setdefault(one.route.name, one)
        if first.route.target is not one.route.target:
            found.append(
                ConflictError(
                    f"the name {one.route.name!r} leads to two classes",
                    first=described(first.route),
                    second=described(one.route),
                    pattern=one.pattern.text,
                    target=qualified(one.route.target),
                )
            )
    return found


def _refusals(placed: Iterable[Placed]) -> list[RouteError]:
    """Ask each class that has something to say whether it can serve its pattern."""
    found: list[RouteError] = []
    for one in placed:
        check: Callable[[frozenset[str], str], Iterable[RouteError]] | None = getattr(
            one.route.target, "__nsroute_check__", None
        )
        if check is None:
            continue
        for problem in check(one.pattern.names, one.route.declared):
            if problem.pattern is None:
                problem.pattern = one.pattern.text
            found.append(problem)
    return found
