"""Which context the events of a client run in: the lean one, or the ordinary one."""

from __future__ import annotations

from functools import cache
from typing import Final, cast

import structlog
from flask import Flask

from nsroute.upstream.objections import app_objection, installed_objection
from nsroute.upstream.ordinary_context import (
    ClientContext,
    Connection,
    forget_connection,
)
from nsroute.upstream.protocols import Environ, Server, SocketIO

__all__ = ["ClientContext", "client_context", "forget_connection"]

_log = structlog.get_logger("nsroute")
_unchecked: Final = installed_objection()
_lean: type[Connection] = Connection
if _unchecked is None:
    # Elsewhere it could not even be imported.
    from nsroute.upstream.lean_context import LeanConnection

    _lean = LeanConnection


def client_context(
    socketio: SocketIO, environ: Environ, namespace: str, sid: str
) -> ClientContext:
    """Make the context of a client that connects.

    Args:
        socketio: The `SocketIO` that serves the client.
        environ: The WSGI environment of its connection.
        namespace: The concrete namespace.
        sid: The client's session id in that namespace.
    """
    kind = _kind(environ["flask.app"])
    manager = cast("Server", socketio.server).manager
    eio_sid = manager.eio_sid_from_sid(sid, namespace) or ""
    return kind.of(socketio, environ, eio_sid).client(namespace, sid)


def _kind(app: Flask) -> type[Connection]:
    """Choose the lean context, or say once why it is not."""
    reason = _unchecked or app_objection(app)
    if reason is None:
        return _lean
    _tell(reason)
    return Connection


@cache
def _tell(reason: str) -> None:
    _log.info("nsroute.context", context="ordinary", reason=reason)
