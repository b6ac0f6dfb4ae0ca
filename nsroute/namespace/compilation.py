"""A class at a pattern to the `CompiledRoute` that its dispatches run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from flask_socketio import Namespace

from nsroute.arguments import Middleware
from nsroute.dispatch import Call, CompiledHandler, CompiledRoute, CompiledTimer
from nsroute.dispatch.error_handlers import ErrorHandler, ErrorHandlers
from nsroute.dispatch.middleware import wrap, wrap_connect
from nsroute.dispatch.routes import (
    EventTable,
    call_method,
    call_nothing,
    call_timer,
    call_trigger_event,
    call_unhandled,
    open_first,
)
from nsroute.errors import name_of
from nsroute.events_queue import UNSET, OrderChoice, nearest_order
from nsroute.namespace.declarations import Declaration, EventRoute, declare
from nsroute.namespace.instances import call_found
from nsroute.records import NO_NAMES, ArgumentNames, LogChoice, nearest_recorder
from nsroute.signals import Kind


@attrs.frozen(eq=False)
class RouteOptions:
    """What a class is compiled with: everything about a route that is not the class."""

    sender: Any
    make: Callable[[Any], Namespace]
    pattern: str | None = None
    """The whole pattern, prefixes included."""
    declared: str | None = None
    """The pattern as the class spells it, to which its routes may be narrowed."""
    middleware: tuple[Middleware, ...] = ()
    """Of the router, the submounts and the route, outermost first."""
    log: LogChoice = None
    order: OrderChoice = UNSET
    errors: Mapping[type[BaseException], ErrorHandler] = attrs.field(
        factory=dict[type[BaseException], ErrorHandler]
    )


class _Compiler:
    """Compiles the handlers of one class at one pattern."""

    def __init__(
        self, target: type[Namespace], options: RouteOptions, *, strict: bool
    ) -> None:
        self._name = name_of(target)
        self._options = options
        self._strict = strict
        self._middleware = (
            *options.middleware,
            *getattr(target, "__nsroute_middleware__", ()),
        )
        self._log: LogChoice = getattr(target, "__nsroute_log__", None)
        self._order: OrderChoice = getattr(target, "__nsroute_order__", UNSET)

    def handler(self, route: EventRoute) -> CompiledHandler:
        """Compile the handler of a route."""
        call = call_method(route.method, route.signature, route.kind, route.leading)
        taken = route.signature.parameters
        names = tuple(one.name for one in taken.positional)
        rest = None if taken.rest is None else taken.rest.name
        return self.build(
            open_first(call) if route.kind == "connect" else call,
            kind=route.kind,
            method=route.method,
            middleware=route.middleware,
            log=route.log,
            order=route.order,
            # By these a record hides secrets.
            names=ArgumentNames(names, rest),
        )

    def timers(self, declared: Mapping[str, float]) -> Iterator[CompiledTimer]:
        """Compile the methods that are called every so many seconds."""
        recorder = nearest_recorder(self._log, self._options.log)
        for method, seconds in declared.items():
            call, target = call_timer(method), f"{self._name}.{method}"
            handler = CompiledHandler(call, call, target, recorder, method)
            yield CompiledTimer(seconds, handler)

    def build(
        self,
        call: Call,
        *,
        kind: Kind = "event",
        method: str | None = None,
        middleware: tuple[Middleware, ...] = (),
        log: LogChoice = None,
        order: OrderChoice = UNSET,
        names: ArgumentNames = NO_NAMES,
    ) -> CompiledHandler:
        """Compile what handles an event, with a method of the class or without."""
        inner = self._wrap(middleware, call, kind)
        return CompiledHandler(
            run=self._wrap(self._middleware, inner, kind),
            inner=inner,
            target=f"{self._name}.{method}" if method else self._name,
            recorder=nearest_recorder(log, self._log, self._options.log, names=names),
            method=method,
            order=nearest_order(order, self._order, self._options.order),
            middleware=(*self._middleware, *middleware),
        )

    def _wrap(self, middleware: tuple[Middleware, ...], call: Call, kind: Kind) -> Call:
        if kind == "connect":
            return wrap_connect(middleware, call, strict=self._strict)
        return wrap(middleware, call)


def compile_route(
    target: type[Namespace],
    declaration: Declaration,
    options: RouteOptions,
    *,
    hooks: frozenset[str] = frozenset(),
    overrides: bool = False,
    strict: bool = True,
) -> CompiledRoute:
    """Compile a class for one pattern; `overrides` sends all to its `trigger_event`."""
    compiler = _Compiler(target, options, strict=strict)
    routes = declaration.of(options.declared)
    handlers = {event: compiler.handler(route) for event, route in routes.items()}
    connect = handlers.pop("connect", None)
    disconnect = handlers.pop("disconnect", None)
    other = call_nothing if strict else call_found
    unhandled = compiler.build(call_unhandled if strict else call_found)
    return CompiledRoute(
        pattern=options.pattern,
        target=target,
        events=EventTable(handlers),
        connect=connect or compiler.build(open_first(other), kind="connect"),
        disconnect=disconnect or compiler.build(other),
        unhandled=unhandled,
        errors=ErrorHandlers(
            declaration.errors, options.errors, _catches_all(target, declaration)
        ),
        sender=options.sender,
        make=options.make,
        hooks=hooks,
        order=unhandled.order,
        strict=strict,
        linger=getattr(target, "__nsroute_linger__", 0.0),
        capacity=getattr(target, "__nsroute_capacity__", None),
        timers=tuple(compiler.timers(getattr(target, "__nsroute_timers__", {}))),
        override=_override(compiler) if overrides else None,
    )


def _override(compiler: _Compiler) -> Mapping[Kind, CompiledHandler]:
    """Compile what calls an overridden `trigger_event`, for each kind of dispatch."""
    connect = open_first(call_trigger_event)
    other = compiler.build(call_trigger_event, method="trigger_event")
    return {
        "connect": compiler.build(connect, kind="connect", method="trigger_event"),
        "event": other,
        "disconnect": other,
    }


def _catches_all(target: type[Namespace], declaration: Declaration) -> bool:
    """Return whether a class has Flask-SocketIO's `error` method, not a route."""
    taken = {*declaration.errors.values(), *(r.method for r in declaration.routes)}
    return "error" not in taken and callable(getattr(target, "error", None))


def compile_plain(target: type[Namespace], options: RouteOptions) -> CompiledRoute:
    """Compile any `flask_socketio.Namespace` class, which then serves as it did.

    One that overrides `trigger_event` gets everything there.
    """
    declaration = declare(target, stop=Namespace.__mro__, typed=False, strict=False)
    route = compile_route(target, declaration, options, strict=False)
    own: object = getattr(target, "trigger_event", None)
    if own is getattr(Namespace, "trigger_event", None):
        return route
    override = _override(_Compiler(target, options, strict=False))
    return attrs.evolve(
        route,
        events=EventTable({"*": override["event"]}),
        connect=override["connect"],
        disconnect=override["disconnect"],
    )
