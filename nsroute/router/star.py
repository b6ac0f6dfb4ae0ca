"""What a namespace can do and a router cannot: it is no one namespace."""

from __future__ import annotations

from typing import Any, NoReturn

from nsroute.upstream.protocols import Server, SocketIO
from nsroute.upstream.registration import HostedNamespace


class StarNamespace(HostedNamespace):
    """The `'*'` namespace: what would be sent to `'*'` by name, nobody would get."""

    mounted_on: Server | None = None
    """The server that it was mounted on, if there was one then."""

    def unregister(self, socketio: SocketIO) -> None:
        """Serve no more on the server of a `SocketIO`."""

    def is_left_behind(self, socketio: SocketIO) -> bool:
        """Return whether `init_app` has replaced the server that it was mounted on."""
        return self.mounted_on not in (None, socketio.server)

    def emit(self, event: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router emits nothing by itself."""
        raise _no_namespace("emit", "router.of(Room).emit(…)")

    def send(self, data: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router sends nothing by itself."""
        raise _no_namespace("send", "socketio.send(…, namespace=name)")

    def call(self, event: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router calls nobody by itself."""
        raise _no_namespace("call", "socketio.call(…, namespace=name)")

    def close_room(self, room: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router has no rooms."""
        raise _no_namespace("close_room", "socketio.close_room(…, namespace=name)")

    def rooms(self, sid: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router has no rooms."""
        raise _no_namespace("rooms")

    def enter_room(self, sid: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router has no rooms."""
        raise _no_namespace("enter_room")

    def leave_room(self, sid: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router has no rooms."""
        raise _no_namespace("leave_room")

    def get_session(self, sid: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router keeps no sessions."""
        raise _no_namespace("get_session")

    def save_session(self, sid: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router keeps no sessions."""
        raise _no_namespace("save_session")

    def session(self, sid: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router keeps no sessions."""
        raise _no_namespace("session")

    def disconnect(self, sid: Any = None, *args: Any, **options: Any) -> NoReturn:
        """Raise: a router has no clients."""
        raise _no_namespace("disconnect", "router.of(Room).disconnect(…)")


def _no_namespace(method: str, other: str | None = None) -> RuntimeError:
    beside = f", or {other}" if other else ""
    return RuntimeError(
        f"a router is no one namespace: write router.live[name].{method}(…){beside}"
    )
