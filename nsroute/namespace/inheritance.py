"""The routes of a class: its own, and those of its bases that it keeps."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from nsroute.errors import ConflictError, name_of
from nsroute.namespace.marks import Mark, marks_of

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

    @property
    def name(self) -> str:
        """The class and the method."""
        return f"{name_of(self.base)}.{self.method}"

    def keeps(self, other: Marked) -> bool:
        """Return whether a route of a farther class for its event stands beside it."""
        return self.method != other.method and not issubclass(self.base, other.base)


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
            yield _conflict(
                first.base, first, second, "an on_<event> method is a route by its name"
            )
        for *rivals, nearest in self._routes.values():
            cure = f"route it in {name_of(cls)}, or set one of the two to None there"
            for rival in rivals:
                yield _conflict(cls, nearest, rival, cure)

    def _forget(self, method: str) -> None:
        """Remove what a method of this name was the route for."""
        kept = {
            key: [one for one in routes if one.method != method]
            for key, routes in self._routes.items()
        }
        self._routes = {key: routes for key, routes in kept.items() if routes}


def _conflict(cls: type, first: Marked, second: Marked, cure: str) -> ConflictError:
    return ConflictError(
        f"two handlers for the event {first.mark.event!r}",
        target=name_of(cls),
        pattern=first.mark.pattern,
        first=first.name,
        second=second.name,
        hint=cure,
    )
