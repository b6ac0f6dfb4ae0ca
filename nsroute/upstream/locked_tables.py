"""The tables of python-socketio's client manager, under a lock.

Upstream changes them without one. Checked with python-socketio 5.18.1
(`tests/unit/upstream/test_locked_tables.py` fails when one changes): the tables
`rooms`, `pending_connect`, `pending_disconnect` and `callbacks`, the methods overridden
here, and, private, `_generate_ack_id`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, cast

from nsroute.upstream.locks import Lock, new_lock
from nsroute.upstream.protocols import Server

if TYPE_CHECKING:  # python-socketio ships no types, and a base needs one

    class Manager:
        """`socketio.Manager`, whose attributes are of any type."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Manager = object


class LockedTables(Manager):
    """A mixin for client managers.

    - Each change of the tables is one step for all threads. The lock is of the server's
      async mode, and never held while a handler of a routed namespace runs.
    - Who is still connecting to a routed namespace hears only what is sent to its sid.
    - A client that has left enters no room.
    - No acknowledgement takes away the counter of its client's callbacks.
    """

    server: Any
    rooms: dict[str, dict[str | None, dict[str, str]]]
    pending_connect: dict[str, list[str]]
    pending_disconnect: dict[str, list[str]]

    def install_lock(self, server: Server) -> None:
        """Take the lock of the server's async mode."""
        self.tables_lock: Lock = new_lock(server.eio)
        self.undecided: dict[str, set[str]] = {}
        """By namespace, who hears nothing yet."""

    def knows(self, sid: str, namespace: str) -> str | None:
        """Return the connection of a client, however far it is; None if it left."""
        return self.rooms.get(namespace, {}).get(None, {}).get(sid)

    def decide(self, sid: str, namespace: str) -> None:
        """Let a client hear what is sent to its namespace, or forget it."""
        if namespace in self.undecided:
            with self.tables_lock:
                sids = self.undecided.get(namespace, set())
                sids.discard(sid)
                if not sids:
                    self.undecided.pop(namespace, None)

    def forget_pending(self, sid: str, namespace: str) -> None:
        """Remove what upstream notes of a client that connects or disconnects."""
        for pending in (self.pending_connect, self.pending_disconnect):
            noted = [one for one in pending.get(namespace, ()) if one != sid]
            if noted:
                pending[namespace] = noted
            else:
                pending.pop(namespace, None)

    def get_participants(
        self, namespace: str, room: Any
    ) -> Generator[tuple[str, str], None, None]:
        """Yield who hears what is sent to a room, or to several, or (None) to all."""
        with self.tables_lock:
            found: list[tuple[str, str]] = list(
                cast("Any", super()).get_participants(namespace, room)
            )
            hidden = self.undecided.get(namespace)
            if hidden:
                hidden = hidden - ({room} if isinstance(room, str) else set(room or ()))
        if hidden:
            found = [(sid, eio_sid) for sid, eio_sid in found if sid not in hidden]
        yield from found

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        """Return whether a client's connect handler is still running."""
        with self.tables_lock:
            found: bool = cast("Any", super()).is_pre_connected(sid, namespace)
            return found

    def is_connected(self, sid: str, namespace: str) -> bool:
        """Return whether a client is in, and neither connecting nor disconnecting."""
        with self.tables_lock:
            found: bool = cast("Any", super()).is_connected(sid, namespace)
            return found

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """Return the connection of a client."""
        return self.knows(sid, namespace)

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Put a client into a room; `ValueError` if it is not in the namespace."""
        with self.tables_lock:
            if eio_sid is None and self.knows(sid, namespace) is None:
                raise ValueError("sid is not connected to requested namespace")
            cast("Any", super()).basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Put a client out of a room."""
        with self.tables_lock:
            cast("Any", super()).basic_leave_room(sid, namespace, room)

    def basic_close_room(self, room: str, namespace: str) -> None:
        """Put all clients out of a room, those who are connecting too."""
        with self.tables_lock:
            cast("Any", super()).basic_close_room(room, namespace)
            for sid in list(self.undecided.get(namespace, ())):
                cast("Any", super()).basic_leave_room(sid, namespace, room)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        """Return the rooms that a client is in."""
        with self.tables_lock:
            found: list[str] = cast("Any", super()).get_rooms(sid, namespace)
            return found

    def trigger_callback(self, sid: str, id: Any, data: Any) -> None:  # noqa: A002 - upstream's name
        """Call what waits for an acknowledgement; 0 is where the counter is kept."""
        if id != 0:
            cast("Any", super()).trigger_callback(sid, id, data)

    def _generate_ack_id(self, sid: str, callback: Callable[..., object]) -> int:
        with self.tables_lock:
            found: int = cast("Any", super())._generate_ack_id(sid, callback)
            return found
