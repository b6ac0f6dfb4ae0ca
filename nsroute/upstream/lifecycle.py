"""Which connects and disconnects are upstream's own, and which a client made up.

An EVENT packet may be named `connect` or `disconnect`, and nothing in python-socketio
keeps it from the handlers of those names.

Parts touched that are public by name but not documented, checked with python-socketio
5.18.1: `Server.environ` by `get_environ`, `Server.reason`,
`Manager.pending_disconnect`, `Manager.rooms`, `Manager.is_connected`,
`Manager.eio_sid_from_sid`.
"""

from __future__ import annotations

from typing import Any, Final, cast

import socketio

from nsroute.upstream.protocols import Server

__all__ = [
    "connecting_environ", "eio_sid_of", "forget_twice", "holds_environ", "is_connected",
    "is_disconnecting", "sweep_rooms",
]  # fmt: skip

REASONS: Final = frozenset(
    value
    for name, value in vars(socketio.Server.reason).items()
    if not name.startswith("_")
)
"""What upstream gives as the reason of a disconnect."""


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


def forget_twice(server: Server, namespace: str, sid: str) -> None:
    """Clear what upstream would keep when two threads disconnect one client at once."""
    manager = server.manager
    pending = manager.pending_disconnect.get(namespace, [])
    if pending.count(sid) > 1 or (
        sid in pending and not _is_known(server, namespace, sid)
    ):
        pending.remove(sid)
        if not pending:
            manager.pending_disconnect.pop(namespace, None)


def _is_known(server: Server, namespace: str, sid: str) -> bool:
    return sid in server.manager.rooms.get(namespace, {}).get(None, {})


def is_connected(server: Server, namespace: str, sid: str) -> bool:
    """Say whether a client is connected in a namespace, as upstream sees it."""
    return server.manager.is_connected(sid, namespace)


def eio_sid_of(server: Server, namespace: str, sid: str) -> str:
    """Return the id of the connection that a client is on."""
    # Upstream has just entered it for the connect that is being handled.
    return server.manager.eio_sid_from_sid(sid, namespace) or ""


def sweep_rooms(server: Server, namespace: str) -> None:
    """Drop empty rooms that a handler made which outlived its client.

    `join_room` for a client that has left makes the room and then fails; the empty room
    would keep the namespace in the manager for ever.
    """
    rooms = server.manager.rooms
    found = rooms.get(namespace, {})
    for room in [name for name, members in list(found.items()) if not members]:
        found.pop(room, None)
    if not found:
        rooms.pop(namespace, None)
