"""One dispatch, step by step: middleware, arguments, call, answer, record.

Start reading here. `serve` is the way of an event, `admit` and `accept` that of a
connect, `release` that of a disconnect. Each makes a `Turn`, runs it in a copy of the
current context, so that nothing stays bound, and publishes it once. What a turn calls
was compiled into a `Plan` before the first client came.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from typing import Any, Final

from flask import got_request_exception
from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.arguments import to_wire
from nsroute.errors import EventError
from nsroute.pipeline.calls import barring, forwarding
from nsroute.pipeline.clients import Client, Stage
from nsroute.pipeline.errorhandlers import ErrorHandler, is_order
from nsroute.pipeline.turn import Handler, Plan, Turn
from nsroute.records import MAX_NAME, brief, publish, tell
from nsroute.upstream.lifecycle import sweep_rooms
from nsroute.upstream.log_context import bind_log_context

__all__ = [
    "accept", "admit", "forward", "go_on", "release", "resume", "serve", "serving"
]  # fmt: skip

LEAVING: Final = Stage.LEAVING  # a name costs less than a member of an enumeration
serving: ContextVar[Client] = ContextVar("nsroute_serving")
"""The client whose dispatch runs in this context."""


def serve(client: Client, event: str, args: tuple[Any, ...]) -> Any:
    """Dispatch an event; return its acknowledgement.

    Raises:
        BaseException: What nobody handled, where Flask propagates exceptions.
    """
    plan: Plan = client.place.plan
    turn = Turn("event", event, client, plan.events.find(event) or plan.unhandled, args)
    return turn.scope.run(_serve, turn)


def forward(client: Client, event: str, args: tuple[Any, ...]) -> Any:
    """Dispatch an event to the `trigger_event` that its class overrides."""
    handler: Handler = client.place.plan.forward["event"]
    turn = Turn("event", event, client, handler, args)
    return turn.scope.run(_serve, turn)


def go_on(client: Client, event: str, args: tuple[Any, ...]) -> Any:
    """Run the handler of what an overridden `trigger_event` passes to `super()`.

    It runs in the turn of `forward`; where upstream called the override, in its own.
    """
    outer = forwarding.get()
    if outer is None or outer.client is not client:
        return serve(client, event, args)
    plan: Plan = client.place.plan
    handler = plan.events.find(event) or plan.unhandled
    outer.hand_on(handler)
    return handler.inner(Turn("event", event, client, handler, args))


def resume(turn: Turn, passed: tuple[Any, ...]) -> Any:
    """Run the handler of a connect or disconnect that came through an override.

    Args:
        turn: That of the connect or disconnect.
        passed: `(environ, auth)` or `(reason,)`, as upstream passes them.
    """
    plan: Plan = turn.place.plan
    if turn.kind == "connect":
        turn.hand_on(plan.connect)
        passed = tuple(auth for auth in passed[1:] if auth is not None)
    else:
        turn.hand_on(plan.disconnect)
    came = turn.passed(passed)
    try:
        # Whom the handler keeps out, the override does not let in either.
        return barring(turn.handler.inner)(turn)
    finally:
        turn.passed(came)


def _serve(turn: Turn) -> Any:
    answer = _run(turn, turn.args, _answer_event)
    _publish(turn)
    if turn.client.stage is LEAVING:
        sweep_rooms(turn.place.house.server, turn.namespace, turn.sid)
    if turn.outcome == "error" and turn.error is not None and turn.propagates:
        raise turn.error
    return answer


def admit(client: Client, environ: dict[str, Any], auth: Any) -> Turn:
    """Dispatch a connect; the turn is published by `accept`, or here if it refuses.

    Its `refusal` is what upstream must raise to refuse the client, or None.
    """
    plan: Plan = client.place.plan
    args = () if auth is None else (auth,)
    handler = plan.beginning("connect", plan.connect)
    turn = Turn("connect", "connect", client, handler, args)
    turn.barred = None
    turn.scope.run(_run, turn, (environ, auth), _answer_connect)
    if turn.refusal is None:
        client.admit()
    else:
        turn.scope.run(_ensure_left, turn)
        turn.scope.run(_publish, turn)
    return turn


def accept(turn: Turn, here: bool) -> None:
    """Publish a connect; first call `accepted`, if the client is still here.

    Call it once the client has its CONNECT answer, so that what `accepted` emits
    arrives after it.
    """
    if here and "accepted" in turn.place.plan.hooks:
        request_args = (turn.client.context.environ, *turn.args)
        turn.scope.run(_run, turn, request_args, _answer_accepted)
    turn.scope.run(_publish, turn)


def release(client: Client, reason: str) -> None:
    """Dispatch a disconnect. The caller has moved the client to `LEAVING`, once."""
    plan: Plan = client.place.plan
    handler = plan.beginning("disconnect", plan.disconnect)
    turn = Turn("disconnect", "disconnect", client, handler, (reason,))
    turn.scope.run(_run, turn, turn.args, _answer_disconnect)
    turn.scope.run(_ensure_left, turn)
    turn.scope.run(_publish, turn)


def _run(
    turn: Turn, request_args: tuple[Any, ...], steps: Callable[[Turn], Any]
) -> Any:
    """Run steps in the turn's Flask context; keep in it what nobody handled."""
    started = perf_counter()
    client, event = turn.client, turn.event
    if len(event) > MAX_NAME or not event.isprintable():  # spares others the call
        event = brief(event)
    bind_log_context(client.place.namespace, client.sid, event)
    serving.set(client)
    try:
        return client.context.run(turn.event, request_args, steps, turn)
    except BaseException as error:  # noqa: BLE001 - recorded, and raised by `_serve`
        return turn.fail(error)
    finally:
        turn.duration += perf_counter() - started


def _publish(turn: Turn) -> None:
    publish(turn.handler.recorder, turn.place.plan.sender, turn)


def _answer_event(turn: Turn) -> Any:
    try:
        result = turn.handler.run(turn)
        try:
            result = to_wire(result)
        except TypeError:
            return turn.carried(result)
        check = turn.place.house.check  # as `carried` does, with calls less
        if check is not None:
            check(result)
        return result
    except BaseException as error:  # noqa: BLE001 - raised again where nobody handles it
        return _recover(turn, error)


def _answer_connect(turn: Turn) -> None:
    try:
        _guard(turn, _connect)
    except BaseException as error:
        turn.fail(error)
        _leave(turn)
        raise
    if turn.refusal is not None:
        _leave(turn)


def _connect(turn: Turn) -> None:
    """Make the object for its first client, and let the client in."""
    place = turn.place
    place.make(lambda: place.plan.make(place))
    if turn.handler.run(turn) is False:
        turn.refuse()
    elif turn.barred is not None:
        raise turn.barred
    else:
        # A middleware may have let the client in without going on to the handler.
        turn.open()


def _answer_accepted(turn: Turn) -> None:
    _guard(turn, _call_hook, "accepted")


def _answer_disconnect(turn: Turn) -> None:
    try:
        _guard(turn, turn.handler.run)
    except BaseException as error:
        turn.fail(error)
        _leave(turn)
        raise
    _leave(turn)


def _ensure_left(turn: Turn) -> None:
    """Let the client go, although its Flask context failed to begin or to end."""
    if turn.place.has(turn.client):
        _run(turn, turn.args, _leave)
    if turn.place.has(turn.client):
        _leave(turn)


def _leave(turn: Turn) -> None:
    """Let the client go; close the object behind the last one."""
    if turn.place.leave(turn.client):
        refusal = turn.refusal
        try:
            turn.place.close(lambda: _guard(turn, _call_hook, "closed"))
        except BaseException as error:  # noqa: BLE001 - the client has left all the same
            turn.fail(error)
        # A client that was refused is told why, whatever `closed` does.
        turn.refusal = refusal


def _call_hook(turn: Turn, name: str) -> None:
    turn.call_hook(name)


def _guard(turn: Turn, step: Callable[..., Any], *args: Any) -> Any:
    """Run a step; turn what it raises into an answer, or pass it on."""
    try:
        return step(turn, *args)
    except BaseException as error:  # noqa: BLE001 - raised again where nobody handles it
        return _recover(turn, error)


def _recover(turn: Turn, error: BaseException) -> Any:
    """Answer what was raised to be an answer, if a packet can carry it."""
    if is_order(error):
        raise error
    if isinstance(error, EventError | Refused):
        try:
            return turn.reject(error)
        except Exception as uncarried:  # noqa: BLE001 - handled like any other
            error = uncarried
    return _handle(turn, error)


def _handle(turn: Turn, error: BaseException) -> Any:
    """Answer an unexpected exception by its error handler, or pass it on."""
    handler = turn.error_handler(error)
    try:
        if handler is None:
            raise error
        return _call_error_handler(turn, handler, error)
    except BaseException as unhandled:
        if not is_order(unhandled):
            _tell_flask(turn, unhandled)
        raise


def _call_error_handler(turn: Turn, handler: ErrorHandler, error: BaseException) -> Any:
    try:
        answer = turn.carried(handler(error))
    except (EventError, Refused) as told:
        return turn.reject(told)
    turn.handled(error)
    return answer


def _tell_flask(turn: Turn, error: BaseException) -> None:
    """Send Flask's signal, by which Sentry and its like hear of exceptions."""
    tell(got_request_exception, turn.app, exception=error)
