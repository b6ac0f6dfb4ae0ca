"""Routes, and the classes they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias

import attrs

from nsroute.arguments import Middleware
from nsroute.errors import name_of
from nsroute.routing.patterns import Pattern


class SocketNamespace(Protocol):
    """What routing knows of `flask_socketio.Namespace`, which it does not import."""

    def trigger_event(self, event: Any, *args: Any) -> Any:
        """Handle an event."""


Target: TypeAlias = type[SocketNamespace]
"""A class derived from `flask_socketio.Namespace`."""
_AS_WRITTEN: Any = attrs.Factory(lambda route: route.pattern, takes_self=True)


def as_tuple(middleware: Iterable[Middleware]) -> tuple[Middleware, ...]:
    """Return a tuple; of `tuple` itself mypy cannot tell what it takes."""
    return tuple(middleware)


@attrs.frozen
class Route:
    """A pattern that leads to a class."""

    pattern: str
    """The pattern, such as `/rooms/<int:room_id>`; in a table, with all prefixes."""
    target: Target
    """The class that serves the names that match."""
    name: str | None = attrs.field(default=None, kw_only=True)
    """The name by which `namespace_for` finds it."""
    middleware: tuple[Middleware, ...] = attrs.field(
        default=(), converter=as_tuple, kw_only=True
    )
    """What wraps each dispatch on this route, outermost first."""
    submount_middleware: tuple[Middleware, ...] = attrs.field(
        default=(), kw_only=True, eq=False, repr=False
    )
    """The middleware of the submounts around it, outermost first; set by the table."""
    declared: str = attrs.field(default=_AS_WRITTEN, kw_only=True, eq=False, repr=False)
    """The pattern as the route or the class spells it; set by the table."""

    def __str__(self) -> str:
        return f"{qualified(self.target)} at {self.pattern!r}"


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


def declared_patterns(target: type) -> tuple[str, ...]:
    """Return the patterns that a class declares for itself, not those of its bases."""
    return tuple(vars(target).get("__nsroute_patterns__", ()))


def qualified(target: object) -> str:
    """Return the name of a class for messages."""
    return name_of(target) if isinstance(target, type) else repr(target)
