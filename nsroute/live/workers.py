"""The workers and the scheduler of a server, which all its registries share."""

from __future__ import annotations

from typing import Final

from nsroute.events_queue import Scheduler, Workers
from nsroute.upstream.manager import ClientManager
from nsroute.upstream.protocols import Server

Bounds = tuple[int, int]
"""How many handlers run at once, and how many events may wait."""
DEFAULT_BOUNDS: Final = (128, 1000)


class JobSender:
    """A connection whose CONNECTs wait for their turn, or nobody, whose timers do."""

    __slots__ = ("__weakref__", "waiting")

    def __init__(self) -> None:
        self.waiting: int = 0


def workers_of(
    manager: ClientManager, server: Server, bounds: Bounds | None
) -> Workers:
    """Return what runs the events and timers of a server; a router sets its bounds."""
    if manager.workers is None:
        manager.workers = Workers(server, *(bounds or DEFAULT_BOUNDS))
        manager.scheduler = Scheduler(server, manager.workers)
    elif bounds is not None:
        manager.workers.limit(*bounds)
    workers: Workers = manager.workers
    return workers
