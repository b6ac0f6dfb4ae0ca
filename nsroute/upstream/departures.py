"""A client's way out of a namespace: known for genuine, and cleared up behind it.

A packet may be an event named `disconnect`. And where a handler raises, or two threads
disconnect one client at once, python-socketio keeps the client in its tables for ever.

Private parts touched, checked with python-socketio 5.18.1
(`tests/unit/upstream/test_connection.py` fails when one changes):

- `Server._handle_disconnect` and `Server.disconnect`, wrapped on the instance: every
  genuine disconnect comes through one of them, and nothing else comes before and after
  its handler;
- `Manager.pending_disconnect` and `Manager.rooms`, by `nsroute.upstream.lifecycle`.

Where one of the methods is not as expected, a disconnect is taken for genuine if the
manager has noted it, and nothing is cleared up before the connection ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any, Final, Protocol

import socketio

from nsroute.upstream.expectations import is_expected
from nsroute.upstream.lifecycle import (
    force_end,
    forget_pending,
    is_connected,
    is_disconnecting,
    is_known,
)
from nsroute.upstream.protocols import Server

__all__ = ["Departures", "Stayer", "as_expected"]

EXPECTED: Final = {
    "_handle_connect": ["self", "eio_sid", "namespace", "data"],
    "_handle_disconnect": ["self", "eio_sid", "namespace", "reason"],
    "_handle_eio_disconnect": ["self", "eio_sid", "reason"],
    "disconnect": ["self", "sid", "namespace", "ignore_queue"],
}

_leaving: ContextVar[tuple[str, str | None] | None] = ContextVar(
    "nsroute_leaving", default=None
)
"""The namespace and the sid that upstream is disconnecting in this context."""


def as_expected(server: Server, *names: str) -> bool:
    """Say whether methods of a server are those that were checked."""
    original: Any = socketio.Server
    return all(is_expected(server, original, name, EXPECTED[name]) for name in names)


class Stayer(Protocol):
    """Who keeps something for the clients of namespaces."""

    def stranded(self, namespace: str, sid: str, reason: str) -> None:
        """Hear that upstream has disconnected a client, with or without its handler."""

    def dismiss(self, namespace: str, sid: str) -> bool:
        """Hear that a client is to go which is not in yet; say whether it will."""
        ...


class Departures:
    """Stands where a server disconnects a client from a namespace.

    Args:
        server: The server.
        stayers: Whom it tells.
        gone: Called with the connection and the namespace that it has left.
    """

    def __init__(
        self,
        server: Server,
        stayers: Sequence[Stayer],
        gone: Callable[[str, str], object],
    ) -> None:
        private: Any = server
        self._server = server
        self._stayers = stayers
        self._gone = gone
        self._upstream_leave: Callable[..., object] = private._handle_disconnect
        self._upstream_disconnect: Callable[..., object] = private.disconnect
        self._sees = as_expected(server, "_handle_disconnect", "disconnect")
        if self._sees:
            private._handle_disconnect = self._leave
            private.disconnect = self._disconnect

    def is_genuine(self, namespace: str, sid: str, rest: tuple[Any, ...]) -> bool:
        """Say whether a disconnect is upstream's own; no packet can make one up."""
        if self._sees:
            return _leaving.get() == (namespace, sid)
        return is_disconnecting(self._server, namespace, sid, rest)

    def _leave(
        self, eio_sid: str, namespace: str | None, reason: str | None = None
    ) -> None:
        """Handle a DISCONNECT, or one namespace of a connection that has ended."""
        server, name = self._server, namespace or "/"
        sid = server.manager.sid_from_eio_sid(eio_sid, name)
        leave = partial(self._upstream_leave, eio_sid, namespace, reason)
        said = reason or server.reason.CLIENT_DISCONNECT
        self._see_out(eio_sid, name, sid, said, leave)

    def _disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> None:
        """Disconnect a client as `Server.disconnect` does, one that is joining too."""
        server, name = self._server, namespace or "/"
        if server.manager.is_pre_connected(sid, name) and any(
            stayer.dismiss(name, sid) for stayer in self._stayers
        ):
            return
        leave = partial(self._upstream_disconnect, sid, namespace, ignore_queue)
        reason = server.reason.SERVER_DISCONNECT
        eio_sid = is_known(server, name, sid)
        self._see_out(eio_sid, name, sid, reason, leave)

    def _see_out(
        self,
        eio_sid: str | None,
        name: str,
        sid: str | None,
        reason: str,
        leave: Callable[[], object],
    ) -> None:
        if sid is None or eio_sid is None or not is_connected(self._server, name, sid):
            leave()
            return
        token = _leaving.set((name, sid))
        clear_up: Callable[..., object] = forget_pending
        try:
            leave()
        except BaseException as error:
            clear_up = force_end
            # Where another thread has disconnected it meanwhile, nothing is wrong.
            known = is_known(self._server, name, sid) is not None
            if known or not isinstance(error, KeyError):
                raise
        finally:
            _leaving.reset(token)
            for stayer in self._stayers:
                stayer.stranded(name, sid, reason)
            clear_up(self._server, sid, name)
            self._gone(eio_sid, name)
