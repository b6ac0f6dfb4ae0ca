"""A class at a pattern to the `Plan` that its dispatches run: compiled at mount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
from flask_socketio import Namespace

from nsroute.arguments import Signature
from nsroute.errors import name_of
from nsroute.events import EventTable
from nsroute.namespace.declarations import Declaration, EventRoute, declare
from nsroute.pipeline.calls import (
    Call,
    call_forward,
    call_forward_connect,
    call_method,
    call_nothing,
    call_unhandled,
    class_layers,
    opening,
    resumable,
    wrap,
)
from nsroute.pipeline.clients import Occupancy
from nsroute.pipeline.errorhandlers import ErrorHandler, ErrorHandlers
from nsroute.pipeline.turn import NOT_FORWARDED, Handler, Middleware, Plan
from nsroute.records import NO_NAMES, ArgumentNames, LogChoice, nearest_recorder
from nsroute.signals import Kind

__all__ = ["HOOKS", "Surroundings", "compile_plan", "plain_plan"]

HOOKS: Final = ("opened", "accepted", "closed")


@attrs.frozen(eq=False)
class Surroundings:
    """What a class is compiled into: everything about a route that is not the class."""

    sender: Any
    """Who sends `dispatched`; None for the live object itself."""
    make: Callable[[Occupancy], Namespace]
    """Makes the live object."""
    pattern: str | None = None
    """The whole pattern, prefixes included."""
    declared: str | None = None
    """The pattern as the class spells it, to which its routes may be narrowed."""
    middleware: tuple[Middleware, ...] = ()
    """Of the router, the submounts and the route, outermost first."""
    log: LogChoice = None
    errors: Mapping[type[BaseException], ErrorHandler] = attrs.field(
        factory=dict[type[BaseException], ErrorHandler]
    )


class _Compiler:
    """Compiles the handlers of one class at one pattern."""

    def __init__(self, target: type[Namespace], around: Surroundings) -> None:
        self._name = name_of(target)
        self._around = around
        self._middleware = (*around.middleware, *class_layers(target))
        self._log: LogChoice = getattr(target, "log", None)

    def handler(self, route: EventRoute) -> Handler:
        """Compile the handler of a route."""
        call = call_method(route.method, route.signature, route.kind, route.leading)
        return self.build(
            opening(call) if route.kind == "connect" else call,
            kind=route.kind,
            method=route.method,
            middleware=route.middleware,
            log=route.log,
            names=_names(route.signature),
        )

    def build(
        self,
        call: Call,
        *,
        kind: Kind = "event",
        method: str | None = None,
        middleware: tuple[Middleware, ...] = (),
        log: LogChoice = None,
        names: ArgumentNames = NO_NAMES,
    ) -> Handler:
        """Put together what handles an event, with a method of the class or without."""
        inner = wrap(middleware, call, kind)
        return Handler(
            run=wrap(self._middleware, inner, kind),
            inner=inner,
            target=f"{self._name}.{method}" if method else self._name,
            recorder=nearest_recorder(log, self._log, self._around.log, names=names),
            method=method,
            middleware=(*self._middleware, *middleware),
        )


def _names(signature: Signature) -> ArgumentNames:
    """Tell what a handler calls its arguments, so that secret ones stay unrecorded."""
    taken = signature.parameters
    rest = None if taken.rest is None else taken.rest.name
    return ArgumentNames(tuple(one.name for one in taken.positional), rest)


def compile_plan(
    target: type[Namespace],
    declaration: Declaration,
    around: Surroundings,
    *,
    hooks: frozenset[str] = frozenset(),
    forwards: bool = False,
) -> Plan:
    """Compile a class for one pattern.

    Args:
        target: The class.
        declaration: What it declares.
        around: What it is compiled into.
        hooks: Those of `HOOKS` that it defines.
        forwards: Whether everything goes through the `trigger_event` of the object.
    """
    build = _Compiler(target, around)
    routes = declaration.of(around.declared)
    handlers = {event: build.handler(route) for event, route in routes.items()}
    entering = opening(call_nothing)
    connect = handlers.pop("connect", None) or build.build(entering, kind="connect")
    disconnect = handlers.pop("disconnect", None) or build.build(call_nothing)
    return Plan(
        pattern=around.pattern,
        target=target,
        events=EventTable(handlers),
        connect=connect,
        disconnect=disconnect,
        unhandled=build.build(call_unhandled),
        errors=ErrorHandlers(
            declaration.errors, around.errors, _catches_all(target, declaration)
        ),
        sender=around.sender,
        make=around.make,
        hooks=hooks,
        forward=_forwarding(build) if forwards else NOT_FORWARDED,
    )


def _forwarding(build: _Compiler) -> Mapping[Kind, Handler]:
    """Compile what calls an overridden `trigger_event`, for each kind of dispatch."""
    entering = opening(resumable(call_forward_connect))
    other = build.build(resumable(call_forward), method="trigger_event")
    return {
        "connect": build.build(entering, kind="connect", method="trigger_event"),
        "event": other,
        "disconnect": other,
    }


def _catches_all(target: type[Namespace], declaration: Declaration) -> bool:
    """Say whether a class has Flask-SocketIO's `error` method, not a route so named."""
    taken = {*declaration.errors.values(), *(r.method for r in declaration.routes)}
    return "error" not in taken and callable(getattr(target, "error", None))


def plain_plan(target: type[Namespace], around: Surroundings) -> Plan:
    """Compile any `flask_socketio.Namespace` class, which then serves as it did.

    One that overrides `trigger_event` gets everything there.
    """
    declaration = declare(target, stop=Namespace.__mro__, typed=False)
    plan = compile_plan(target, declaration, around)
    trigger_event: object = getattr(target, "trigger_event", None)
    if trigger_event is getattr(Namespace, "trigger_event", None):
        return plan
    build = _Compiler(target, around)
    forward = build.build(call_forward, method="trigger_event")
    connect = build.build(call_forward_connect, kind="connect", method="trigger_event")
    return attrs.evolve(
        plan, events=EventTable({"*": forward}), connect=connect, disconnect=forward
    )
