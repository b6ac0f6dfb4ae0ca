"""The innermost step of a dispatch: the call of a method of the live object."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from nsroute.arguments import Signature
from nsroute.dispatch.refusals import UnhandledEvent
from nsroute.dispatch.routes import Call
from nsroute.errors import name_of
from nsroute.signals import Dispatch, Kind, update

current: ContextVar[Dispatch] = ContextVar("nsroute_dispatch")
"""The dispatch that runs in this context: user code asks for its client."""


def call_method(method: str, signature: Signature, kind: Kind, leading: bool) -> Call:
    """Compile the call of a handler, looked up on the live object each time.

    A connect without `auth` has None for it. With `leading` the event comes first.
    """
    bind, names = signature.bind, signature.params

    def args_of(dispatch: Dispatch) -> tuple[Any, ...]:
        args = dispatch.args or (None,) if kind == "connect" else dispatch.args
        if bind is not None:
            args = bind(args)
        return (dispatch.event, *args) if leading else args

    def call(dispatch: Dispatch) -> Any:
        instance = dispatch.client.live.instance
        return getattr(instance, method)(*args_of(dispatch))

    def call_with_params(dispatch: Dispatch) -> Any:
        instance, params = dispatch.client.live.instance, dispatch.params
        chosen = {name: params[name] for name in names if name in params}
        return getattr(instance, method)(*args_of(dispatch), **chosen)

    return call_with_params if names else call


def call_nothing(_: Dispatch) -> None:
    """Do what a class without a connect or disconnect handler does."""


def call_unhandled(_: Dispatch) -> None:
    """Reject an event that the class does not handle."""
    raise UnhandledEvent


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
        update(dispatch, target=f"{name_of(type(live.instance))}.{name}")
        getattr(live.instance, name)()
        update(dispatch, target=before)


def call_trigger_event(dispatch: Dispatch) -> Any:
    """Call the `trigger_event` of the live object, as upstream would."""
    args = dispatch.args
    if dispatch.kind == "connect":
        args = (dispatch.client.context.environ, args[0] if args else None)
    instance = dispatch.client.live.instance
    return instance.trigger_event(dispatch.event, dispatch.sid, *args)


def proceed_to_handler(dispatch: Dispatch, event: str, args: tuple[Any, ...]) -> Any:
    """Run the handler of what an overridden `trigger_event` passes to `super()`.

    Of a connect that is `(environ, auth)`.
    """
    handler = dispatch.client.live.route.handler(dispatch.kind, event)
    before = {"event": dispatch.event, "args": dispatch.args}
    if dispatch.kind == "connect":
        args = tuple(auth for auth in args[1:] if auth is not None)
    update(dispatch, handler=handler, target=handler.target, event=event, args=args)
    try:
        return handler.inner(dispatch)
    finally:
        update(dispatch, **before)
