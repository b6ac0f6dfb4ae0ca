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
    """Set on a namespace object what registering it would set."""
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

    def asks_router(self) -> bool:
        """Return whether a connect that nobody serves gets as far as the router."""
        server = self._server
        star = server.namespace_handlers.get(STAR)
        if star is not None and not isinstance(star, HostedNamespace):
            return False  # the app has put a class of its own in the router's place
        beside = server.handlers.get(STAR, {})
        return not server.always_connect and "connect" not in beside


def serves_beside(server: Server, name: str) -> bool:
    """Return whether a server lets clients into a name that no route matches."""
    names = server.namespaces
    if isinstance(names, NamespaceFilter):
        return names.serves(name)
    return bool(names == STAR) or name in names


def function_handlers(socketio: SocketIO) -> Iterator[tuple[str, str, str]]:
    """Yield namespace, event and name of each function handler there is by now."""
    found: list[tuple[str, str, Any]]
    found = [(name, event, one) for event, one, name in socketio.handlers]
    if socketio.server is not None:
        by_namespace = list(socketio.server.handlers.items())
        found = [(name, *one) for name, of in by_namespace for one in of.items()]
    for namespace, event, handler in found:
        yield namespace, event, getattr(handler, "__qualname__", repr(handler))


def class_names(socketio: SocketIO) -> list[str]:
    """Return the namespaces that classes are registered on by now."""
    if socketio.server is not None:
        return list(socketio.server.namespace_handlers)
    handlers: Any = socketio.namespace_handlers
    return [one.namespace for one in handlers]


def lets_everybody_in(socketio: SocketIO) -> bool:
    """Return whether the app has chosen `namespaces='*'`."""
    if socketio.server is None:
        return bool(socketio.server_options.get("namespaces") == STAR)
    chosen = socketio.server.namespaces
    return bool(getattr(chosen, "before", chosen) == STAR)


def class_handler(socketio: SocketIO, namespace: str) -> Namespace | None:
    """Return the class that serves a namespace of a `SocketIO` by now, or None."""
    if socketio.server is not None:
        return socketio.server.namespace_handlers.get(namespace)
    handlers: Any = socketio.namespace_handlers
    return {one.namespace: one for one in handlers}.get(namespace)


def register_on_init(socketio: SocketIO, namespace: Namespace, chosen: bool) -> None:
    """Register a namespace at later `init_app` calls too, or at none."""
    others = [one for one in socketio.namespace_handlers if one is not namespace]
    socketio.namespace_handlers[:] = [*others, namespace] if chosen else others
