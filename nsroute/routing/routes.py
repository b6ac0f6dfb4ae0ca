"""Routes as they are written, nested in submounts, and the classes they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias, Union, cast

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
Routable: TypeAlias = Union["Route", "Submount", "BoundRoutes", Target]


# Not `tuple` itself, of which mypy cannot tell what it takes.
def _as_tuple(middleware: Iterable[Middleware]) -> tuple[Middleware, ...]:
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
        default=(), converter=_as_tuple, kw_only=True
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

    def __str__(self) -> str:
        return f"{qualified(self.target)} at {self.pattern!r}"


@attrs.frozen
class BoundRoute:
    """A route of a table with its compiled pattern."""

    route: Route
    pattern: Pattern


class BoundRoutes:
    """What one table takes over from another, in the order of declaration."""

    bound: tuple[BoundRoute, ...]


def as_routes(routes: Iterable[Routable]) -> tuple[Routable, ...]:
    """Return routes as a tuple; one item that is no iterable is a tuple of one."""
    given = cast("object", routes)
    # The routes of a table without the table would have lost its converters.
    if isinstance(given, str | BoundRoutes) or not isinstance(given, Iterable):
        return (cast("Routable", given),)
    return tuple(routes)


@attrs.frozen
class Submount:
    """Routes under a prefix: `Submount("/t", [Route("/", X)])` is `/t`."""

    prefix: str
    """A pattern, which may have parameters of its own."""
    routes: Iterable[Routable] = attrs.field(converter=as_routes)
    """The routes under the prefix."""
    middleware: tuple[Middleware, ...] = attrs.field(
        default=(), converter=_as_tuple, kw_only=True
    )
    """What wraps each dispatch on these routes, outermost first."""


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
