"""Which namespaces a server accepts, and which handlers stand beside the router.

python-socketio asks `name in server.namespaces` once for each CONNECT to a namespace
that has no handler of its own; any object with `__contains__` will do. It is installed
where python-socketio hands a namespace its server, so that each `init_app`, which makes
a new server, is covered.

Private parts touched, checked with Flask-SocketIO 5.7.0 and python-socketio 5.18.1
(`tests/unit/upstream/test_acceptance.py` fails when one changes): `Namespace._set_server`,
`Namespace._set_socketio`, and the undocumented `Server.namespaces`, `Server.handlers`,
`Server.namespace_handlers`, `Server.not_handled`, `SocketIO.handlers`,
`SocketIO.namespace_handlers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, cast

from flask_socketio import Namespace

from nsroute.upstream.protocols import Server, SocketIO

__all__ = [
    "STAR", "Acceptance", "HostedNamespace", "accepts", "attach", "carry_over",
    "class_handler", "drop_carried", "function_handlers",
]  # fmt: skip

STAR: Final = "*"


class HostedNamespace(Namespace):
    """A namespace that hears of every server it is registered on."""

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
        self._nsroute_hosted(server)

    def _nsroute_hosted(self, server: Server) -> None:
        """Hear of a server, before its first client."""
        raise NotImplementedError


def attach(instance: Namespace, socketio: SocketIO, server: Server) -> None:
    """Give a namespace object what registering it would give it."""
    hosted: Any = instance
    hosted._set_socketio(socketio)
    hosted._set_server(server)


class Acceptance:
    """The container that a server asks whether it accepts a namespace.

    Args:
        server: The server; what it accepted before stays accepted.
        routed: Says whether a route matches a name.
        refuse: Records a name that is refused here, in upstream's words.
    """

    def __init__(
        self,
        server: Server,
        routed: Callable[[object], bool],
        refuse: Callable[[object], None],
    ) -> None:
        before = server.namespaces
        self.before: Any = before.before if isinstance(before, Acceptance) else before
        self._server = server
        self._routed = routed
        self._refuse = refuse
        server.namespaces = self

    def __contains__(self, name: object) -> bool:
        if self._routed(name) or self.serves(name):
            return True
        if self.is_replaced():
            return bool(self.before == STAR)
        if isinstance(name, str) and self.router_answers():
            # The router's own refusal is one that a client can read.
            return True
        self._refuse(name)
        return False

    def serves(self, name: object) -> bool:
        """Say whether the app served a namespace before the router came."""
        if not isinstance(name, str):
            return False
        if name in self._server.handlers or name in self._server.namespace_handlers:
            return name != STAR
        if self.before == STAR:
            # It accepts all there is, but serves none but the main one.
            return name == "/"
        if isinstance(self.before, str):
            # Upstream searches the name in the text: `/chat` would let in `/ch`, too.
            return name in (self.before, "/")
        try:
            return name in self.before
        except Exception:  # noqa: BLE001 - the app's own container may raise anything
            return False

    def static(self) -> list[str]:
        """Return the names that are not the router's, as far as they can be listed."""
        before: object = self.before
        listed: Iterable[str] = ()
        if isinstance(before, str):
            listed = (before,)
        elif isinstance(before, list | tuple | set | frozenset):
            listed = cast("Iterable[str]", before)
        server = self._server
        names = dict.fromkeys([*listed, *server.handlers, *server.namespace_handlers])
        return [name for name in names if name != STAR]

    def is_replaced(self) -> bool:
        """Say whether the app has put a class of its own in the router's place."""
        star = self._server.namespace_handlers.get(STAR)
        return star is not None and not isinstance(star, HostedNamespace)

    def router_answers(self) -> bool:
        """Say whether a refused connect would get as far as the router, unaccepted."""
        server = self._server
        beside = server.handlers.get(STAR, {})
        return not server.always_connect and "connect" not in beside


def accepts(server: Server, name: str) -> bool:
    """Say whether a server lets clients into a name that the router does not route."""
    names = server.namespaces
    return names.serves(name) if isinstance(names, Acceptance) else name in names


def function_handlers(socketio: SocketIO) -> Iterator[tuple[str, str, str]]:
    """Yield namespace, event and name of each function handler there is by now."""
    if socketio.server is None:
        for event, handler, namespace in socketio.handlers:
            yield namespace, event, _name(handler)
    else:
        for namespace, handlers in list(socketio.server.handlers.items()):
            for event, handler in list(handlers.items()):
                yield namespace, event, _name(handler)


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


def carry_over(socketio: SocketIO, namespace: Namespace) -> None:
    """Have later `init_app` calls register a namespace too, as the first one did."""
    if namespace not in socketio.namespace_handlers:
        socketio.namespace_handlers.append(namespace)


def drop_carried(socketio: SocketIO, namespace: Namespace) -> None:
    """Have later `init_app` calls register a namespace no more."""
    if namespace in socketio.namespace_handlers:
        socketio.namespace_handlers.remove(namespace)
