"""A connection is closed without waiting for its client."""

from __future__ import annotations

from logging import getLogger
from types import SimpleNamespace
from typing import Any, Final, cast

from engineio import Server
from engineio.socket import Socket as UpstreamSocket

from nsroute.upstream.hardening.target import Socket, Target


class ClosesAtOnce(Socket):
    """A mixin for sockets: `close` waits for nobody."""

    def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        """Close the connection; what is left for the client, its own task sends."""
        cast("Any", super()).close(wait=False, abort=abort, reason=reason)


def close_at_once(target: Target) -> None:
    """Let nobody wait until a client has read all that is left for it.

    Engine.IO ends a connection with `Socket.close(wait=True)`, which waits for the
    queue to be empty. A polling client that sends one byte that is no packet, and hangs
    up, so keeps the thread that answers it for ever; in gevent, a greenlet and a file.

    Checked with python-engineio 4.15.1.
    """
    if waits_for_clients():
        target.add_to_sockets(ClosesAtOnce)


class ProbeQueue:
    """The queue of a socket that nobody is behind."""

    def __init__(self) -> None:
        self.length: int = 0
        self.was_joined: bool = False

    def put(self, _packet: object) -> None:
        """Count what is kept for the client."""
        self.length += 1

    def join(self) -> None:
        """Note that somebody would wait."""
        self.was_joined = True


def _trigger_nothing(_event: str, *_args: object, run_async: bool) -> None:
    """Call no handler."""


_SERVER: Final = SimpleNamespace(
    create_queue=ProbeQueue,
    logger=getLogger("nsroute.probe"),
    ping_timeout=20,
    reason=Server.reason,
    _trigger_event=_trigger_nothing,
)


def probe_socket() -> Any:
    """Make a socket of Engine.IO's, to see what it does; nobody is behind it."""
    return UpstreamSocket(_SERVER, "")


def waits_for_clients() -> bool:
    """Return whether Engine.IO still waits for a client whose connection it closes."""
    socket = probe_socket()
    socket.close()
    return cast("bool", socket.queue.was_joined)
