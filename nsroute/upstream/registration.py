"""How namespace objects are registered on servers, and which names the app serves.

`NamespaceFilter` is installed where python-socketio hands a namespace its server, so
that each `init_app`, which makes a new server, is covered.

Private parts touched, checked with Flask-SocketIO 5.7.0 and python-socketio 5.18.1
(`tests/unit/upstream/test_registration.py` fails when one changes):
`Namespace._set_server`, `Namespace._set_socketio`, and the undocumented
`Server.namespaces`, `Server.handlers`, `Server.namespace_handlers`,
`Server.not_handled`, `SocketIO.handlers`, `SocketIO.namespace_handlers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Self, cast

from flask_socketio import Namespace

from nsroute.upstream.protocols import Server, SocketIO

STAR: Final = "*"


class HostedNamespace(Namespace):
    """A namespace that is called with every server it is registered on."""

    namespace: str
    """The concrete namespace, or `'*'`."""
    socketio: SocketIO
    """The `SocketIO` that it is registered on; None before that."""
    server: Server
    """The server that it is registered on; None before that."""

    def __init__(self, namespace: str | None = None) -> None:
        cast("Any", super()).__init__(namespace)

    def _set_server(self, server: Server) -> None:
        before = cast("Server | None", self.server)
        if before is not None:
            # An earlier server may still call, and has to know what is no answer.
            server.not_handled = before.not_handled
        cast("Any", super())._set_server(server)
        self._nsroute_register(server)

    def _nsroute_register(self, server: Server) -> None:
        """Begin to serve on a server, before its first client."""
        raise NotImplementedError


def attach(instance: Namespace, socketio: SocketIO, server: Server) -> None:
    """Give a namespace object what registering it would give it."""
    hosted: Any = instance
    hosted._set_socketio(socketio)
    hosted._set_server(server)


class NamespaceFilter(str):
    """What a server asks whether it takes a namespace: equal to `'*'`, it takes all.

    What becomes of a name is decided by the client manager, which is called next, and
    by the router. This keeps what the app chose before, which stays served.
    """

    __slots__ = ("_server", "before")

    before: Any
    _server: Server

    def __new__(cls, server: Server) -> Self:
        """Make the filter of a server, and give it to the server."""
        made = super().__new__(cls, STAR)
        before = server.namespaces
        is_filter = isinstance(before, NamespaceFilter)
        made.before = before.before if is_filter else before
        made._server = server
        server.namespaces = made
        return made

    def serves(self, name: object) -> bool:
        """Return whether the app serves a namespace beside the router's routes."""
        if not isinstance(name, str):
            return False
        if name in self._server.handlers or name in self._server.namespace_handlers:
            return name != STAR
        if self.before == STAR:
            return True
        if isinstance(self.before, str):
            # Upstream searches the name in the text: `/chat` would let in `/ch`, too.
            return name in (self.before, "/")
        try:
            return name in self.before
        except Exception:  # noqa: BLE001 - the app's own container may raise anything
            return False

    def is_replaced(self) -> bool:
        """Return whether the app has put a class of its own in the router's place."""
        star = self._server.namespace_handlers.get(STAR)
        return star is not None and not isinstance(star, HostedNamespace)

    def asks_router(self) -> bool:
        """Return whether a connect that nobody serves gets as far as the router."""
        if self.is_replaced() or self._server.always_connect:
            return False
        return "connect" not in self._server.handlers.get(STAR, {})


def serves_beside(server: Server, name: str) -> bool:
    """Return whether a server lets clients into a name that no route matches."""
    names = server.namespaces
    if isinstance(names, NamespaceFilter):
        return names.serves(name)
    return bool(names == STAR) or name in names


def function_handlers(socketio: SocketIO) -> Iterator[tuple[str, str, str]]:
    """Yield namespace, event and name of each function handler there is by now."""
    if socketio.server is None:
        for event, handler, namespace in socketio.handlers:
            yield namespace, event, _name(handler)
    else:
        for namespace, handlers in list(socketio.server.handlers.items()):
            for event, handler in list(handlers.items()):
                yield namespace, event, _name(handler)


def lets_everybody_in(socketio: SocketIO) -> bool:
    """Return whether the app has chosen `namespaces='*'`."""
    if socketio.server is None:
        return bool(socketio.server_options.get("namespaces") == STAR)
    chosen = socketio.server.namespaces
    return bool(getattr(chosen, "before", chosen) == STAR)


def _name(handler: object) -> str:
    name: str = getattr(handler, "__qualname__", repr(handler))
    return name


def class_handler(socketio: SocketIO, namespace: str) -> Namespace | None:
    """Return the class that serves a namespace of a `SocketIO` by now, or None."""
    found: Namespace | None = None
    if socketio.server is not None:
        found = socketio.server.namespace_handlers.get(namespace)
    else:
        for handler in socketio.namespace_handlers:
            if cast("Any", handler).namespace == namespace:
                found = handler
    return found


def register_on_init(socketio: SocketIO, namespace: Namespace) -> None:
    """Register a namespace at later `init_app` calls too, as at the first one."""
    if namespace not in socketio.namespace_handlers:
        socketio.namespace_handlers.append(namespace)


def drop_on_init(socketio: SocketIO, namespace: Namespace) -> None:
    """Register a namespace at no later `init_app` call."""
    if namespace in socketio.namespace_handlers:
        socketio.namespace_handlers.remove(namespace)
