"""What runs timers when they are due: one thread or greenlet for a whole server.

That one only waits. What is due is run by one worker, one timer after the other. While
something is due and fewer than `FEW` timers begin in `PATIENCE`, one more worker runs
them. So a timer that blocks holds up no other, and thousands of short ones are run by
few threads.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from threading import Lock
from time import monotonic
from typing import Any, Final

from nsroute.events_queue.schedule import UNLIMITED, EventQueue
from nsroute.events_queue.timers import Timer, TimerHeap
from nsroute.events_queue.workers import Workers
from nsroute.upstream.protocols import Event, Server

PATIENCE: Final = 0.025
"""Seconds that the others wait for a timer that runs."""
FEW: Final = 2
"""If so many timers have begun in that time, their workers are fast enough."""
RESOLUTION: Final = 0.002
"""Seconds between two looks at what is due: many timers are run at one look."""
ROUNDING: Final = 1e-6
"""Seconds: the twentieth tick of 0.05 s may be due later than one second, by floats."""


class Scheduler:
    """The timers of a server; a `Sender` of the jobs that run them.

    Args:
        server: The server in whose async mode they run.
        workers: What runs them.
        clock: Returns the time, in seconds.
    """

    def __init__(
        self,
        server: Server,
        workers: Workers,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.waiting: int = 0
        self._server = server
        self._workers = workers
        self._clock = clock
        self._stands_at: float | None = None  # of a clock that a test moves
        self._timers = TimerHeap()
        self._queue = EventQueue(UNLIMITED)
        self._lock = Lock()
        self._changed: Event | None = None
        self._is_watched = False
        self._wakes_at = 0.0
        self._runners = 0  # how many jobs run what is due, or wait to
        self._begun = self._seen = 0  # how many timers they took, by now and before
        self._judge_at = 0.0  # when to see whether they are too slow

    def __len__(self) -> int:
        """Return how many timers wait."""
        return len(self._timers)

    @property
    def now(self) -> float:
        """The time on the clock of the timers, in seconds."""
        return self._clock() if self._stands_at is None else self._stands_at

    def set(self, timer: Timer, due: float) -> None:
        """Run a timer once, when the clock shows `due`."""
        with self._lock:
            self._timers.set(timer, due)
            start, changed = self._call_watch()
        if changed is not None:
            changed.set()
        if start:
            self._start_watch()

    def stop(self, timer: Timer) -> None:
        """Run a timer no more; if it runs, it ends by itself."""
        with self._lock:
            self._timers.stop(timer)

    # --- a clock that a test moves

    def stop_clock(self) -> None:
        """Let time stand still: from now on `advance` alone runs timers."""
        with self._lock:
            self._stands_at = self.now

    def advance(self, seconds: float) -> None:
        """Move a clock that stands still; run here what becomes due, in its order."""
        until = self.now + seconds
        while True:
            with self._lock:
                due = self._timers.next_due or until
                self._stands_at = max(
                    self.now, due if due <= until + ROUNDING else until
                )
                timer = self._timers.take(self._stands_at)
            if timer is None:
                return
            with self._workers.in_place():
                timer.run()

    # --- the thread that waits

    def _call_watch(self) -> tuple[bool, Event | None]:
        """Return whether to start what waits, and what wakes it; under the lock."""
        due = self._timers.next_due
        if due is None or self._stands_at is not None:
            return False, None
        if self._is_watched:
            return False, self._changed if due < self._wakes_at else None
        if self._changed is None:
            self._changed = self._server.eio.create_event()
        self._is_watched = True
        return True, None

    def _start_watch(self) -> None:
        try:
            self._server.start_background_task(Context().run, self._watch)
        except BaseException:  # no more threads: the next timer tries again
            self._is_watched = False
            raise

    def _watch(self) -> None:
        changed: Any = self._changed
        while True:
            changed.clear()
            with self._lock:
                seconds, begins = self._look()
                if seconds is None:
                    self._is_watched = False
                    return
                self._wakes_at = self.now + seconds
            if begins:
                with suppress(Exception):  # no more threads: it waits for a worker
                    self._workers.add(self._queue, self, self._run_due)
            changed.wait(seconds)

    def _look(self) -> tuple[float | None, bool]:
        """Return how long to wait, None for ever, and whether to have one more run."""
        due, now = self._timers.next_due, self.now
        if due is None or self._stands_at is not None:
            return None, False
        if due > now:
            return max(due - now, RESOLUTION), False
        if self._runners and now < self._judge_at:
            return self._judge_at - now, False
        is_slow = self._begun - self._seen < FEW
        self._seen, self._judge_at = self._begun, now + PATIENCE
        begins = not self._runners or (is_slow and not self.waiting)
        self._runners += begins
        return PATIENCE, begins

    # --- what runs them

    def _run_due(self) -> None:
        """Run what is due, one after the other, until nothing is."""
        try:
            while (timer := self._take()) is not None:
                timer.run()
        finally:
            with self._lock:
                self._runners -= 1
                _, changed = self._call_watch()
            if changed is not None:
                changed.set()

    def _take(self) -> Timer | None:
        with self._lock:
            self._begun += 1
            return None if self._stands_at is not None else self._timers.take(self.now)
