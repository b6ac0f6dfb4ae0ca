"""The parts of Flask-SocketIO and python-socketio that nsroute uses, with their types.

Both come without types of their own. Everything here is what was seen in
Flask-SocketIO 5.7.0, python-socketio 5.18.1 and python-engineio 4.15.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from flask_socketio import Namespace

Environ = dict[str, Any]  # of WSGI


class Event(Protocol):
    """`threading.Event`, or that of the server's async mode."""

    def set(self) -> object: ...
    def clear(self) -> object: ...
    def wait(self, timeout: float | None = None) -> object: ...


class EngineServer(Protocol):
    """`engineio.Server`."""

    async_mode: str
    handlers: dict[str, Callable[..., Any]]

    def on(self, event: str, handler: Callable[..., Any]) -> object: ...
    def create_event(self) -> Event: ...
    def get_session(self, sid: str) -> dict[str, Any]: ...


class Manager(Protocol):
    """`socketio.Manager`: who is where."""

    rooms: dict[str, dict[str | None, dict[str, str]]]

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None: ...


class Server(Protocol):
    """`socketio.Server`."""

    always_connect: bool
    async_handlers: bool
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

    def start_background_task(
        self, target: Callable[..., object], *args: Any
    ) -> object: ...
    def sleep(self, seconds: float = 0) -> object: ...
    def disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> object: ...


class SocketIO(Protocol):
    """`flask_socketio.SocketIO`."""

    default_exception_handler: Callable[[Any], Any] | None
    exception_handlers: dict[str, Callable[[Any], Any]]
    handlers: list[tuple[str, Callable[..., Any], str]]
    manage_session: bool
    namespace_handlers: list[Namespace]
    server: Server | None
    server_options: dict[str, Any]

    def on_namespace(self, namespace_handler: Namespace) -> object: ...
    def emit(self, event: str, *args: Any, **options: Any) -> object: ...
    def call(self, event: str, *args: Any, **options: Any) -> Any: ...
    def close_room(self, room: str, namespace: str | None = None) -> object: ...
