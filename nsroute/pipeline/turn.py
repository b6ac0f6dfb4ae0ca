"""What the pipeline works on: a `Plan` for each route, a `Turn` for each dispatch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from types import MappingProxyType
from typing import Any, Final, cast

import attrs
from flask import Flask
from flask_socketio import Namespace
from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.arguments import to_wire
from nsroute.dispatch import Dispatch, Kind, Outcome
from nsroute.errors import EventError, name_of
from nsroute.events import EventTable
from nsroute.pipeline.clients import Client, Occupancy, Stage
from nsroute.pipeline.errorhandlers import ErrorHandler, ErrorHandlers, is_order
from nsroute.records import Recorder
from nsroute.upstream.sending import as_carried

__all__ = ["INTERNAL", "Handler", "Middleware", "Plan", "Turn", "Unhandled"]

Middleware = Callable[[Dispatch, Callable[[], Any]], Any]
"""Called with the dispatch and with what goes on with it; returns the answer."""

INTERNAL: Final = "internal error"
NOT_FORWARDED: Final[Mapping[Kind, Any]] = MappingProxyType({})


class Unhandled(EventError):
    """Nothing handles the event."""

    def __init__(self) -> None:
        super().__init__("unhandled_event", "Nothing handles this event.")


@attrs.frozen(eq=False)
class Handler:
    """What handles one event of a route: compiled, then only run."""

    run: Callable[[Turn], Any]
    """Middleware, arguments and the method, in this order."""
    inner: Callable[[Turn], Any]
    """The same, with no middleware but the handler's own."""
    target: str
    """The class and the method, such as `Room.message`."""
    recorder: Recorder
    method: str | None = None
    """The name of the method; None where the class has none for the event."""
    middleware: tuple[Middleware, ...] = ()


@attrs.frozen(eq=False)
class Plan:
    """All that one route's dispatches need and that no client changes."""

    pattern: str | None
    target: type[Namespace]
    events: EventTable[Handler]
    connect: Handler
    disconnect: Handler
    unhandled: Handler
    errors: ErrorHandlers
    sender: Any
    """Who sends `dispatched`: the router, or a namespace that stands by itself."""
    make: Callable[[Occupancy], Namespace]
    hooks: frozenset[str]
    """Those of `opened`, `accepted` and `closed` that the class defines."""
    forward: Mapping[Kind, Handler] = NOT_FORWARDED
    """What calls the `trigger_event` of a routed class that overrides it."""

    def beginning(self, kind: Kind, handler: Handler) -> Handler:
        """Return where a dispatch begins that comes to a handler of the class."""
        return self.forward.get(kind, handler)


class Turn:
    """One dispatch while it runs: what is asked, and how it ends."""

    barred: BaseException | None
    """Of a connect: the error that keeps the client out, whoever has caught it."""

    __slots__ = (
        "_asked", "_failures", "args", "barred", "client", "code", "duration", "error",
        "event", "handler", "kind", "outcome", "place", "refusal", "scope", "target",
    )  # fmt: skip

    def __init__(
        self,
        kind: Kind,
        event: str,
        client: Client,
        handler: Handler,
        args: tuple[Any, ...],
    ) -> None:
        self.kind: Kind = kind
        self.event: str = event
        self.client: Client = client
        self.place: Occupancy = client.place
        self.handler: Handler = handler
        self.args: tuple[Any, ...] = args
        self.target: str | None = handler.target
        self.outcome: Outcome = "ok"
        self.error: BaseException | None = None
        self.code: str | None = None
        self.duration: float = 0.0
        self.refusal: Refused | None = None
        self.scope: Context = copy_context()
        self._asked: Dispatch | None = None
        self._failures: tuple[BaseException, ...] = ()

    @property
    def namespace(self) -> str:
        """The concrete namespace."""
        return self.place.namespace

    @property
    def pattern(self) -> str | None:
        """The pattern of the route."""
        pattern: str | None = self.place.plan.pattern
        return pattern

    @property
    def params(self) -> Mapping[str, Any]:
        """The converted parameters of the pattern."""
        return self.place.params

    @property
    def sid(self) -> str:
        """The client's session id."""
        return self.client.sid

    @property
    def app(self) -> Flask:
        """The application that the client connected to."""
        return self.client.context.app

    @property
    def asked(self) -> Dispatch:
        """The dispatch as middleware sees it, made where some looks."""
        if self._asked is None:
            self._asked = Dispatch(
                kind=self.kind,
                event=self.event,
                namespace=self.namespace,
                pattern=self.pattern,
                params=self.params,
                sid=self.sid,
                args=self.args,
                target=self.handler.target,
                instance=self.place.instance,
            )
        return self._asked

    def is_lifecycle(self, event: Any, namespace: str, sid: Any) -> bool:
        """Say whether it is a client's connect, or disconnect, of that name."""
        mine = self.kind, self.namespace, self.sid
        return self.kind != "event" and mine == (event, namespace, sid)

    def hand_on(self, handler: Handler) -> None:
        """Go on with another handler, to which an override has led."""
        self.handler, self.target = handler, handler.target

    def passed(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Take the arguments that an override passes on; return those before."""
        before, self.args, self._asked = self.args, args, None
        return before

    def dispatch(self) -> Dispatch:
        """Return the finished dispatch."""
        return attrs.evolve(
            self.asked,
            target=self.target,
            instance=self.place.instance,
            outcome=self.outcome,
            error=self.error,
            code=self.code,
            duration=self.duration,
        )

    def reject(self, answer: EventError | Refused) -> dict[str, Any]:
        """End with an answer that was raised; return it for the wire.

        Raises:
            TypeError: If no packet can carry it; so `to_wire` does for other reasons.
        """
        code, message, details = _told(answer)
        self.carried([code, message, details])
        if self.is_joining:
            data = details if isinstance(answer, Refused) else _said(code, details)
            self.refusal = _refusal(message, data)
        self.outcome = "refused" if self.is_joining else "rejected"
        if isinstance(answer, Unhandled):
            self.outcome = "unhandled"
        self.code, self.error = code, answer
        return {"error": _said(code, details, message)}

    def carried(self, value: Any) -> Any:
        """Return a result as what a packet of this server carries.

        Raises:
            Exception: If none does: what `to_wire`, or the serializer, makes of it.
        """
        made = as_carried(self.place.house.server, value)
        check = self.place.house.check
        if check is not None:
            check(made)
        return made

    @property
    def is_joining(self) -> bool:
        """Say whether the client is still to be let in or refused."""
        return self.kind == "connect" and self.client.stage is Stage.JOINING

    def refuse(self) -> None:
        """End a connect as `return False` does."""
        self.outcome, self.code, self.refusal = "refused", "refused", Refused()

    def fail(self, error: BaseException) -> dict[str, Any]:
        """End with an exception that nobody handled; return what the client is told."""
        if not any(error is failure for failure in self._failures):
            self._failures = (*self._failures, error)
        if len(self._failures) > 1:
            error = BaseExceptionGroup("one after the other", self._failures)
        self.outcome, self.code, self.error = "error", "internal_error", error
        self.refusal = Refused(INTERNAL)
        return {"error": {"code": "internal_error", "message": INTERNAL}}

    def handled(self, error: BaseException) -> None:
        """End with what an error handler made of an exception."""
        if self.outcome != "error":
            self.outcome, self.error = "rejected", error
        self.refusal = Refused(INTERNAL)

    def open(self) -> None:
        """Call `opened` of the live object, unless it was called."""
        self.place.open(lambda: self.call_hook("opened"))

    def call_hook(self, name: str) -> None:
        """Call a hook of the live object; it takes the blame for what it raises."""
        if name in self.place.plan.hooks:
            instance: object = self.place.instance
            before = self.target
            self.target = f"{name_of(type(instance))}.{name}"
            getattr(instance, name)()
            self.target = before

    def error_handler(self, error: BaseException) -> ErrorHandler | None:
        """Return what handles an unexpected exception of this dispatch."""
        place = self.place
        plan: Plan = place.plan
        return plan.errors.find(
            place.instance, place.house.socketio, place.namespace, error
        )

    @property
    def propagates(self) -> bool:
        """Say whether Flask would raise what nobody handled."""
        if is_order(self.error):
            return True
        app = self.app
        chosen: bool | None = cast("Any", app.config)["PROPAGATE_EXCEPTIONS"]
        return (app.testing or app.debug) if chosen is None else chosen


def _told(answer: EventError | Refused) -> tuple[Any, str, Any]:
    """Return the code, the message and the details of an answer, for the wire."""
    if isinstance(answer, EventError):
        code, message, details = answer.code, answer.message, answer.details
    else:
        code, told = "refused", answer.error_args
        message, details = told["message"], told.get("data")
    return to_wire(code), str(message), to_wire(details)


def _said(code: Any, details: Any, message: str | None = None) -> dict[str, Any]:
    said = {"code": code, "message": message, "details": details}
    return {name: value for name, value in said.items() if value is not None}


def _refusal(message: str, data: Any) -> Refused:
    if data is None:
        return Refused(message)
    # Where upstream cannot encode it, the client would wait for ever, half connected;
    # and the packet of a refusal, unlike others, cannot carry binary.
    json.dumps(data)
    return Refused(message, data)
