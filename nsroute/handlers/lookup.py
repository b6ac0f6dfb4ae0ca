"""From a namespace and an event to what handles them, or to why nothing does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from nsroute.dispatch.routes import LIFECYCLE, EventTable
from nsroute.errors import nearest
from nsroute.handlers.entries import HandlerEntry, HandlerOrder
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
    served: bool
    """Whether clients get in."""
    entries: tuple[HandlerEntry, ...] = ()
    """All that the namespace serves, in the order in which it is tried."""
    target: Target | None = None
    """The class that serves the namespace; None where only functions do."""
    route: Route | None = None
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    sent: tuple[HandlerEntry, ...] = ()
    """The events that its class declares to send."""
    handler: HandlerEntry | None = None
    """What handles the event that was asked for."""
    connect: HandlerEntry | None = None
    """What a client must pass before it may send anything."""
    near: tuple[NearMiss, ...] = ()
    """The routes that the namespace almost matches."""

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
            sent = next((one for one in self.sent if one.event == self.event), None)
            if sent is not None:
                return f"it is an event that the server sends: {sent.handler}"
            return nearest(self.event, [one.event for one in self.entries])
        # Looks alone are a worse guess than a common start.
        likely = [miss for miss in self.near if miss.shared == self.near[0].shared]
        names = [miss.name for miss in likely if miss.name is not None]
        return f"did you mean {names[0]!r}?" if names else None

    def as_json(self) -> dict[str, Any]:
        """Return what JSON can hold, without params and handlers."""
        return {
            "namespace": self.namespace,
            "event": self.event,
            "found": self.complete,
            "pattern": self.route and self.route.pattern,
            "hint": self.hint,
            "near": [
                {"pattern": one.route.pattern, "reason": one.reason, "name": one.name}
                for one in self.near
            ],
        }


def look_up(router: MetaRouter, namespace: str, event: str | None) -> Lookup:
    """Find what handles an event of a concrete name, or all its events.

    The work is bounded, whatever the length of both and the number of routes.
    """
    order = HandlerOrder(router)
    name, event = namespace[:LONGEST], event and event[:LONGEST]
    cls = order.classes.get(name)
    match = router.table.match(name) if cls is None else None
    route = None if match is None else match.route
    methods = order.of_route(route, name) if route else order.of_class(name)
    sent = order.sent_by_route(route) if route else order.sent_by_class(name)
    beside = name in order.functions or serves_beside(router.server, name)
    if name == STAR or not (methods or beside):
        return Lookup(name, event, False, near=tuple(router.table.near(name)))
    functions = [*order.functions.get(name, {}).values()]
    entries = [*functions, *order.functions.get(STAR, {}).values(), *methods]
    return Lookup(
        name,
        event,
        True,
        tuple(one for one in entries if not one.is_silent),
        route.target if route else cls,
        route,
        {} if match is None else match.params,
        tuple(sent),
        None if event is None else _handler_of(order, name, methods, event),
        _handler_of(order, name, methods, "connect"),
    )


def _handler_of(
    order: HandlerOrder, name: str, methods: list[HandlerEntry], event: str
) -> HandlerEntry | None:
    by_event = {one.event: one for one in methods}
    nothing = HandlerEntry(kind="function", namespace=name, event=event, handler=None)
    taken = order.shadowing(name, event)
    if taken is None and event in LIFECYCLE:
        return by_event.get(event, nothing)
    return taken or EventTable(by_event).find(event)
