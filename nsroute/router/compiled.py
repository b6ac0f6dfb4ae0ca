"""The routes of a table, compiled with what a router puts around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import attrs
from flask_socketio import Namespace

from nsroute.arguments import Middleware
from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.error_handlers import ErrorHandler
from nsroute.events_queue import Order
from nsroute.live import LiveNamespace
from nsroute.namespace import RoutedNamespace, compile_routed
from nsroute.namespace.compilation import RouteOptions, compile_plain
from nsroute.records import LogChoice
from nsroute.routing import Route, RouteTable


@attrs.define(eq=False)
class CompiledRoutes:
    """A table, and what was compiled for each of its routes.

    Args:
        table: The routes.
        sender: The router.
        make: Makes the live object of a namespace, by the factory of its route.
        middleware: What the router puts around all routes, outermost first.
        log: How dispatches are recorded where neither class nor route says.
        order: What an event waits for where neither class nor event says.
        errors: The error handlers of the router.
    """

    table: RouteTable
    sender: Any
    make: Callable[[Any, LiveNamespace], Namespace]
    middleware: tuple[Middleware, ...]
    log: LogChoice
    order: Order
    errors: Mapping[type[BaseException], ErrorHandler]
    by_id: dict[int, CompiledRoute] = attrs.field(factory=dict[int, CompiledRoute])
    find: Callable[[str], tuple[CompiledRoute, Mapping[str, Any]] | None] = attrs.field(
        init=False
    )
    """Returns what serves a name, and the parameters of its pattern, or None."""

    def __attrs_post_init__(self) -> None:
        self.compile()

    def compile(self) -> None:
        """Compile all routes, for clients to come."""
        self.by_id.update({id(route): self._compile(route) for route in self.table})
        self.find = self.table.matcher_of(self.of).find

    def of(self, route: Route) -> CompiledRoute:
        """Return what was compiled for a route."""
        return self.by_id[id(route)]

    def _compile(self, route: Route) -> CompiledRoute:
        target = cast("type[Namespace]", route.target)
        options = RouteOptions(
            sender=self.sender,
            make=partial(self.make, route.factory),
            pattern=route.pattern,
            declared=route.declared,
            middleware=(
                *self.middleware,
                *route.submount_middleware,
                *route.middleware,
            ),
            log=self.log,
            order=self.order,
            errors=self.errors,
        )
        if issubclass(target, RoutedNamespace):
            return compile_routed(target, options)
        return compile_plain(target, options)
