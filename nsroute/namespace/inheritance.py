"""The routes that the classes of an MRO declare, and which of them a class inherits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from nsroute.errors import ConflictError, name_of, place_of
from nsroute.namespace.marks import Mark, function_of, marks_of

_NAMED_TWICE: Final = "an on_<event> method is a route by its name"

Key = tuple[str, str | None]


@attrs.frozen
class Marked:
    """A method that is marked as a route, and the class whose body has it."""

    base: type
    method: str
    mark: Mark

    @property
    def key(self) -> Key:
        """The event and the pattern: for each there is one route."""
        return self.mark.event, self.mark.pattern

    def keeps(self, other: Marked) -> bool:
        """Return whether a route of a farther class for its event stands beside it."""
        return self.method != other.method and not issubclass(self.base, other.base)

    def conflict(self, other: Marked, cls: type, cure: str) -> ConflictError:
        """Return the error for two that handle one event in one scope of a class."""
        return ConflictError(
            f"two handlers for the event {self.mark.event!r}",
            target=name_of(cls),
            pattern=self.mark.pattern,
            first=f"{name_of(self.base)}.{self.method}",
            second=f"{name_of(other.base)}.{other.method}",
            hint=cure,
            place=place_of(function_of(vars(other.base)[other.method])),
        )


class InheritedRoutes:
    """What the classes of an MRO declare, collected from the farthest to the nearest.

    A class wins over one that it is derived from. Of two mixins that handle one event
    neither wins: which one did would depend on the order of the bases, and a guard in
    a connect handler would be lost without a word.
    """

    def __init__(self) -> None:
        self._routes: dict[Key, list[Marked]] = {}
        """Who handles an event; of several none derives from another."""
        self._doubled: list[tuple[Marked, Marked]] = []

    @property
    def found(self) -> list[Marked]:
        """The routes."""
        return [routes[-1] for routes in self._routes.values()]

    def inherit(self, base: type) -> None:
        """Add what one class declares to what its bases do."""
        own: dict[Key, Marked] = {}
        for method, value in vars(base).items():
            marked = [Marked(base, method, mark) for mark in marks_of(method, value)]
            if marked or value is None:
                self._forget(method)
            for one in marked:
                first = own.setdefault(one.key, one)
                if first.method != method:
                    self._doubled.append((first, one))
        for one in own.values():
            routes = self._routes.get(one.key, ())
            self._routes[one.key] = [*filter(one.keeps, routes), one]

    def conflicts(self, cls: type) -> Iterator[ConflictError]:
        """Yield the events that two methods handle in one scope."""
        for first, second in self._doubled:
            by_name = f"on_{first.mark.event}" in (first.method, second.method)
            cure = _NAMED_TWICE if by_name else "keep one, or give one another event"
            yield first.conflict(second, first.base, cure)
        for *rivals, nearest in self._routes.values():
            cure = f"route it in {name_of(cls)}, or set one of the two to None there"
            yield from (nearest.conflict(rival, cls, cure) for rival in rivals)

    def _forget(self, method: str) -> None:
        """Remove what a method of this name was the route for."""
        kept = {
            key: [one for one in routes if one.method != method]
            for key, routes in self._routes.items()
        }
        self._routes = {key: routes for key, routes in kept.items() if routes}
