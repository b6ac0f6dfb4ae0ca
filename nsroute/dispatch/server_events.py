"""The dispatch of what other processes ask for: no client stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from time import perf_counter
from typing import Any

import attrs
from flask import Flask, got_request_exception

from nsroute.arguments import Signature
from nsroute.dispatch.routes import CompiledRoute
from nsroute.errors import EventError, name_of
from nsroute.records import bind_log_context, publish, send, unbind_log_context
from nsroute.signals import Dispatch, update
from nsroute.upstream.context import app_of
from nsroute.upstream.protocols import SocketIO


@attrs.frozen(eq=False)
class ServerHandler:
    """A method of a class that handles a server-side event."""

    method: str
    signature: Signature


def run_server_event(
    socketio: SocketIO,
    live: Any,
    handler: ServerHandler,
    event: str,
    args: tuple[Any, ...],
) -> None:
    """Call the handler of a server-side event; record how it ended."""

    def call() -> None:
        bind = handler.signature.bind
        values = args if bind is None else bind(args)
        names = handler.signature.parameters.names
        chosen = {name: live.params[name] for name in names if name in live.params}
        getattr(live.instance, handler.method)(*values, **chosen)

    _run(socketio, live, handler.method, event, args, call)


def run_presence_changed(
    socketio: SocketIO, live: Any, joins: dict[str, Any], leaves: dict[str, Any]
) -> None:
    """Call the hook of a live object; record how it ended."""

    def call() -> None:
        live.instance.presence_changed(joins, leaves)

    name = "presence_changed"
    _run(socketio, live, name, name, (joins, leaves), call)


def _run(
    socketio: SocketIO,
    live: Any,
    method: str,
    event: str,
    args: tuple[Any, ...],
    call: Callable[[], None],
) -> None:
    """Run a step in a context of its own: of the application, but of no client."""
    route: CompiledRoute = live.route
    instance: object = live.instance
    target = f"{name_of(type(instance))}.{method}"
    dispatch = Dispatch(
        "server", event, live.namespace, route.pattern, live.params, None, args,
        target, instance,
    )  # fmt: skip
    scope = copy_context()
    started = perf_counter()
    scope.run(_call, app_of(socketio), dispatch, call)
    update(dispatch, duration=perf_counter() - started)
    scope.run(publish, route.unhandled.recorder, route.sender, dispatch)


def _call(app: Flask, dispatch: Dispatch, call: Callable[[], None]) -> None:
    bound = bind_log_context(dispatch.namespace, None, dispatch.event)
    try:
        with app.app_context():
            call()
    except EventError as error:
        update(dispatch, outcome="rejected", code=error.code, error=error)
    except BaseException as error:  # noqa: BLE001 - recorded: nobody waits for it
        update(dispatch, outcome="error", code="internal_error", error=error)
        send(got_request_exception, app, exception=error)
    else:
        update(dispatch, outcome="ok")
    finally:
        unbind_log_context(bound)
