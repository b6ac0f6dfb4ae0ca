"""The live namespaces of other processes, counted while somebody looks and only then.

A census waits for the processes that it asks, so it runs in a background task: who
looks is shown what the last one has found, and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Final, cast

import attrs

from nsroute.cluster import ClusterProcess, process_of
from nsroute.cluster.census import count
from nsroute.cluster.messages import Selected
from nsroute.router import MetaRouter
from nsroute.upstream.protocols import Server

TIMEOUT: Final = 1.0
"""Seconds that a census waits for a process to answer."""
EVERY: Final = 3.0
"""Seconds from one census to the next."""
FRESH: Final = 10.0
"""Seconds after which the answers are shown no more."""


@attrs.frozen
class Others:
    """What the other processes answered when they were asked last."""

    clients: Mapping[str, int] = attrs.field(factory=dict[str, int])
    """How many clients each live namespace has there, by its concrete name."""
    answered: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    """The processes that did not answer in time."""


NOBODY: Final = Others()
"""There is no message queue, and so no other process."""


class OtherProcesses:
    """Asks the processes that share the message queue of a router's server.

    Args:
        router: The router.
        clock: Returns seconds that never go back.
    """

    def __init__(
        self, router: MetaRouter, clock: Callable[[], float] = monotonic
    ) -> None:
        self._router = router
        self._clock = clock
        self._lock = Lock()
        self._next = self._shown_until = clock()
        self._found = NOBODY

    def look(self) -> Others | None:
        """Return the last answers, None if there are none yet; have new ones asked for.

        It waits for nothing.
        """
        server = cast("Server | None", self._router.server)
        if server is None:
            return NOBODY
        process = process_of(self._router.socketio, server)
        if not process.has_queue:
            return NOBODY
        now = self._clock()
        with self._lock:
            found = self._found if now < self._shown_until else None
            is_due = now >= self._next
            if is_due:
                self._next = now + EVERY
        if is_due:
            server.start_background_task(self._ask, process)
        return found

    def _ask(self, process: ClusterProcess) -> None:
        selected = Selected([route.pattern for route in self._router.table])
        inquiry = process.ask_others("clients", selected, TIMEOUT)
        census = count(inquiry.rows(), inquiry.silent)
        with self._lock:
            self._found = Others(census.namespaces, inquiry.answered, census.silent)
            self._shown_until = self._clock() + FRESH
