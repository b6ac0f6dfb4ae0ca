"""Route tables: which pattern leads to which class; compiled once, then looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

import attrs
from werkzeug.routing import BaseConverter

from nsroute.errors import BuildError, nearest, raise_together
from nsroute.routing.binding import Binder
from nsroute.routing.matcher import Matcher
from nsroute.routing.nearest import NearMiss, near_misses
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import (
    BoundRoute,
    BoundRoutes,
    Routable,
    Route,
    Target,
    qualified,
)

T = TypeVar("T")


# Without slots, because attrs fills those of a frozen class at half the speed.
@attrs.frozen(slots=False)
class Match:
    """What a name leads to."""

    route: Route
    """The route whose pattern matches."""
    params: Mapping[str, Any]
    """The converted parameters, read-only."""


class RouteTable(BoundRoutes):
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
        binder = Binder(routes, converters)
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
        shown = qualified(served[0].route.target)
        raise BuildError(f"{shown}: {'; '.join(errors)}")

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
