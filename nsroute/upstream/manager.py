"""The client manager mixin: all moments of a client's life.

python-socketio's client manager is its extension point: it is called when a client is
entered (`pre_connect`), has been sent its CONNECT packet (`connect`), is about to leave
(`can_disconnect`, `pre_disconnect`) and has left (`disconnect`), whatever queue is
behind it. `install` puts the mixin on the manager that a server has, of whatever class.

Checked with python-socketio 5.18.1 (`tests/unit/upstream/test_manager.py` fails when
one changes): the methods overridden here, and, private,
`PubSubManager._handle_disconnect`, `Server._handle_eio_disconnect`,
`Server._binary_packet` and `Server._send_packet`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final, Protocol, cast

from socketio import packet

from nsroute.upstream.context import forget_connection
from nsroute.upstream.locked_tables import LockedTables
from nsroute.upstream.locks import current_task
from nsroute.upstream.packets import skip_closed_sockets
from nsroute.upstream.protocols import Environ, Server

_CLAIMS: Final = "nsroute.claims"
_ending: ContextVar[str | None] = ContextVar("nsroute_ending", default=None)
"""The connection whose end upstream handles; it asks for the namespaces next."""


class RefusedName(Exception):
    """A client may not join a namespace of this name."""


class Registry(Protocol):
    """Who has namespaces on a server, and is called at each moment of their clients."""

    def claim(self, name: object) -> object:
        """Return what serves a name of this registry's; None for other names.

        Raises:
            RefusedName: If nobody may join it.
        """

    def on_connected(self, namespace: str, sid: str) -> None:
        """Complete a connect: the client has been sent its CONNECT packet."""

    def on_disconnected(self, namespace: str, sid: str, reason: str | None) -> None:
        """End a client that upstream removes, unless its disconnect was dispatched.

        The reason is that of the end of its connection, if that is why.
        """

    def on_connection_ended(self, eio_sid: str, reason: str) -> None:
        """End the clients of a connection that upstream has not disconnected."""

    def disconnect_when_connected(self, namespace: str, sid: str) -> bool:
        """Return whether a client is not in yet; it is disconnected once it is."""
        ...


class ClientManager(LockedTables):
    """Put before the class of a server's client manager by `client_manager`.

    - It tells the registries of a server what becomes of their clients.
    - A client that has left is not disconnected a second time.
    - The end of a connection visits its own namespaces, not all of the server.
    """

    def install(self, server: Server) -> None:
        """Begin to follow the clients of a server, those who are connected included."""
        self.registries: list[Registry] = []
        self.install_lock(server)
        self.joined: dict[str, dict[str, str]] = {}
        self.disconnecting: dict[tuple[str, str], object] = {}
        self.ending: dict[str, str] = {}
        self.current_task: Callable[[], object] = current_task(server.eio)
        for namespace, rooms in list(self.rooms.items()):
            for sid, eio_sid in list(rooms.get(None, {}).items()):
                self.joined.setdefault(eio_sid, {})[namespace] = sid
        private: Any = server
        self.upstream_end: Callable[[str, str], object] = private._handle_eio_disconnect
        if server.eio.handlers.get("disconnect") == self.upstream_end:
            server.eio.on("disconnect", self.end_connection)
        # The admin UI has a handler of its own there, which calls this attribute.
        private._handle_eio_disconnect = self.end_connection
        skip_closed_sockets(server)

    # --- a client comes

    def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Enter a client whose connect handler is to run."""
        environ = self.server.environ.get(eio_sid)
        if environ is None:
            # One polling payload may hold a CLOSE and then a CONNECT.
            return None
        claim = None
        try:
            for registry in self.registries:
                found = registry.claim(namespace)
                claim = claim or (found and (registry, found))
        except RefusedName:
            return None
        with self.tables_lock:
            if eio_sid not in self.server.environ:
                return None
            sid: str | None = cast("Any", super()).pre_connect(eio_sid, namespace)
            if sid is None:
                return None
            self.joined.setdefault(eio_sid, {})[namespace] = sid
            if claim:
                self.undecided.setdefault(namespace, set()).add(sid)
                environ.setdefault(_CLAIMS, {})[namespace] = claim
        return sid

    def connect(self, sid: str, namespace: str) -> str:
        """Let a client in, unless it has left meanwhile."""
        with self.tables_lock:
            if self.knows(sid, namespace) is not None or sid in self.server.environ:
                sid = cast("Any", super()).connect(sid, namespace)
        if not self.server.always_connect:
            self.decide(sid, namespace)
            for registry in self.registries:
                registry.on_connected(namespace, sid)
        return sid

    # --- a client leaves

    def can_disconnect(self, sid: str, namespace: str) -> bool:
        """Return whether to disconnect a client at once; one who connects, later."""
        if self._is_postponed(sid, namespace):
            return False
        found: bool = cast("Any", super()).can_disconnect(sid, namespace)
        return found

    def _is_postponed(self, sid: str, namespace: str) -> bool:
        return any(
            registry.disconnect_when_connected(namespace, sid)
            for registry in self.registries
        )

    def _handle_disconnect(self, message: dict[str, Any]) -> None:
        """Disconnect a client for another process, or once it is connected."""
        namespace = message.get("namespace") or "/"
        if not self._is_postponed(message.get("sid", ""), namespace):
            cast("Any", super())._handle_disconnect(message)

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """Note that a client is on its way out, once."""
        with self.tables_lock:
            eio_sid = self.knows(sid, namespace)
            noted = sid in self.pending_disconnect.get(namespace, ())
            if eio_sid is not None:
                self.disconnecting[namespace, sid] = self.current_task()
                if not noted:
                    cast("Any", super()).pre_disconnect(sid, namespace)
            return eio_sid

    def is_disconnecting(self, sid: str, namespace: str) -> bool:
        """Return whether a `disconnect` is upstream's own, and no packet's."""
        return self.disconnecting.get((namespace, sid)) == self.current_task()

    def disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Remove a client from its namespace and its rooms."""
        reason = self.ending.get(self.knows(sid, namespace) or "")
        for registry in self.registries:
            registry.on_disconnected(namespace, sid, reason)
        cast("Any", super()).disconnect(sid, namespace, **options)

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Remove what the tables hold of a client."""
        with self.tables_lock:
            eio_sid = self.knows(sid, namespace)
            cast("Any", super()).basic_disconnect(sid, namespace, **options)
            self.forget_pending(sid, namespace)
            self.disconnecting.pop((namespace, sid), None)
            self.decide(sid, namespace)
            names = self.joined.get(eio_sid or "", {})
            if names.get(namespace) == sid:
                del names[namespace]
                if not names:
                    self.joined.pop(eio_sid or "", None)

    def remove_client(self, sid: str, namespace: str) -> None:
        """Remove a client that upstream would keep."""
        with suppress(KeyError):
            self.disconnect(sid, namespace, ignore_queue=True)

    # --- a connection ends

    def get_namespaces(self) -> Iterable[str]:
        """Return where somebody is; of a connection that ends, where it is."""
        eio_sid = _ending.get()
        if eio_sid is None:
            return list(self.rooms)
        _ending.set(None)
        return list(self.joined.get(eio_sid, ()))

    def end_connection(self, eio_sid: str, reason: str) -> None:
        """Disconnect a connection from all its namespaces; leave nothing of it.

        Raises:
            BaseException: What the first disconnect handler beside the router raised,
                for Engine.IO to log.
        """
        server = self.server
        environ: Environ | None = server.environ.get(eio_sid)
        self.ending[eio_sid] = reason
        failure = self._disconnect_all(eio_sid, reason)
        server.environ.pop(eio_sid, None)
        server._binary_packet.pop(eio_sid, None)
        for registry in self.registries:
            registry.on_connection_ended(eio_sid, reason)
        for namespace, sid in list(self.joined.get(eio_sid, {}).items()):
            # Of those who are connecting still, their connect handlers return later.
            self.remove_client(sid, namespace)
        self.ending.pop(eio_sid, None)
        if environ is not None:
            forget_connection(environ)
        if isinstance(failure, TypeError):
            # Engine.IO takes a TypeError for an old signature and hides it.
            raise RuntimeError("A disconnect handler raised.") from failure
        if failure is not None:
            raise failure

    def _disconnect_all(self, eio_sid: str, reason: str) -> BaseException | None:
        """Have upstream disconnect each namespace, whatever another one raises."""
        failure: BaseException | None = None
        before: dict[str, str] | None = None
        while (names := dict(self.joined.get(eio_sid, {}))) != before:
            before = names
            token = _ending.set(eio_sid)
            try:
                self.upstream_end(eio_sid, reason)
                break
            except BaseException as error:  # noqa: BLE001 - raised by the caller, once
                failure = failure or error
                self._remove_disconnecting(names)
            finally:
                _ending.reset(token)
        return failure

    def _remove_disconnecting(self, names: dict[str, str]) -> None:
        for namespace, sid in names.items():
            if sid in self.pending_disconnect.get(namespace, ()):
                self.remove_client(sid, namespace)

    def drop_session(self, eio_sid: str, namespace: str) -> None:
        """Drop what `save_session` has kept of a connection for a namespace."""
        with suppress(KeyError):  # the connection has ended, and its session with it
            self.server.eio.get_session(eio_sid).pop(namespace, None)

    def send_disconnect(self, eio_sid: str, namespace: str) -> None:
        """Tell a client that it is not in a namespace, whatever it was told before."""
        with suppress(Exception):  # where the connection is closing, nobody has to know
            kind = self.server.packet_class
            told = kind(packet.DISCONNECT, namespace=namespace)
            self.server._send_packet(eio_sid, told)


def client_manager(server: Server) -> ClientManager:
    """Return the client manager of a server, which gets the mixin the first time."""
    manager: Any = server.manager
    if not isinstance(manager, ClientManager):
        kind = type(manager)
        manager.__class__ = type(f"Routed{kind.__name__}", (ClientManager, kind), {})
        cast("ClientManager", manager).install(server)
    return cast("ClientManager", manager)


def is_environ(rest: tuple[Any, ...]) -> bool:
    """Return whether upstream passes a WSGI environment: a genuine connect.

    A packet holds JSON and bytes only, so a client cannot make one up.
    """
    first = rest[0] if rest else None
    if not isinstance(first, dict):
        return False
    return hasattr(cast("Environ", first).get("wsgi.errors"), "write")


def claim_of(environ: Environ, namespace: str) -> tuple[Registry, Any] | None:
    """Return, once, what `pre_connect` has found for a connect of this connection."""
    claims: dict[str, tuple[Registry, Any]] = environ.get(_CLAIMS, {})
    return claims.pop(namespace, None)
