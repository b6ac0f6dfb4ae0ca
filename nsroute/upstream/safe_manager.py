"""A client manager that many threads may use at once.

Parts overridden, checked with python-socketio 5.18.1 (`tests/unit/upstream/test_manager_lock.py`
fails when one changes): what `socketio.Manager` has under these names, its tables
`rooms`, `pending_connect` and `pending_disconnect`, and `_generate_ack_id`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, cast

from nsroute.upstream.locks import new_lock
from nsroute.upstream.protocols import Server

if TYPE_CHECKING:  # python-socketio ships no types, and a base needs one

    class Manager:
        """`socketio.Manager`, whose other attributes are of any type."""

        def __init__(self, *args: Any, **options: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...

else:
    from socketio import Manager

__all__ = ["SafeManager"]


class SafeManager(Manager):
    """A `socketio.Manager` with a lock, which shows nobody who is not in yet.

    - Each change of its tables is one step for all threads. The lock is of the server's
      async mode, and never held while anything is sent or a handler runs.
    - Who is still being let in hears only what is sent to its own sid.
    - A client that has left enters no room, and is not disconnected a second time.
    - No acknowledgement takes the counter of its client's callbacks away.

    Do not use it together with `server.instrument(mode="development")`, which sends to
    its admins while the tables are changed.
    """

    server: Any
    rooms: dict[str, dict[str | None, dict[str, str]]]
    pending_connect: dict[str, list[str]]
    pending_disconnect: dict[str, list[str]]

    def __init__(self, *args: Any, **options: Any) -> None:
        cast("Any", super()).__init__(*args, **options)
        self._tables = new_lock(None)

    def set_server(self, server: Server) -> None:
        """Take the lock of the server's async mode."""
        cast("Any", super()).set_server(server)
        self._tables = new_lock(server.eio)

    def get_namespaces(self) -> list[str]:
        """Return the namespaces in which somebody is, as they are now."""
        # A view would change while somebody walks through it.
        return list(self.rooms)

    def get_participants(
        self, namespace: str, room: Any
    ) -> Generator[tuple[str, str], None, None]:
        """Yield who hears what is sent to a room: nobody who is not in yet.

        Args:
            namespace: The concrete namespace.
            room: A room, several, or None for all.
        """
        with self._tables:
            found: list[tuple[str, str]] = list(
                cast("Any", super()).get_participants(namespace, room)
            )
            pending = set(self.pending_connect.get(namespace, ()))
        if pending:
            pending -= {room} if isinstance(room, str) else set(room or ())
            found = [(sid, eio_sid) for sid, eio_sid in found if sid not in pending]
        yield from found

    def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Enter a client whose connect handler is to run."""
        with self._tables:
            found: str | None = cast("Any", super()).pre_connect(eio_sid, namespace)
            return found

    def connect(self, sid: str, namespace: str) -> str:
        """Let a client in, unless it has left meanwhile."""
        with self._tables:
            if self._knows(sid, namespace) is None and sid not in self.server.environ:
                return sid
            found: str = cast("Any", super()).connect(sid, namespace)
            return found

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        """Say whether a client's connect handler is still running."""
        with self._tables:
            found: bool = cast("Any", super()).is_pre_connected(sid, namespace)
            return found

    def is_connected(self, sid: str, namespace: str) -> bool:
        """Say whether a client is in, and neither on its way in nor out."""
        with self._tables:
            found: bool = cast("Any", super()).is_connected(sid, namespace)
            return found

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """Return the connection of a client."""
        with self._tables:
            return self._knows(sid, namespace)

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """Note that a client is on its way out, once."""
        with self._tables:
            eio_sid = self._knows(sid, namespace)
            noted = sid in self.pending_disconnect.get(namespace, ())
            if eio_sid is not None and not noted:
                cast("Any", super()).pre_disconnect(sid, namespace)
            return eio_sid

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Take a client out of all rooms of a namespace."""
        with self._tables:
            cast("Any", super()).basic_disconnect(sid, namespace, **options)

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Put a client into a room.

        Raises:
            ValueError: If it is not in the namespace, or may not enter that room.
        """
        with self._tables:
            if eio_sid is None and self._knows(sid, namespace) is None:
                raise ValueError("sid is not connected to requested namespace")
            cast("Any", super()).basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Put a client out of a room."""
        with self._tables:
            cast("Any", super()).basic_leave_room(sid, namespace, room)

    def basic_close_room(self, room: str, namespace: str) -> None:
        """Put all clients out of a room, who are not in the namespace yet too."""
        with self._tables:
            cast("Any", super()).basic_close_room(room, namespace)
            for sid in list(self.pending_connect.get(namespace, ())):
                cast("Any", super()).basic_leave_room(sid, namespace, room)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        """Return the rooms that a client is in."""
        with self._tables:
            found: list[str] = cast("Any", super()).get_rooms(sid, namespace)
            return found

    def trigger_callback(self, sid: str, id: Any, data: Any) -> None:  # noqa: A002 - upstream's name
        """Call what waits for an acknowledgement; 0 is where the counter is kept."""
        if id != 0:
            cast("Any", super()).trigger_callback(sid, id, data)

    def _generate_ack_id(self, sid: str, callback: Callable[..., object]) -> int:
        with self._tables:
            found: int = cast("Any", super())._generate_ack_id(sid, callback)
            return found

    def _knows(self, sid: str, namespace: str) -> str | None:
        """Return the connection of a client that is in, on its way in or out."""
        return self.rooms.get(namespace, {}).get(None, {}).get(sid)
