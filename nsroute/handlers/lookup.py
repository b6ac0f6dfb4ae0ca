"""From a namespace and an event to what handles them, or to why nothing does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from nsroute.arguments import to_wire
from nsroute.dispatch.routes import LIFECYCLE, EventTable
from nsroute.errors import nearest
from nsroute.handlers.entries import HandlerEntry
from nsroute.handlers.order import HandlerOrder
from nsroute.router import MetaRouter
from nsroute.routing import NearMiss, Route, Target
from nsroute.upstream.registration import STAR, serves_beside

LONGEST: Final = 1001
"""Characters of a name or an event that count: one more than any route matches."""


@attrs.frozen
class Lookup:
    """What there is for a namespace, and for an event if one was asked for."""

    namespace: str
    event: str | None
    entries: tuple[HandlerEntry, ...] = ()
    """All that the namespace serves, in the order in which it is tried."""
    target: Target | None = None
    """The class that serves the namespace; None where only functions do."""
    route: Route | None = None
    """The route that matches the namespace."""
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    handler: HandlerEntry | None = None
    """What handles the event that was asked for."""
    connect: HandlerEntry | None = None
    """What a client must pass before it may send anything."""
    near: tuple[NearMiss, ...] = ()
    """The routes that the namespace almost matches."""
    accepted: bool = False
    """Whether clients get in although nothing handles their events."""

    @property
    def served(self) -> bool:
        """Whether anything serves the namespace."""
        return bool(self.entries) or self.accepted

    @property
    def unreached(self) -> bool:
        """Whether a function takes the connects of the route's clients.

        The class does not know them then, and handles none of their events.
        """
        taken = self.connect is not None and self.connect.kind == "function"
        return self.route is not None and taken

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was found."""
        if self.unreached and (self.handler is None or self.handler.kind == "route"):
            return False
        return self.served and (self.event is None or self.handler is not None)

    @property
    def hint(self) -> str | None:
        """The nearest namespace; of one that is served, the nearest event."""
        if self.complete:
            return None
        if self.served and self.event is not None and self.handler is None:
            return nearest(self.event, [one.event for one in self.entries])
        # Looks alone are a worse guess than a common start.
        likely = [miss for miss in self.near if miss.shared == self.near[0].shared]
        names = [miss.name for miss in likely if miss.name is not None]
        return f"did you mean {names[0]!r}?" if names else None

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        chosen = self.entries if self.handler is None else (self.handler,)
        return {
            "namespace": self.namespace,
            "event": self.event,
            "found": self.complete,
            "pattern": self.route and self.route.pattern,
            "params": to_wire(dict(self.params)),
            "handlers": [one.as_json() for one in chosen],
            "hint": self.hint,
            "near": self.near_as_json(),
        }

    def near_as_json(self) -> list[dict[str, Any]]:
        """Return the near misses as JSON can hold them."""
        return [
            {"pattern": miss.route.pattern, "reason": miss.reason, "name": miss.name}
            for miss in self.near
        ]


def look_up(router: MetaRouter, namespace: str, event: str | None) -> Lookup:
    """Find what handles an event of a concrete name, or all its events.

    The work is bounded, whatever the length of both and the number of routes.
    """
    order = HandlerOrder(router)
    name, event = namespace[:LONGEST], event and event[:LONGEST]
    found = _look_up(order, name, event)
    if not found.served:
        return found
    return attrs.evolve(
        found,
        entries=tuple(one for one in found.entries if not one.is_silent),
        connect=_handler_of(order, found, "connect"),
        handler=None if event is None else _handler_of(order, found, event),
    )


def _look_up(order: HandlerOrder, name: str, event: str | None) -> Lookup:
    if name == STAR:
        return Lookup(name, event)
    functions = order.of_functions(name)
    match = order.router.table.match(name)
    if name in order.classes:
        entries = (*functions, *order.of_class(name))
        return Lookup(name, event, entries, order.classes[name])
    if match is not None:
        entries = (*functions, *order.of_route(match.route, name))
        target = match.route.target
        return Lookup(name, event, entries, target, match.route, match.params)
    if name in order.functions:
        return Lookup(name, event, tuple(functions))
    if serves_beside(order.router.server, name):
        return Lookup(name, event, tuple(functions), accepted=True)
    return Lookup(name, event, near=tuple(order.router.table.near(name)))


def _handler_of(order: HandlerOrder, found: Lookup, event: str) -> HandlerEntry | None:
    name = found.namespace
    shadowing = order.shadowing_function(name, event)
    methods: dict[str, HandlerEntry] = {}
    for entry in found.entries:
        if entry.kind != "function":
            methods[entry.event] = entry
        elif shadowing == (entry.namespace, entry.function):
            return entry
    if event not in LIFECYCLE:
        return EventTable(methods).find(event)
    nothing = HandlerEntry(kind="function", namespace=name, event=event, handler=None)
    return methods.get(event, nothing)
