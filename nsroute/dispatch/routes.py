"""A class at a pattern, compiled: the handlers of its events, and what they call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Final, Generic, Protocol, TypeVar

import attrs
from flask_socketio import Namespace

from nsroute.arguments import Middleware, Signature
from nsroute.dispatch.error_handlers import ErrorHandlers
from nsroute.dispatch.middleware import keeping_out
from nsroute.dispatch.refusals import UnhandledEvent
from nsroute.errors import name_of
from nsroute.records import Recorder
from nsroute.signals import Dispatch, Kind, update
from nsroute.upstream.context import AppContext, ClientContext

current: ContextVar[Dispatch] = ContextVar("nsroute_dispatch")
"""The dispatch that runs in this context: user code asks for its client."""

LIFECYCLE: Final = frozenset({"connect", "disconnect"})
"""The events that upstream makes itself; no client may send them by name."""

T = TypeVar("T")


def is_prefix(event: str) -> bool:
    """Return whether a declared event takes every custom event that begins like it."""
    return event.endswith("*")


class EventTable(Generic[T]):
    """What handles which event, compiled once and then only looked up.

    Nothing that a client sends becomes a key here.
    """

    __slots__ = ("_exact", "_prefixes")

    def __init__(self, declared: Mapping[str, T]) -> None:
        self._exact = {e: h for e, h in declared.items() if not is_prefix(e)}
        prefixes = [(e[:-1], h) for e, h in declared.items() if is_prefix(e)]
        self._prefixes = tuple(sorted(prefixes, key=lambda pair: -len(pair[0])))

    def find(self, event: str) -> T | None:
        """Return what handles a custom event, or None."""
        found = self._exact.get(event)
        if found is None and self._prefixes:
            return self._rest(event)
        return found

    def _rest(self, event: str) -> T | None:
        for prefix, handler in self._prefixes:
            if event.startswith(prefix):
                return handler
        return None

    def __iter__(self) -> Iterator[tuple[str, T]]:
        """Yield each declared event with its handler, in the order they are tried."""
        yield from self._exact.items()
        for prefix, handler in self._prefixes:
            yield f"{prefix}*", handler


Call = Callable[[Dispatch], Any]


@attrs.frozen(eq=False)
class CompiledHandler:
    """What handles one event of a route."""

    run: Call
    """All middleware, the check of the arguments and the method, in this order."""
    inner: Call
    """The same, with no middleware but the handler's own."""
    target: str  # such as `Room.message`
    recorder: Recorder
    method: str | None = None  # None where the class has none for the event
    order: str | None = "client"  # what it waits for; see `nsroute.events_queue`
    middleware: tuple[Middleware, ...] = ()


@attrs.frozen(eq=False)
class CompiledTimer:
    """A method that runs every so many seconds."""

    seconds: float
    handler: CompiledHandler


@attrs.frozen(eq=False)
class CompiledRoute:
    """All that the dispatches of one route need."""

    pattern: str | None
    target: type[Namespace]
    events: EventTable[CompiledHandler]
    connect: CompiledHandler
    disconnect: CompiledHandler
    unhandled: CompiledHandler
    errors: ErrorHandlers
    sender: Any  # of `dispatched`: the router, or the object that stands alone
    make: Callable[[Any], Namespace]  # the live object of a `LiveNamespace`
    hooks: frozenset[str]  # of `opened`, `accepted`, `closed`, those of the class
    linger: float = 0.0  # seconds that an object stays behind its last client
    capacity: int | None = None  # how many clients a namespace takes
    timers: tuple[CompiledTimer, ...] = ()
    order: str | None = "client"  # of all but its events, which may have their own
    strict: bool = True  # a connect handler admits by None or True alone
    override: Mapping[Kind, CompiledHandler] | None = None
    """What calls the `trigger_event` that a routed class overrides."""

    def order_of(self, event: object) -> str | None:
        """Return what an event waits for."""
        if isinstance(event, str) and event not in LIFECYCLE:
            return self.handler("event", event).order
        return self.order

    def first(self, kind: Kind, event: str) -> CompiledHandler:
        """Return the handler that a dispatch begins with."""
        if self.override is None:
            return self.handler(kind, event)
        return self.override[kind]

    def handler(self, kind: Kind, event: str) -> CompiledHandler:
        """Return what handles an event, or a connect or disconnect."""
        if kind == "event":
            return self.events.find(event) or self.unhandled
        return self.connect if kind == "connect" else self.disconnect


class Client(Protocol):
    """A `nsroute.live.Membership`, as dispatches need it."""

    sid: str
    eio_sid: str
    context: ClientContext
    live: Any  # its `nsroute.live.LiveNamespace`; see `NoClient` too

    @property
    def is_connecting(self) -> bool: ...
    @property
    def data(self) -> dict[str, Any]: ...


class NoClient:
    """Stands for the client in a dispatch that no client asked for."""

    __slots__ = ("context", "live")

    sid: Final = None
    is_connecting: Final = False

    def __init__(self, live: Any) -> None:
        self.live: Any = live
        self.context: AppContext = AppContext(live.host.socketio, live.app)


def call_method(method: str, signature: Signature, kind: Kind, leading: bool) -> Call:
    """Compile the call of a handler, looked up on the live object each time.

    A connect without `auth` has None for it. With `leading` the event comes first.
    """
    bind, names = signature.bind, signature.parameters.names

    def args_of(dispatch: Dispatch) -> tuple[Any, ...]:
        args = dispatch.args or (None,) if kind == "connect" else dispatch.args
        if bind is not None:
            args = bind(args)
        return (dispatch.event, *args) if leading else args

    def call(dispatch: Dispatch) -> Any:
        instance = dispatch.client.live.instance
        return getattr(instance, method)(*args_of(dispatch))

    def call_with_args(dispatch: Dispatch) -> Any:
        args = dispatch.args
        called = getattr(dispatch.client.live.instance, method)
        return called(*args) if bind is None else called(*bind(args))

    def call_with_params(dispatch: Dispatch) -> Any:
        instance, params = dispatch.client.live.instance, dispatch.params
        chosen = {name: params[name] for name in names if name in params}
        return getattr(instance, method)(*args_of(dispatch), **chosen)

    if names:
        return call_with_params
    return call if leading or kind == "connect" else call_with_args


def call_nothing(_: Dispatch) -> None:
    """Do what a class without a connect or disconnect handler does."""


def call_timer(method: str) -> Call:
    """Compile the call of a method without arguments."""

    def call(dispatch: Dispatch) -> None:
        getattr(dispatch.client.live.instance, method)()

    return call


def call_unhandled(dispatch: Dispatch) -> None:
    """Reject an event that the class does not handle."""
    route: CompiledRoute = dispatch.client.live.route
    raise UnhandledEvent(str(dispatch.event), (event for event, _ in route.events))


def open_first(inner: Call) -> Call:
    """Open the live object before the first connect handler."""

    def call(dispatch: Dispatch) -> Any:
        open_object(dispatch)
        return inner(dispatch)

    return call


def open_object(dispatch: Dispatch) -> None:
    """Call `opened` of the live object, unless it has been called."""
    dispatch.client.live.open(lambda: call_hook(dispatch, "opened"))


def call_hook(dispatch: Dispatch, name: str) -> None:
    """Call a hook of the live object; what it raises is recorded under its name."""
    live = dispatch.client.live
    if name in live.route.hooks:
        before = dispatch.target
        instance: object = live.instance
        update(dispatch, target=f"{name_of(type(instance))}.{name}")
        getattr(instance, name)()
        update(dispatch, target=before)


def call_trigger_event(dispatch: Dispatch) -> Any:
    """Call the `trigger_event` of the live object, as upstream would."""
    args = dispatch.args
    if dispatch.kind == "connect":
        args = (dispatch.client.context.environ, args[0] if args else None)
    instance = dispatch.client.live.instance
    return instance.trigger_event(dispatch.event, dispatch.sid, *args)


def overridden_dispatch(instance: object, event: object, sid: Any) -> Dispatch | None:
    """Return the dispatch in which an object's overridden `trigger_event` runs.

    None if it is called for another client, or for what only looks like the lifecycle.
    """
    dispatch = current.get(None)
    client: Client | None = None if dispatch is None else dispatch.client
    if dispatch is None or client is None or not isinstance(event, str):
        return None
    if client.live.instance is not instance or client.sid != sid:
        return None
    kind = event if event in LIFECYCLE else "event"
    overridden = client.live.route.override is not None
    return dispatch if overridden and dispatch.kind == kind else None


def proceed_to_handler(dispatch: Dispatch, event: str, args: tuple[Any, ...]) -> Any:
    """Run the handler of what an overridden `trigger_event` passes to `super()`.

    Of a connect that is `(environ, auth)`.
    """
    route: CompiledRoute = dispatch.client.live.route
    handler = route.handler(dispatch.kind, event)
    call = handler.inner
    before = {"event": dispatch.event, "args": dispatch.args}
    if dispatch.kind == "connect":
        args = tuple(auth for auth in args[1:] if auth is not None)
        call = keeping_out(call, strict=route.strict)
    update(dispatch, handler=handler, target=handler.target, event=event, args=args)
    try:
        return call(dispatch)
    finally:
        update(dispatch, **before)
