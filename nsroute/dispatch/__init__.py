"""One dispatch, step by step: middleware, arguments, call, answer, record.

Start reading here. `run_event` is the way of an event, `run_connect` and
`finish_connect` that of a connect, `run_disconnect` that of a disconnect, `run_unasked`
that of a timer, a task or a close that no client asked for. Each makes a
`Dispatch`, runs it in a copy of the current context, so that nothing stays bound, and
sends it once. What a dispatch calls was compiled into a `CompiledRoute` before the
first client came.

- `routes`: what is compiled, which handler takes which event, and what that calls;
- `middleware`: what stands around it;
- `failures`: what becomes of an exception; `error_handlers`: which one takes it;
- `refusals`: what a client is told instead of a result;
- `unserved`: the dispatch of what reaches no handler.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from time import perf_counter
from typing import Any, Final, cast

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.arguments import refuse_unawaited
from nsroute.dispatch.failures import fail, propagates, recover
from nsroute.dispatch.refusals import answer_of, refusal_of
from nsroute.dispatch.routes import (
    Call,
    Client,
    CompiledHandler,
    CompiledRoute,
    CompiledTimer,
    NoClient,
    call_hook,
    current,
    open_object,
)
from nsroute.records import bind_log_context, publish, unbind_log_context
from nsroute.signals import Begun, Dispatch, Kind, update

__all__ = [
    "Call",
    "Client",
    "CompiledHandler",
    "CompiledRoute",
    "CompiledTimer",
    "current",
    "finish_connect",
    "run_close",
    "run_connect",
    "run_disconnect",
    "run_event",
    "run_unasked",
]

_set: Final = object.__setattr__


def run_event(
    client: Client,
    event: str,
    args: tuple[Any, ...],
    overridden: bool = False,
    queued: float = 0.0,
) -> Any:
    """Dispatch an event; return its acknowledgement.

    `overridden` is whether the `trigger_event` of a user's class has been called, and
    `queued` how long the event has waited. What nobody handled is raised where Flask
    propagates exceptions.
    """
    route: CompiledRoute = client.live.route
    begin = route.handler if overridden else route.first
    dispatch = _start("event", event, client, begin("event", event), args, queued)
    answer = dispatch.scope.run(_run, dispatch, args, _answer_event)
    _finish(dispatch)
    error = dispatch.error
    if dispatch.outcome == "error" and error and propagates(error, client.context.app):
        raise error
    return answer


def run_connect(
    client: Client, environ: dict[str, Any], auth: Any
) -> tuple[Dispatch, Refused | None]:
    """Dispatch a connect, up to the answer that the client gets.

    Returns:
        The dispatch, and what upstream must raise to refuse the client. If that is
        None, the dispatch goes on with `finish_connect`.
    """
    handler = client.live.route.first("connect", "connect")
    args = () if auth is None else (auth,)
    dispatch = _start("connect", "connect", client, handler, args)
    dispatch.scope.run(_run, dispatch, (environ, auth), _answer_connect)
    refused = cast("Refused | None", dispatch.refusal)
    if refused is not None:
        dispatch.scope.run(_ensure_removed, dispatch)
        _finish(dispatch)
    return dispatch, refused


def finish_connect(dispatch: Dispatch, connected: bool) -> None:
    """Call `accepted`, if the client is still connected; send the dispatch.

    Call it once the client has its CONNECT answer, so that what `accepted` emits
    arrives after it.
    """
    client = dispatch.client
    if connected and "accepted" in client.live.route.hooks:
        request_args = (client.context.environ, *dispatch.args)
        dispatch.scope.run(_run, dispatch, request_args, _answer_accepted)
    _finish(dispatch)


def run_disconnect(client: Client, reason: str) -> None:
    """Dispatch a disconnect; the caller calls it once for each client."""
    handler = client.live.route.first("disconnect", "disconnect")
    dispatch = _start("disconnect", "disconnect", client, handler, (reason,))
    dispatch.scope.run(_run, dispatch, dispatch.args, _answer_disconnect)
    dispatch.scope.run(_ensure_removed, dispatch)
    _finish(dispatch)


def run_unasked(kind: Kind, event: str, live: Any, handler: CompiledHandler) -> None:
    """Dispatch what no client asked for; it is sent only if it does not end well."""
    dispatch = _start(kind, event, NoClient(live), handler, ())
    dispatch.scope.run(_run, dispatch, (), _answer_unasked)
    if dispatch.outcome is None and kind != "close":
        _set(dispatch, "scope", None)  # which holds the dispatch
    else:
        _finish(dispatch)


def run_close(live: Any) -> None:
    """Dispatch the close of an object that no client leaves now."""

    def close(dispatch: Dispatch) -> None:
        call_hook(dispatch, "closed")

    silent = live.route.unhandled
    handler = CompiledHandler(close, close, silent.target, silent.recorder)
    run_unasked("close", "closed", live, handler)


def _start(
    kind: Kind,
    event: str,
    client: Client | NoClient,
    handler: CompiledHandler,
    args: tuple[Any, ...],
    queued: float = 0.0,
) -> Dispatch:
    live = client.live
    begun = Begun(
        kind, event, live.namespace, live.route.pattern, live.params, client.sid, args,
        handler.target, live.instance, queued=queued, client=client, handler=handler,
        scope=copy_context(),
    )  # fmt: skip
    begun.__class__ = Dispatch
    dispatch: Dispatch = begun
    return dispatch


def _run(
    dispatch: Dispatch, request_args: tuple[Any, ...], steps: Callable[[Dispatch], Any]
) -> Any:
    """Run steps in the client's Flask context; keep on it what nobody handled."""
    started = perf_counter()
    client = dispatch.client
    bound = bind_log_context(dispatch.namespace, client.sid, dispatch.event)
    current.set(dispatch)
    try:
        return client.context.run(dispatch.event, request_args, steps, dispatch)
    except BaseException as error:  # noqa: BLE001 - recorded, and raised by `run_event`
        return fail(dispatch, error)
    finally:
        before = dispatch.duration or 0.0
        _set(dispatch, "duration", before + perf_counter() - started)
        unbind_log_context(bound)


def _finish(dispatch: Dispatch) -> None:
    """Record a dispatch and send it; drop what it needed while it ran."""
    live, handler, scope = dispatch.client.live, dispatch.handler, dispatch.scope
    if dispatch.outcome is None:
        _set(dispatch, "outcome", "ok")
    if dispatch.refusal is not None or dispatch.failures:
        update(dispatch, refusal=None, failures=())
    _set(dispatch, "client", None)
    _set(dispatch, "handler", None)
    _set(dispatch, "scope", None)
    scope.run(publish, handler.recorder, live.route.sender, dispatch)


def _answer_event(dispatch: Dispatch) -> Any:
    try:
        result = dispatch.handler.run(dispatch)
        try:
            return dispatch.client.live.packets.carried(result)
        except TypeError as error:
            answer = answer_of(result, dispatch.target)
            if answer is None:
                raise
            raise answer from error
    except BaseException as error:  # noqa: BLE001 - raised again where nobody handles it
        return recover(dispatch, error)


def _answer_connect(dispatch: Dispatch) -> None:
    try:
        _guard(dispatch, _connect)
    except BaseException as error:
        fail(dispatch, error)
        _remove(dispatch)
        raise
    if dispatch.outcome is not None:
        _remove(dispatch)


def _connect(dispatch: Dispatch) -> None:
    """Make the object for its first client, and let the client in."""
    live = dispatch.client.live
    live.make()
    _set(dispatch, "instance", live.instance)
    handler = live.route.first("connect", "connect")
    if handler is not dispatch.handler:  # the object, just made, has one of its own
        update(dispatch, handler=handler, target=handler.target)
    result = dispatch.handler.run(dispatch)
    refused = dispatch.refusal
    if refused is None and result is not None:
        refused = refusal_of(result, dispatch.target, strict=live.route.strict)
    if refused is not None:
        raise refused
    # Middleware may have let the client in without going on to the handler.
    open_object(dispatch)


def _answer_accepted(dispatch: Dispatch) -> None:
    _guard(dispatch, lambda dispatch: call_hook(dispatch, "accepted"))


def _answer_unasked(dispatch: Dispatch) -> None:
    _guard(dispatch, dispatch.handler.run)


def _answer_disconnect(dispatch: Dispatch) -> None:
    try:
        _guard(dispatch, _disconnect)
    except BaseException as error:
        fail(dispatch, error)
        _remove(dispatch)
        raise
    _remove(dispatch)


def _disconnect(dispatch: Dispatch) -> None:
    # What it returns goes nowhere else, where a coroutine would be noticed.
    refuse_unawaited(dispatch.handler.run(dispatch))


def _ensure_removed(dispatch: Dispatch) -> None:
    """Remove the client, although its Flask context failed to begin or to end."""
    client = dispatch.client
    if client.live.has(client):
        _run(dispatch, dispatch.args, _remove)
    if client.live.has(client):
        _remove(dispatch)


def _remove(dispatch: Dispatch) -> None:
    """Remove the client; close the object behind the last one."""
    refused = dispatch.refusal

    def close() -> None:
        _guard(dispatch, lambda dispatch: call_hook(dispatch, "closed"))

    try:
        dispatch.client.live.remove(dispatch.client, close)
    except BaseException as error:  # noqa: BLE001 - the client has left all the same
        fail(dispatch, error)
    # A client that was refused is told why, whatever `closed` does.
    _set(dispatch, "refusal", refused)


def _guard(dispatch: Dispatch, step: Callable[[Dispatch], Any]) -> Any:
    """Run a step; turn what it raises into an answer, or pass it on."""
    try:
        return step(dispatch)
    except BaseException as error:  # noqa: BLE001 - raised again where nobody handles it
        return recover(dispatch, error)
