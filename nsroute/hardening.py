"""Bound what Engine.IO and python-socketio leave open to any client.

::

    socketio = SocketIO(app)
    harden(socketio)

It works with or without a router. [](../reference/upstream-proposals.md) lists what it
mends.
"""

from __future__ import annotations

from typing import cast

from flask_socketio import SocketIO

from nsroute.errors import MountError, name_of, raise_together
from nsroute.records import note
from nsroute.upstream.hardening import Limits, harden_all
from nsroute.upstream.protocols import SocketIO as Host

__all__ = ["harden"]


def harden(
    socketio: SocketIO, *, max_unread_bytes: int = 10_000_000, max_attachments: int = 10
) -> None:
    """Bound what any client can make a server do, before or after `init_app`.

    Calling it again changes the limits and nothing else.

    Args:
        socketio: The `SocketIO` to harden, with each server that it makes.
        max_unread_bytes: What is kept for a client that does not read what it is sent,
            in bytes; beyond that its connection is closed. A packet that is larger
            goes out to a client that has nothing else to read.
        max_attachments: How many binary attachments an event from a client may have. In
            total they may have `max_http_buffer_size`.

    Raises:
        MountError: If this is no `SocketIO`, or if a limit is no whole number of 1 or
            more; an `ExceptionGroup` of several.
    """
    problems: list[Exception] = []
    if not hasattr(socketio, "init_app") or not hasattr(socketio, "on_namespace"):
        kind = name_of(type(socketio))
        problem = f"harden() takes a flask_socketio.SocketIO, not a {kind}."
        problems.append(MountError(problem))
    limits = {"max_unread_bytes": max_unread_bytes, "max_attachments": max_attachments}
    for name, value in limits.items():
        if not _is_limit(value):
            problem = f"{name} is a whole number of 1 or more, not {value!r}"
            problems.append(MountError(problem))
    raise_together("The server cannot be hardened", problems)
    harden_all(cast("Host", socketio), Limits(max_unread_bytes, max_attachments, note))


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
