"""What becomes of an exception: an answer, an error handler's, or an error."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, got_request_exception
from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.dispatch.error_handlers import ErrorHandler, app_response, is_exit
from nsroute.dispatch.refusals import (
    INTERNAL,
    UnhandledEvent,
    answer_of,
    as_answer,
    error_answer,
    filled,
    is_by_false,
    refusal,
)
from nsroute.dispatch.routes import CompiledRoute
from nsroute.errors import EventError
from nsroute.records import send
from nsroute.signals import Dispatch, update


def recover(dispatch: Dispatch, error: BaseException) -> Any:
    """Answer what was raised to be an answer, if a packet can carry it."""
    if is_exit(error):
        raise error
    answer = as_answer(error, dispatch.kind)
    if answer is not None:
        try:
            return _reject(dispatch, answer)
        except Exception as uncarried:  # noqa: BLE001 - handled like any other
            error = uncarried
    return _handle(dispatch, error)


def _handle(dispatch: Dispatch, error: BaseException) -> Any:
    """Answer an unexpected exception by its error handler, or pass it on."""
    client = dispatch.client
    route: CompiledRoute = client.live.route
    socketio = client.context.socketio
    handler = route.errors.find(
        client.live.instance, socketio, dispatch.namespace, error
    )
    try:
        if handler is None:
            return _reject(dispatch, _answer_of_app(dispatch, error))
        return _call_error_handler(dispatch, handler, error)
    except BaseException as unhandled:
        if not is_exit(unhandled):
            # By this Sentry and its like hear of exceptions.
            send(got_request_exception, client.context.app, exception=unhandled)
        raise


def _answer_of_app(dispatch: Dispatch, error: BaseException) -> EventError:
    """Return the answer that the application's own error handler makes of an exception.

    Raises:
        BaseException: The exception, if that is no answer to a client.
    """
    app = dispatch.client.context.app
    response = None if dispatch.kind == "disconnect" else app_response(app, error)
    answer = answer_of(response, f"the handler of {error!r}")
    if answer is None:
        raise error
    return answer


def _call_error_handler(
    dispatch: Dispatch, handler: ErrorHandler, error: BaseException
) -> Any:
    try:
        answer = dispatch.client.live.packets.carried(handler(error))
    except BaseException as told:
        answered = as_answer(told, dispatch.kind)
        if answered is None:
            raise
        return _reject(dispatch, answered)
    if dispatch.outcome != "error":
        update(dispatch, outcome="rejected", error=error)
    update(dispatch, refusal=Refused(INTERNAL))
    return answer


def _reject(dispatch: Dispatch, answer: EventError | Refused) -> dict[str, Any]:
    """End with an answer that was raised; return it for the wire.

    Raises:
        TypeError: If no packet can carry it.
    """
    packets = dispatch.client.live.packets
    is_refused = isinstance(answer, Refused)
    if isinstance(answer, EventError):
        code, message, details = answer.code, answer.message, answer.details
    else:
        told = answer.error_args
        code, message, details = "refused", told["message"], told.get("data")
    code, message, details = packets.carried([code, str(message), details])
    connecting = dispatch.kind == "connect" and dispatch.client.is_connecting
    if connecting:
        data = details if is_refused else filled(code=code, details=details)
        update(dispatch, refusal=refusal(message, data))
    outcome = "refused" if connecting else "rejected"
    if isinstance(answer, UnhandledEvent):
        outcome = "unhandled"
    error = None if is_by_false(answer) else answer
    update(dispatch, outcome=outcome, code=code, error=error)
    return error_answer(code, message, details)


def fail(dispatch: Dispatch, error: BaseException) -> dict[str, Any]:
    """End with an exception that nobody handled; return what the client is told."""
    failures = dispatch.failures
    if not any(error is failure for failure in failures):
        failures = (*failures, error)
    if len(failures) > 1:
        error = BaseExceptionGroup("one after the other", failures)
    update(
        dispatch,
        failures=failures,
        outcome="error",
        code="internal_error",
        error=error,
        refusal=Refused(INTERNAL),
    )
    return error_answer("internal_error", INTERNAL)


def propagates(error: BaseException, app: Flask) -> bool:
    """Return whether Flask would raise what nobody handled."""
    if is_exit(error):
        return True
    if isinstance(error, SystemExit):
        return False  # in gevent it would end the process
    chosen: bool | None = cast("Any", app.config)["PROPAGATE_EXCEPTIONS"]
    return (app.testing or app.debug) if chosen is None else chosen
