"""Which context the events of a client run in: the lean one, or the ordinary one."""

from __future__ import annotations

from typing import Any, cast

from flask_socketio import SocketIO

from nsroute.upstream.log_context import bind_log_context
from nsroute.upstream.ordinary_context import ClientContext, Connection

__all__ = ["ClientContext", "bind_log_context", "client_context", "forget_connection"]

_CONNECTION = "nsroute.connection"


def client_context(
    socketio: SocketIO, environ: dict[str, Any], namespace: str, sid: str
) -> ClientContext:
    """Make the context of a client that connects.

    What the namespaces of one connection share is kept in its `environ`.

    Args:
        socketio: The `SocketIO` that serves the client.
        environ: The WSGI environment of the connection.
        namespace: The concrete namespace.
        sid: The client's session id in that namespace.
    """
    connection = environ.get(_CONNECTION)
    if connection is None:
        manager = cast("Any", socketio).server.manager
        eio_sid = manager.eio_sid_from_sid(sid, namespace)
        connection = environ[_CONNECTION] = Connection(socketio, environ, eio_sid)
    return ClientContext(connection, namespace, sid)


def forget_connection(environ: dict[str, Any]) -> None:
    """Drop what was kept for a connection that has ended, before the collector must."""
    environ.pop(_CONNECTION, None)
