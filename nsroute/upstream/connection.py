"""The two moments of a connection that upstream tells nobody about.

One is when a CONNECT has been answered, the other when the connection has ended with
all its namespaces. A `Watch` stands at both.

Private parts touched, checked with python-socketio 5.18.1 and python-engineio 4.15.1
(one of `tests/test_upstream_connection*.py` fails when one changes), besides those of
`nsroute.upstream.departures` and `nsroute.upstream.sending`:

- `Server._handle_connect`, wrapped on the instance: nothing else comes after the
  CONNECT packet;
- `Server._binary_packet`, by connection: half a packet is dropped with its connection;
- `Server._handle_eio_disconnect`, replaced on the instance and in `server.eio`:
  upstream asks every namespace of the server, and stops at the first handler that
  raises;
- `Server._handle_disconnect`, called for each namespace of the connection;
- `Server._send_packet` and `Server.packet_class`, to answer where upstream does not;
- `Server.environ`, whose entry goes last when a connection ends.

Where one of them is not as expected, upstream goes its own way and the watch looks
afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from itertools import chain
from typing import Any, Final, Protocol

from socketio import packet

from nsroute.upstream.context import forget_connection
from nsroute.upstream.departures import Departures, Stayer, as_expected
from nsroute.upstream.lifecycle import BETWEEN_LOOKS, force_end, sweep_pending
from nsroute.upstream.protocols import Server
from nsroute.upstream.sending import bear_with_closing

__all__ = ["Listener", "Watch", "watch"]

_WATCH: Final = "_nsroute_watch"
LOOKS_AFTER_THE_END: Final = 100
"""How often the watch looks for an answer although the connection has ended."""

_answered: ContextVar[list[Callable[[], object]] | None] = ContextVar(
    "nsroute_answered", default=None
)
_connecting: ContextVar[object] = ContextVar("nsroute_connecting", default=None)
"""The server that handles a CONNECT in this context."""


class Listener(Stayer, Protocol):
    """Who has namespaces on a server and wants to know when a connection ends."""

    def ended(self, eio_sid: str, reason: str) -> None:
        """Hear that a connection has ended, after its last disconnect handler."""

    def holds(self, eio_sid: str, namespace: str) -> bool:
        """Say whether a connection is in one of the listener's own namespaces."""
        ...

    def namespaces(self, eio_sid: str) -> Iterable[str]:
        """Return the listener's own namespaces that a connection is in."""
        ...

    def others(self) -> Iterable[str]:
        """Return names that others serve here, as far as it knows."""
        ...

    def refuses(self, name: object) -> bool:
        """Say whether a name is refused before anybody is asked, and record that."""
        ...

    def serves(self, name: str) -> bool:
        """Say whether a name is one of the listener's own."""
        ...


def watch(server: Server) -> Watch:
    """Return the watch of a server, which there is one of."""
    found: Watch | None = vars(server).get(_WATCH)
    if found is None:
        found = Watch(server)
        setattr(server, _WATCH, found)
    return found


class Watch:
    """Stands where a server answers a CONNECT and where a connection ends."""

    def __init__(self, server: Server) -> None:
        private: Any = server
        self._server = server
        self._listeners: list[Listener] = []
        self._strangers: dict[str, dict[str, None]] = {}
        self._older = frozenset(server.environ)
        self._upstream_connect: Callable[..., object] = private._handle_connect
        self._upstream_end: Callable[..., object] = private._handle_eio_disconnect
        bear_with_closing(server)
        self.departures: Departures = Departures(server, self._listeners, self._forget)
        self._leave: Callable[..., object] = private._handle_disconnect
        self._sees_answers = as_expected(server, "_handle_connect")
        self._walks = self._sees_answers and as_expected(
            server, "_handle_disconnect", "_handle_eio_disconnect"
        )
        if self._sees_answers:
            private._handle_connect = self._connect
        handlers = server.eio.handlers
        if handlers.get("disconnect") == self._upstream_end:
            server.eio.on("disconnect", self._end)
        # The admin UI has a handler of its own there, which calls this attribute.
        private._handle_eio_disconnect = self._end

    def add(self, listener: Listener) -> None:
        """Tell a listener of the connections that end from now on."""
        self._listeners.append(listener)

    def after_answer(
        self,
        callback: Callable[[], object],
        eio_sid: str,
        pending: Callable[[], bool],
    ) -> None:
        """Call back once the CONNECT that is being handled has been answered.

        The callback is called in any case, also where no answer could be sent.

        Args:
            callback: What to call; it must not raise.
            eio_sid: Whose CONNECT it is.
            pending: Says whether the answer is still to come; asked only where the
                watch can not see it.
        """
        answered = _answered.get()
        if answered is None:
            self._server.start_background_task(self._poll, callback, eio_sid, pending)
        else:
            answered.append(callback)

    def is_connecting(self) -> bool:
        """Say whether the server is seen to handle a CONNECT in this context."""
        return _connecting.get() is self._server

    def put_out(self, eio_sid: str, namespace: str) -> None:
        """Tell a client that it is not in a namespace, whatever it was told before."""
        self._tell(eio_sid, packet.DISCONNECT, namespace)

    def _poll(
        self,
        callback: Callable[[], object],
        eio_sid: str,
        pending: Callable[[], bool],
    ) -> None:
        server, looks = self._server, LOOKS_AFTER_THE_END
        while looks and pending():
            looks -= eio_sid not in server.environ
            server.sleep(BETWEEN_LOOKS)
        callback()

    def _connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        name = namespace or "/"
        if eio_sid not in self._server.environ:
            # One polling payload may hold a CLOSE and then a CONNECT: upstream would
            # keep what it enters for a connection that has ended.
            return
        if any(listener.refuses(name) for listener in self._listeners):
            told = {"message": "Invalid namespace"}
            self._tell(eio_sid, packet.CONNECT_ERROR, name, told)
            return
        answered: list[Callable[[], object]] = []
        token = _answered.set(answered)
        outer = _connecting.set(self._server)
        try:
            self._upstream_connect(eio_sid, namespace, data)
            self._note(eio_sid, name)
        except BaseException as error:
            sweep_pending(self._server, name)
            if self._is_over(eio_sid, name) and isinstance(error, KeyError):
                return
            self._abandon(eio_sid, name, admitted=bool(answered))
            raise
        finally:
            _connecting.reset(outer)
            _answered.reset(token)
            for callback in answered:
                callback()
            if eio_sid not in self._server.environ:
                self._drop_half(eio_sid)

    def _is_over(self, eio_sid: str, name: str) -> bool:
        """Say whether a connection has ended; if so, drop what was entered for it."""
        over = eio_sid not in self._server.environ
        if over:
            self._drop(eio_sid, name)
        return over

    def _note(self, eio_sid: str, name: str) -> None:
        """Remember a namespace that a connection is in without a listener's doing."""
        if any(listener.holds(eio_sid, name) for listener in self._listeners):
            return
        if self._server.manager.sid_from_eio_sid(eio_sid, name) is not None:
            self._strangers.setdefault(eio_sid, {})[name] = None
            if self._is_over(eio_sid, name):
                self._strangers.pop(eio_sid, None)

    def _forget(self, eio_sid: str, name: str) -> None:
        self._strangers.get(eio_sid, {}).pop(name, None)

    def _abandon(self, eio_sid: str, name: str, admitted: bool) -> None:
        """Refuse a client where upstream has failed to let it in.

        In a namespace that others serve, what happens then is upstream's to say.
        """
        if not any(listener.serves(name) for listener in self._listeners):
            return
        self._drop(eio_sid, name)
        if admitted or self._server.always_connect:
            self.put_out(eio_sid, name)
        else:
            told = {"message": "internal error"}
            self._tell(eio_sid, packet.CONNECT_ERROR, name, told)

    def _drop(self, eio_sid: str, name: str) -> None:
        sid = self._server.manager.sid_from_eio_sid(eio_sid, name)
        if sid is not None:
            force_end(self._server, sid, name)

    def _drop_half(self, eio_sid: str) -> None:
        """Drop a binary packet of which not all attachments came before the end."""
        halves: Any = vars(self._server).get("_binary_packet", {})
        halves.pop(eio_sid, None)

    def _tell(self, eio_sid: str, kind: int, name: str, data: Any = None) -> None:
        private: Any = self._server
        # Where the connection is closing, nobody has to be told.
        with suppress(Exception):
            said = private.packet_class(kind, data=data, namespace=name)
            private._send_packet(eio_sid, said)

    def _end(self, eio_sid: str, reason: str) -> None:
        environ = self._server.environ.get(eio_sid)
        try:
            if self._walks:
                self._walk(eio_sid, reason)
            else:
                self._upstream_end(eio_sid, reason)
        finally:
            self._server.environ.pop(eio_sid, None)
            self._strangers.pop(eio_sid, None)
            self._drop_half(eio_sid)
            for listener in self._listeners:
                listener.ended(eio_sid, reason)
            if environ is not None:
                forget_connection(environ)

    def _walk(self, eio_sid: str, reason: str) -> None:
        """Disconnect each namespace of a connection, whatever another one raises."""
        failure: BaseException | None = None
        for namespace in self._namespaces(eio_sid):
            try:
                self._leave(eio_sid, namespace, reason)
            except BaseException as error:  # noqa: BLE001 - raised below, once
                failure = failure or error
        if isinstance(failure, TypeError):
            # Engine.IO takes a TypeError for an old signature and hides it.
            raise RuntimeError("A disconnect handler raised.") from failure
        if failure is not None:
            raise failure

    def _namespaces(self, eio_sid: str) -> Iterable[str]:
        """Find the namespaces of a connection without asking all of the server."""
        if eio_sid in self._older:
            return list(self._server.manager.get_namespaces())
        rooms = self._server.manager.rooms
        static = chain.from_iterable(one.others() for one in self._listeners)
        others = (name for name in static if name in rooms)
        own = chain.from_iterable(one.namespaces(eio_sid) for one in self._listeners)
        strangers = self._strangers.get(eio_sid, ())
        return list(dict.fromkeys(chain(others, strangers, own)))
