"""The parts of Flask-SocketIO and python-socketio that nsroute uses, with their types.

Both come without types of their own. Everything here is what was seen in
Flask-SocketIO 5.7.0, python-socketio 5.18.1 and python-engineio 4.15.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from flask_socketio import Namespace

__all__ = ["EngineServer", "Environ", "Event", "Manager", "Server", "SocketIO"]

Environ = dict[str, Any]
"""A WSGI environment."""


class Event(Protocol):
    """`threading.Event`, or that of the server's async mode."""

    def set(self) -> object:
        """Wake all who wait."""

    def wait(self) -> object:
        """Wait until it is set."""


class EngineServer(Protocol):
    """`engineio.Server`."""

    async_mode: str
    handlers: dict[str, Callable[..., Any]]

    def on(self, event: str, handler: Callable[..., Any]) -> object:
        """Set the handler of an event of connections."""

    def create_event(self) -> Event:
        """Make an event of the async mode."""
        ...

    def get_session(self, sid: str) -> dict[str, Any]:
        """Return what is kept of a connection, by namespace."""
        ...


class Manager(Protocol):
    """`socketio.Manager`: who is where."""

    rooms: dict[str, dict[str | None, dict[str, str]]]
    pending_connect: dict[str, list[str]]
    pending_disconnect: dict[str, list[str]]

    def get_namespaces(self) -> Iterable[str]:
        """Return all namespaces in which somebody is."""
        ...

    def is_connected(self, sid: str, namespace: str) -> bool:
        """Return whether a client is connected, and neither joining nor leaving."""
        ...

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        """Return whether a client's connect is not decided yet."""
        ...

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """Return the sid that a connection has in a namespace."""

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """Return the connection of a client."""

    def disconnect(self, sid: str, namespace: str, *, ignore_queue: bool) -> object:
        """Take a client out of a namespace and its rooms."""


class Server(Protocol):
    """`socketio.Server`."""

    always_connect: bool
    async_mode: str
    eio: EngineServer
    environ: dict[str, Environ]
    handlers: dict[str, dict[str, Callable[..., Any]]]
    manager: Manager
    namespace_handlers: dict[str, Namespace]
    namespaces: Any
    not_handled: object
    packet_class: Any
    reason: Any

    def disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> object:
        """Disconnect a client from a namespace."""

    def get_environ(self, sid: str, namespace: str) -> Environ | None:
        """Return the WSGI environment of a client's connection."""

    def start_background_task(
        self, target: Callable[..., object], *args: Any
    ) -> object:
        """Run a function beside, as the async mode does."""

    def sleep(self, seconds: float) -> object:
        """Sleep, as the async mode does."""


class SocketIO(Protocol):
    """`flask_socketio.SocketIO`."""

    default_exception_handler: Callable[[Any], Any] | None
    exception_handlers: dict[str, Callable[[Any], Any]]
    handlers: list[tuple[str, Callable[..., Any], str]]
    manage_session: bool
    namespace_handlers: list[Namespace]
    server: Server | None
    server_options: dict[str, Any]

    def on_namespace(self, namespace_handler: Namespace) -> object:
        """Register a class-based namespace."""

    def emit(self, event: str, *args: Any, **options: Any) -> object:
        """Emit an event."""

    def call(self, event: str, *args: Any, **options: Any) -> Any:
        """Emit an event to one client and wait for its acknowledgement."""

    def close_room(self, room: str, namespace: str | None = None) -> object:
        """Put all clients of a room out of it."""
