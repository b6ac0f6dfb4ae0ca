"""How a server ends: begun dispatches end, objects close, clients go elsewhere.

A connection is ended as soon as nothing of it runs or waits. The disconnect handlers of
those that are ended together run before any of them is told: what `closed` saves is
there when a client comes to another process. Each is ended in a task of its own, so
that a handler that hangs holds up nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from time import monotonic
from typing import Final, cast

from nsroute.upstream.connections import Connection, Connections
from nsroute.upstream.manager import ClientManager
from nsroute.upstream.protocols import Server

BATCH: Final = 100
"""How many connections are ended, or told, at once."""
INTERVAL: Final = 0.02
"""Seconds from one batch to the next, and from one look to the next."""
GRACE: Final = 1.0
"""Seconds that clients are told nothing while disconnect handlers run, and while they
have not read what was sent before; and that their transports may take to close."""


class Drain:
    """The end of a server; several callers may wait for it."""

    def __init__(self, server: Server, manager: ClientManager) -> None:
        self._server = server
        self._incoming = manager.incoming
        self._workers = manager.workers
        self._registries = manager.registries
        self._connections = Connections(server)
        self._running: set[Connection] = set()
        self._ended: set[Connection] = set()

    def begin(self) -> None:
        """Let nobody come, and nothing more that wants to run."""
        self._incoming.drain()
        self._workers.close()
        self._connections.refuse_new()
        for registry in self._registries:
            task = registry.close_lingering
            self._server.start_background_task(Context().run, task)

    def run(self, timeout: float) -> int:
        """End all connections; return how many this call has cut off."""
        deadline = monotonic() + timeout
        cut = 0
        while True:
            late = monotonic() >= deadline
            idle = self._take(late)
            if idle:
                cut += len(idle)
                self._end(idle)
            elif late or self._is_done():
                break
            else:
                self._server.sleep(INTERVAL)
        self._wait(lambda: all(one.is_gone for one in self._ended))
        return cut

    def _take(self, late: bool) -> list[Connection]:
        """Return what is to be ended now; when it is late, whatever still runs."""
        is_busy = self._incoming.is_busy
        return [
            connection
            for connection in self._connections.open()
            if (late or not is_busy(connection.eio_sid)) and connection.take()
        ]

    def _end(self, connections: list[Connection]) -> None:
        self._running.update(connections)
        for connection in self._paced(connections):
            # In a context of its own, whoever has called for the end.
            self._server.start_background_task(Context().run, self._run, connection)
        self._wait(lambda: all(map(self._is_ready, connections)))
        for connection in self._paced(connections):
            connection.close()
        self._ended.update(connections)

    def _run(self, connection: Connection) -> None:
        try:
            connection.end()
        finally:
            self._running.discard(connection)

    def _is_ready(self, connection: Connection) -> bool:
        """Return whether its disconnect handlers have run, and nothing is unread."""
        is_ending = connection in self._running
        has_clients = self._incoming.has_clients(connection.eio_sid)
        return not is_ending and not has_clients and connection.is_read

    def _is_done(self) -> bool:
        """Return whether nothing is left, with those who leave by themselves."""
        left = self._running or self._incoming.has_clients(None)
        are_empty = all(registry.is_empty for registry in self._registries)
        return not left and are_empty and not self._connections.open()

    def _paced(self, connections: Iterable[Connection]) -> Iterator[Connection]:
        for number, connection in enumerate(connections, 1):
            yield connection
            if number % BATCH == 0:
                self._server.sleep(INTERVAL)

    def _wait(self, is_over: Callable[[], bool]) -> None:
        deadline = monotonic() + GRACE
        while not is_over() and monotonic() < deadline:
            self._server.sleep(INTERVAL)


def drain(server: Server, manager: ClientManager, timeout: float) -> int:
    """End all connections of a server; return how many this call has cut off."""
    made = vars(manager).setdefault("_nsroute_drain", Drain(server, manager))
    ending = cast("Drain", made)  # one for all who call
    ending.begin()
    return ending.run(timeout)
