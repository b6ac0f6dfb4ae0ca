"""A name and an event to what handles them, or to why nothing does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from nsroute.arguments import to_wire
from nsroute.errors import nearest
from nsroute.events import LIFECYCLE, EventTable
from nsroute.listing import (
    Listed,
    Precedence,
    as_json,
    list_class,
    list_functions,
    list_passing,
    list_route,
)
from nsroute.router import MetaRouter
from nsroute.routing import NearMiss, Route, Target
from nsroute.upstream.acceptance import STAR, accepts

__all__ = ["Finding", "find"]


@attrs.frozen
class Finding:
    """What there is for a name, and for an event if one was asked for."""

    name: str
    """The name that was asked for."""
    event: str | None
    """The event that was asked for, if one was."""
    lines: tuple[Listed, ...] = ()
    """All that the name serves, in the order in which it is tried."""
    target: Target | None = None
    """The class that serves the name; None where only functions do."""
    route: Route | None = None
    """The route that matches the name."""
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Its parameters."""
    handler: Listed | None = None
    """What handles the event that was asked for."""
    connect: Listed | None = None
    """What a client must pass before it may send anything."""
    near: tuple[NearMiss, ...] = ()
    """The routes that the name almost matches."""
    accepted: bool = False
    """Whether the server lets clients in, whoever handles what they send."""

    @property
    def served(self) -> bool:
        """Whether anything serves the name."""
        return bool(self.lines) or self.accepted

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
        """The nearest name, or of a name that is served the nearest event."""
        if self.served and self.event is not None and self.handler is None:
            return nearest(self.event, [one.event for one in self.lines])
        # What only looks like it is no better guess than what begins like it.
        likely = [miss for miss in self.near if miss.shared == self.near[0].shared]
        names = [miss.name for miss in likely if miss.name is not None]
        return f"did you mean {names[0]!r}?" if names else None

    def as_json(self) -> dict[str, Any]:
        """Give all of it as what JSON can hold."""
        chosen = self.lines if self.handler is None else (self.handler,)
        return {
            "namespace": self.name,
            "event": self.event,
            "found": self.complete,
            "pattern": self.route and self.route.pattern,
            "params": to_wire(dict(self.params)),
            "handlers": [as_json(one) for one in chosen],
            "hint": self.hint if not self.complete else None,
            "near": [
                {"pattern": m.route.pattern, "reason": m.reason, "name": m.name}
                for m in self.near
            ],
        }


def find(router: MetaRouter, name: str, event: str | None) -> Finding:
    """Find what handles an event of a namespace.

    Args:
        router: The router to ask, and what stands before it.
        name: The concrete namespace.
        event: The event; None for all of them.
    """
    order = Precedence(router)
    found = _find_name(order, name, event)
    connect = _find_event(order, name, found.lines, "connect")
    handler = None
    if event is not None and found.served:
        handler = _find_event(order, name, found.lines, event)
        if handler is None and event in LIFECYCLE:
            handler = list_passing(order, name, event, found.route)
    return attrs.evolve(found, connect=connect, handler=handler)


def _find_name(order: Precedence, name: str, event: str | None) -> Finding:
    if name == STAR:
        return Finding(name, event)
    functions = list_functions(order, name)
    match = order.router.table.match(name)
    if name in order.classes:
        lines = (*functions, *list_class(order, name))
        return Finding(name, event, lines, order.classes[name])
    if match is not None:
        route = match.route
        lines = (*functions, *list_route(order, route, name))
        return Finding(name, event, lines, route.target, route, match.params)
    if name in order.functions:
        return Finding(name, event, tuple(functions))
    if accepts(order.router.server, name):
        return Finding(name, event, tuple(functions), accepted=True)
    return Finding(name, event, near=tuple(order.router.table.near(name)))


def _find_event(
    order: Precedence, name: str, lines: Iterable[Listed], event: str
) -> Listed | None:
    taker = order.taker(name, event)
    methods: dict[str, Listed] = {}
    for line in lines:
        if line.kind != "function":
            methods[line.event] = line
        elif taker == (line.namespace, line.function):
            return line
    if event in LIFECYCLE:
        return methods.get(event)
    return EventTable(methods).find(event)
