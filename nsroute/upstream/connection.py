"""The two moments of a connection that upstream tells nobody about.

One is when a CONNECT has been answered, the other when the connection has ended with
all its namespaces. A `Watch` stands at both.

Private parts touched, checked with python-socketio 5.18.1 and python-engineio 4.15.1
(`tests/test_upstream_connection.py` fails when one changes):

- `Server._handle_connect`, wrapped on the instance: nothing else comes after the
  CONNECT packet;
- `Server._handle_eio_disconnect`, replaced on the instance and in `server.eio`:
  upstream asks every namespace of the server, and stops at the first handler that
  raises;
- `Server._handle_disconnect`, called for each namespace of the connection;
- `Server.environ`, whose entry goes last when a connection ends.

Where one of them is not as expected, upstream goes its own way and the watch looks
afterwards.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from itertools import chain
from typing import Any, Final, Protocol

import socketio

from nsroute.upstream.context import forget_connection
from nsroute.upstream.protocols import Server

__all__ = ["Listener", "Watch", "force_end", "watch"]

EXPECTED: Final = {
    "_handle_connect": ["self", "eio_sid", "namespace", "data"],
    "_handle_disconnect": ["self", "eio_sid", "namespace", "reason"],
    "_handle_eio_disconnect": ["self", "eio_sid", "reason"],
}
_WATCH: Final = "_nsroute_watch"

_answered: ContextVar[list[Callable[[], object]] | None] = ContextVar(
    "nsroute_answered", default=None
)


class Listener(Protocol):
    """Who has namespaces on a server and wants to know when a connection ends."""

    def ended(self, eio_sid: str, reason: str) -> None:
        """Hear that a connection has ended, after its last disconnect handler."""

    def namespaces(self, eio_sid: str) -> Iterable[str]:
        """Return the listener's own namespaces that a connection is in."""
        ...

    def others(self) -> Iterable[str] | None:
        """Return all names that others serve here; None if it does not know."""


def watch(server: Server) -> Watch:
    """Return the watch of a server, which there is one of."""
    found: Watch | None = vars(server).get(_WATCH)
    if found is None:
        found = Watch(server)
        setattr(server, _WATCH, found)
    return found


def as_expected(server: Server, name: str) -> bool:
    """Say whether a private method of a server is the one that was checked."""
    method: Callable[..., object] | None = getattr(type(server), name, None)
    if method is None or method is not getattr(socketio.Server, name, None):
        return False
    return list(inspect.signature(method).parameters) == EXPECTED[name]


class Watch:
    """Stands where a server answers a CONNECT and where a connection ends."""

    def __init__(self, server: Server) -> None:
        private: Any = server
        self._server = server
        self._listeners: list[Listener] = []
        self._upstream_connect: Callable[..., object] = private._handle_connect
        self._upstream_end: Callable[..., object] = private._handle_eio_disconnect
        self._leave: Callable[..., object] = private._handle_disconnect
        self._sees_answers = as_expected(server, "_handle_connect")
        self._walks = all(as_expected(server, name) for name in EXPECTED)
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
        self, callback: Callable[[], object], pending: Callable[[], bool]
    ) -> None:
        """Call back once the CONNECT that is being handled has been answered.

        The callback is called in any case, also where no answer could be sent.

        Args:
            callback: What to call; it must not raise.
            pending: Says whether the answer is still to come; asked only where the
                watch can not see it.
        """
        answered = _answered.get()
        if answered is None:
            self._server.start_background_task(self._poll, callback, pending)
        else:
            answered.append(callback)

    def _poll(
        self, callback: Callable[[], object], pending: Callable[[], bool]
    ) -> None:
        while pending():
            self._server.sleep(0.01)
        callback()

    def _connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        server = self._server
        if eio_sid not in server.environ:
            # One polling payload may hold a CLOSE and then a CONNECT: upstream would
            # keep what it enters for a connection that has ended.
            return
        answered: list[Callable[[], object]] = []
        token = _answered.set(answered)
        try:
            self._upstream_connect(eio_sid, namespace, data)
        except KeyError:
            if eio_sid in server.environ:
                raise
            self._drop(eio_sid, namespace or "/")
        finally:
            _answered.reset(token)
            for callback in answered:
                callback()

    def _drop(self, eio_sid: str, namespace: str) -> None:
        manager = self._server.manager
        sid = manager.sid_from_eio_sid(eio_sid, namespace)
        if sid is not None:
            manager.disconnect(sid, namespace, ignore_queue=True)

    def _end(self, eio_sid: str, reason: str) -> None:
        environ = self._server.environ.get(eio_sid)
        try:
            if self._walks:
                self._walk(eio_sid, reason)
            else:
                self._upstream_end(eio_sid, reason)
        finally:
            self._server.environ.pop(eio_sid, None)
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

    def _namespaces(self, eio_sid: str) -> list[str]:
        """Find the namespaces of a connection without asking all of the server."""
        others = [listener.others() for listener in self._listeners]
        known = [names for names in others if names is not None]
        if not known:
            return list(self._server.manager.get_namespaces())
        own = [listener.namespaces(eio_sid) for listener in self._listeners]
        return list(dict.fromkeys(chain.from_iterable([*known, *own])))


def force_end(server: Server, sid: str, namespace: str) -> None:
    """Take a client out of the manager that upstream would leave there."""
    with suppress(KeyError):
        server.manager.disconnect(sid, namespace, ignore_queue=True)
