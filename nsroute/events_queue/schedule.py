"""Which job runs next, given what runs and what waits. No threads, no clock, no Flask.

A job is what a worker calls: an event of a client, `accepted`, a connect or disconnect
of a namespace that does one thing at a time. Jobs wait in `EventQueue`s; of one queue
they run in the order in which they were added, one at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, Protocol

UNLIMITED: Final = 1 << 62


class Sender(Protocol):
    """Whose job it is: a client, or a connection that asks to connect."""

    waiting: int
    """How many of its jobs wait, in all queues."""


Job = tuple[Sender, Callable[..., object], tuple[Any, ...]]
"""Whose it is, and what a worker calls, with which arguments."""


class EventQueue:
    """Jobs that run in the order in which they were added.

    Args:
        at_once: How many of them may run at the same time.
    """

    __slots__ = ("__weakref__", "at_once", "jobs", "running")

    def __init__(self, at_once: int = 1) -> None:
        self.at_once: int = at_once
        self.jobs: list[Job] = []  # few, and smaller than a deque
        self.running: int = 0


class Schedule:
    """Which job of which queue runs next; its caller holds a lock.

    Queues whose first job may run take turns, so that no queue waits for the end of
    another.

    Args:
        max_running: How many jobs run at once, of all queues.
        max_waiting: How many jobs may wait in one queue, and of one sender.
    """

    def __init__(self, max_running: int, max_waiting: int) -> None:
        self.max_running: int = max_running
        self.max_waiting: int = max_waiting
        self.running: int = 0
        self.waiting: int = 0
        self._ready: OrderedDict[EventQueue, None] = OrderedDict()

    def add(self, queue: EventQueue, job: Job, bounded: bool = False) -> bool:
        """Add a job behind those that wait in its queue.

        Return False if it is bounded, and the queue or its sender has too many already.
        """
        sender, jobs, limit = job[0], queue.jobs, self.max_waiting
        if bounded and (sender.waiting >= limit or len(jobs) >= limit):
            return False
        jobs.append(job)
        sender.waiting += 1
        self.waiting += 1
        if queue.running < queue.at_once:
            self._ready[queue] = None
        return True

    @property
    def may_begin(self) -> bool:
        """Whether there is a job that may run now."""
        return bool(self._ready) and self.running < self.max_running

    def begin(self) -> tuple[EventQueue, Job] | None:
        """Take the job that runs next; None if none may."""
        if not self._ready or self.running >= self.max_running:
            return None
        queue, _ = self._ready.popitem(last=False)
        job = queue.jobs.pop(0)
        job[0].waiting -= 1
        self.waiting -= 1
        self.running += 1
        queue.running += 1
        if queue.jobs and queue.running < queue.at_once:
            self._ready[queue] = None
        return queue, job

    def end(self, queue: EventQueue) -> None:
        """Note that a job has ended; the next of its queue takes its turn."""
        self.running -= 1
        queue.running -= 1
        if queue.jobs and queue.running < queue.at_once:
            self._ready[queue] = None

    def hold(self, queue: EventQueue) -> None:
        """Begin no job of a queue until `release`; what runs counts as no job."""
        queue.running += queue.at_once
        self._ready.pop(queue, None)

    def release(self, queue: EventQueue, first: Job) -> None:
        """End what `hold` has begun; a job is put before those that wait."""
        queue.jobs.insert(0, first)
        first[0].waiting += 1
        self.waiting += 1
        queue.running -= queue.at_once
        if queue.jobs and queue.running < queue.at_once:
            self._ready[queue] = None

    def remove(self, queue: EventQueue, sender: Sender) -> list[Job]:
        """Remove what waits in a queue for a sender; return it, in order."""
        removed = [job for job in queue.jobs if job[0] is sender]
        if removed:
            queue.jobs[:] = [job for job in queue.jobs if job[0] is not sender]
            sender.waiting -= len(removed)
            self.waiting -= len(removed)
            if not queue.jobs:
                self._ready.pop(queue, None)
        return removed
