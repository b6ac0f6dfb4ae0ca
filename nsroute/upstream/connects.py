"""The client manager mixin, first part: a client comes; its tables have a lock.

python-socketio's client manager is its extension point: it is called when a client is
entered (`pre_connect`) and when it has been sent its CONNECT packet (`connect`).

Checked with python-socketio 5.18.1 (`tests/unit/upstream/test_connects.py` fails when
one changes): the methods overridden here, and the tables `rooms`, `pending_connect` and
`pending_disconnect`. `Socket.send` looks at the ping, puts the packet into `queue`, and
logs it (`tests/unit/upstream/test_sending_broadcasts.py`).
"""

from __future__ import annotations

import inspect
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from engineio.exceptions import SocketIsClosedError
from engineio.socket import Socket

from nsroute.upstream.locks import Lock, new_lock
from nsroute.upstream.protocols import Environ, Server
from nsroute.upstream.registries import Registry
from nsroute.upstream.sending import EventParts, WholeQueue

_CLAIMS: Final = "nsroute.claims"
_REFUSED: Final = "nsroute.refused"
NO_SID: Final = ""
"""Of a connect that nobody is entered for; no client has it."""
MOST_ENDED: Final = 100
"""Ended connections whose late CONNECTs, and connect handlers, are known as such."""
MOST_REFUSED: Final = 100
"""Packets in a row that reach no handler; then their connection is ended."""

if TYPE_CHECKING:  # python-socketio ships no types, and a base needs one

    class Manager:
        """`socketio.Manager`, whose attributes are of any type."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Manager = object


class RefusedName(Exception):
    """A client may not join a namespace of this name.

    Attributes:
        is_answered: Whether the `'*'` namespace refuses it in words, which upstream
            asks as for any client. Nobody is entered for that.
    """

    def __init__(self, *, is_answered: bool = False) -> None:
        self.is_answered = is_answered
        super().__init__()


class LockedTables(Manager):
    """Who is where: each change is one step for all threads.

    The lock is of the server's async mode, and never held while a handler of a routed
    namespace runs.
    """

    server: Any
    rooms: dict[str, dict[str | None, dict[str, str]]]
    pending_connect: dict[str, list[str]]
    pending_disconnect: dict[str, list[str]]

    def install_tables(self, server: Server) -> None:
        """Begin to follow the clients of a server, those who are connected included."""
        self.parts: EventParts = EventParts(server)
        send_whole_packets(server, self.parts)
        self.registries: list[Registry] = []
        self.tables_lock: Lock = new_lock(server.eio)
        self.undecided: dict[str, set[str]] = {}  # by namespace, who hears nothing yet
        self.ended: OrderedDict[str, None] = OrderedDict()  # sids, of both kinds
        self.joined: dict[str, dict[str, str]] = {}  # connection -> namespace -> sid
        for namespace, rooms in list(self.rooms.items()):
            for sid, eio_sid in list(rooms.get(None, {}).items()):
                self.joined.setdefault(eio_sid, {})[namespace] = sid

    def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Enter a client whose connect handler is to run."""
        if eio_sid in self.ended:
            return None  # what it has sent before it was ended
        claim = None
        for registry in self.registries:
            try:
                found = registry.claim(namespace)
            except RefusedName as refused:
                has_ended = registry.on_refused(eio_sid)
                return NO_SID if refused.is_answered and not has_ended else None
            claim = claim or (found and (registry, found))
        return self._enter(eio_sid, namespace, claim)

    def is_refused_too_often(self, eio_sid: str) -> bool:
        """Count a packet that reaches no handler; return whether to end its connection.

        What is served in between lets the count begin anew.
        """
        if any(registry.take_served(eio_sid) for registry in self.registries):
            self.forget_refused(eio_sid)
        environ = self.server.environ.get(eio_sid, {})
        environ[_REFUSED] = environ.get(_REFUSED, 0) + 1
        return bool(environ[_REFUSED] == MOST_REFUSED)

    def forget_refused(self, eio_sid: str) -> None:
        """Begin to count anew: a connection was served."""
        self.server.environ.get(eio_sid, {}).pop(_REFUSED, None)

    def close_connection(self, eio_sid: str) -> None:
        """Close a connection, without waiting for its client."""
        socket = self.server.eio.sockets.get(eio_sid)
        if socket is not None:
            socket.close(wait=False, reason=self.server.reason.SERVER_DISCONNECT)

    def _enter(self, eio_sid: str, namespace: str, claim: object = None) -> str | None:
        with self.tables_lock:
            if eio_sid in self.ended:
                # One polling payload may hold a CLOSE and then a CONNECT.
                return None
            sid: str | None = cast("Any", super()).pre_connect(eio_sid, namespace)
            if sid is None:
                return None
            self.joined.setdefault(eio_sid, {})[namespace] = sid
            environ = self.server.environ.get(eio_sid)
            if claim and environ is not None:
                self.undecided.setdefault(namespace, set()).add(sid)
                environ.setdefault(_CLAIMS, {})[namespace] = claim
        return sid

    def connect(self, sid: str, namespace: str) -> str:
        """Let a client in, unless it has left meanwhile."""
        with self.tables_lock:
            # Upstream takes a sid that it does not know any more for a connection's.
            if self.knows(sid, namespace) or not self._has_left(sid, namespace):
                if not self.is_pre_connected(sid, namespace):
                    # The app itself lets a connection in, whose sid this is.
                    sid = self._enter(sid, namespace) or sid
                sid = cast("Any", super()).connect(sid, namespace)
        if not self.server.always_connect:
            self.decide(sid, namespace)
            for registry in self.registries:
                registry.on_connected(namespace, sid)
        return sid

    def _has_left(self, sid: str, namespace: str) -> bool:
        return sid in self.ended or any(
            registry.client(namespace, sid) for registry in self.registries
        )

    def note_ended(self, *sids: str) -> None:
        """Remember the sids of a connection that has ended, for a while."""
        with self.tables_lock:
            self.ended.update(dict.fromkeys(sids))
            while len(self.ended) > MOST_ENDED:
                self.ended.popitem(last=False)

    def decide(self, sid: str, namespace: str) -> None:
        """Let a client hear what is sent to its namespace, or forget it."""
        if namespace in self.undecided:
            with self.tables_lock:
                sids = self.undecided.get(namespace, set())
                sids.discard(sid)
                if not sids:
                    self.undecided.pop(namespace, None)

    def knows(self, sid: str, namespace: str) -> str | None:
        """Return the connection of a client, however far it is; None if it left."""
        return self.rooms.get(namespace, {}).get(None, {}).get(sid)

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """Return the connection of a client."""
        return self.knows(sid, namespace)

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

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Add a client to a room; `ValueError` if it is not in the namespace."""
        with self.tables_lock:
            if eio_sid is None and self.knows(sid, namespace) is None:
                raise ValueError("sid is not connected to requested namespace")
            cast("Any", super()).basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def trigger_callback(self, sid: str, id: Any, data: Any) -> None:  # noqa: A002 - upstream's name
        """Call what waits for an acknowledgement; 0 is where the counter is kept."""
        if id != 0:
            cast("Any", super()).trigger_callback(sid, id, data)

    def _generate_ack_id(self, sid: str, callback: Callable[..., object]) -> int:
        with self.tables_lock:
            found: int = cast("Any", super())._generate_ack_id(sid, callback)
            return found


def is_environ(rest: tuple[Any, ...]) -> bool:
    """Return whether upstream passes a WSGI environment: a genuine connect.

    A packet holds JSON and bytes only, so a client cannot make one up.
    """
    first = rest[0] if rest else None
    if not isinstance(first, dict):
        return False
    return hasattr(cast("Environ", first).get("wsgi.errors"), "write")


def claim_of(environ: object, namespace: str) -> tuple[Registry, Any] | None:
    """Return, once, what `pre_connect` has found for a connect of this connection."""
    kept = cast("Environ", environ) if isinstance(environ, dict) else {}
    claims: dict[str, tuple[Registry, Any]] = kept.get(_CLAIMS, {})
    return claims.pop(namespace, None)


def send_whole_packets(server: Server, parts: EventParts) -> None:
    """Let a server send events as a whole, and nothing to a connection that closes.

    Engine.IO looks whether a connection is closed before it sends, and raises where
    that happens in between: whoever emits gets an error, and the others nothing.

    A broadcast sends one packet to many, so what it is, is looked at once. Nearly half
    of Engine.IO's `Socket.send` is a call of its log, which mostly drops it.
    """
    engine: Any = server.eio
    if not inspect.ismethod(engine.send_packet):
        return  # a double in a test
    has_parts = bool(server.packet_class.uses_binary_events)
    engine.send_packet = _sender(engine, parts if has_parts else None)
    if engine.async_mode == "threading":
        engine.create_queue = _queues(engine.create_queue)


def _sender(engine: Any, parts: EventParts | None) -> Callable[..., None]:
    sockets, upstream = engine.sockets, engine.send_packet
    seen: Any = None  # a packet that is whole, and that no log wants

    def send(eio_sid: str, pkt: Any, is_whole: bool = False) -> None:
        nonlocal seen
        if pkt is not seen and not is_whole:
            data = pkt.data
            # An event with attachments begins with 5 or 6, and they are bytes.
            if parts is not None and not (isinstance(data, str) and data < "5"):
                for one in parts.take(eio_sid, pkt):
                    send(eio_sid, one, True)
                return
            seen = pkt if _drops_info(engine.logger) else None
        try:
            socket = sockets[eio_sid]
            if pkt is not seen or socket.__class__ is not Socket:
                socket.send(pkt)
            elif socket.check_ping_timeout():
                socket.queue.put(pkt)
        except (KeyError, SocketIsClosedError):
            upstream(eio_sid, pkt)  # it notes in its log that nobody is there

    return send


def _queues(create: Callable[..., Any]) -> Callable[..., Any]:
    def create_queue(*args: Any, **options: Any) -> Any:
        # An app that asks for a queue of its own may want another kind.
        return create(*args, **options) if args or options else WholeQueue()

    return create_queue


def _drops_info(logger: object) -> bool:
    """Return whether a logger drops what is no warning; an app may bring its own."""
    return isinstance(logger, logging.Logger) and not logger.isEnabledFor(logging.INFO)
