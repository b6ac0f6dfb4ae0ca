"""Which connects and disconnects are upstream's own, and which a client made up.

An EVENT packet may be named `connect` or `disconnect`, and nothing in python-socketio
keeps it from the handlers of those names.

Parts touched that are public by name but not documented, checked with python-socketio
5.18.1: `Server.environ` by `get_environ`, `Server.reason`,
`Manager.pending_disconnect`, `Manager.rooms`, `Manager.disconnect`,
`Manager.is_connected`, `Manager.eio_sid_from_sid`, `Manager.sid_from_eio_sid`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, cast

import socketio

from nsroute.upstream.protocols import Server

__all__ = [
    "BETWEEN_LOOKS", "connecting_environ", "drop_ghost", "eio_sid_of", "force_end",
    "forget_pending", "forget_session", "holds_environ", "is_connected",
    "is_disconnecting", "is_known", "sweep_pending", "sweep_rooms",
]  # fmt: skip

REASONS: Final[frozenset[str]] = frozenset(
    value
    for name, value in vars(socketio.Server.reason).items()
    if not name.startswith("_")
)
"""What upstream gives as the reason of a disconnect."""

BETWEEN_LOOKS: Final = 0.01
"""Seconds, where nothing but another look tells whether upstream is done."""


def connecting_environ(
    server: Server, namespace: str, sid: str, rest: tuple[Any, ...]
) -> dict[str, Any] | None:
    """Return the WSGI environment of a genuine connect; None if a client made it up.

    Upstream hands over the very object that it keeps for the connection. No packet
    holds that, and another server's (after a second `init_app`) is not that either.
    """
    try:
        environ = server.get_environ(sid, namespace)
    except (KeyError, TypeError):
        return None
    return environ if environ is not None and rest and rest[0] is environ else None


def holds_environ(rest: tuple[Any, ...]) -> bool:
    """Say whether there is a WSGI environment in what upstream passes.

    A packet holds JSON and bytes only, so a client can not make one up.
    """
    first = rest[0] if rest else None
    if not isinstance(first, dict):
        return False
    return hasattr(cast("dict[str, Any]", first).get("wsgi.errors"), "write")


def is_disconnecting(
    server: Server, namespace: str, sid: str, rest: tuple[Any, ...]
) -> bool:
    """Say whether upstream is taking this client out, and gives a reason of its own."""
    pending = server.manager.pending_disconnect.get(namespace, ())
    if sid not in pending or len(rest) != 1 or not isinstance(rest[0], str):
        return False
    return rest[0] in REASONS


def is_known(server: Server, namespace: str, sid: str) -> str | None:
    """Return the connection of a client, at whatever stage; None if it is not in."""
    return server.manager.rooms.get(namespace, {}).get(None, {}).get(sid)


def force_end(server: Server, sid: str, namespace: str) -> None:
    """Take a client out of the manager that upstream would leave there."""
    with suppress(KeyError):
        server.manager.disconnect(sid, namespace, ignore_queue=True)
    forget_pending(server, sid, namespace)


def forget_session(server: Server, eio_sid: str, namespace: str) -> None:
    """Drop what `save_session` has kept of a connection for a namespace."""
    with suppress(KeyError):  # the connection has ended, and its session with it
        server.eio.get_session(eio_sid).pop(namespace, None)


def drop_ghost(server: Server, sid: str, namespace: str) -> bool:
    """Drop what upstream enters for a client that left while it was being let in.

    `Manager.connect` takes a sid that it does not know any more for a connection's, and
    makes another sid for it. Say whether that has happened.
    """
    ghost = server.manager.sid_from_eio_sid(sid, namespace)
    if ghost is not None:
        force_end(server, ghost, namespace)
    return ghost is not None


def forget_pending(server: Server, sid: str, namespace: str) -> None:
    """Clear what upstream notes of a client and then loses sight of."""
    manager = server.manager
    for pending in (manager.pending_connect, manager.pending_disconnect):
        noted = pending.get(namespace, [])
        if sid not in noted:
            continue
        with suppress(ValueError):
            while True:
                noted.remove(sid)
        if not noted:
            pending.pop(namespace, None)


def sweep_pending(server: Server, namespace: str) -> None:
    """Clear what upstream notes of clients that have left while it took them back.

    With `always_connect` a refused client is disconnected, and one that is gone by then
    stays noted for ever: the note comes first, and then a `KeyError`.
    """
    for sid in list(server.manager.pending_disconnect.get(namespace, ())):
        if is_known(server, namespace, sid) is None:
            forget_pending(server, sid, namespace)


def is_connected(server: Server, namespace: str, sid: str) -> bool:
    """Say whether a client is connected in a namespace, as upstream sees it."""
    return server.manager.is_connected(sid, namespace)


def eio_sid_of(server: Server, namespace: str, sid: str) -> str:
    """Return the id of the connection that a client is on."""
    # Upstream has just entered it for the connect that is being handled.
    return server.manager.eio_sid_from_sid(sid, namespace) or ""


def sweep_rooms(server: Server, namespace: str, sid: str) -> None:
    """Clear up after a handler that has outlived its client.

    `join_room` for a client that has left makes the room and then fails, or puts the
    client into it if it leaves just then; both would keep the namespace in the manager
    for ever.
    """
    if is_known(server, namespace, sid) is not None:
        return
    force_end(server, sid, namespace)
    empty = _empty_rooms(server, namespace)
    if not empty:
        return
    # Another thread may be about to enter a room that it has just made.
    server.sleep(BETWEEN_LOOKS)
    rooms = server.manager.rooms
    found = rooms.get(namespace, {})
    for name, members in _empty_rooms(server, namespace).items():
        if empty.get(name) is members:
            found.pop(name, None)
    if not found:
        rooms.pop(namespace, None)


def _empty_rooms(server: Server, namespace: str) -> dict[str | None, dict[str, str]]:
    found = server.manager.rooms.get(namespace, {})
    return {name: members for name, members in list(found.items()) if not members}
