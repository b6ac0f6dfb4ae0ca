"""Which timer is due when. No threads, no clock, no Flask."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from math import floor
from typing import Final

_FEW: Final = 64
"""So many stopped timers are kept in any heap; more are removed from it."""


class Timer:
    """What is called when its time has come, once for each time it is set."""

    __slots__ = ("due", "is_stopped", "run")

    def __init__(self, run: Callable[[], object]) -> None:
        self.run: Callable[[], object] = run
        self.due: float | None = None
        """When, on the clock of its heap; None while it waits for nothing."""
        self.is_stopped: bool = False


class TimerHeap:
    """Timers in the order in which they are due; its caller holds a lock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._number = 0  # of two timers for one moment, the first one set is first
        self._stopped = 0

    def __len__(self) -> int:
        return len(self._heap) - self._stopped

    @property
    def next_due(self) -> float | None:
        """When the next one is due; None if none waits."""
        heap = self._heap
        while heap and heap[0][2].is_stopped:
            heappop(heap)
            self._stopped -= 1
        return heap[0][0] if heap else None

    def set(self, timer: Timer, due: float) -> None:
        """Let a timer wait for its time; one that was stopped never does."""
        if timer.is_stopped:
            return
        timer.due = due
        self._number += 1
        heappush(self._heap, (due, self._number, timer))

    def stop(self, timer: Timer) -> None:
        """Let a timer wait no more, now and for ever."""
        waits = timer.due is not None and not timer.is_stopped
        timer.is_stopped = True
        if not waits:
            return
        self._stopped += 1
        if self._stopped > _FEW and self._stopped * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if not entry[2].is_stopped]
            heapify(self._heap)
            self._stopped = 0

    def take(self, now: float) -> Timer | None:
        """Remove and return a timer that is due by now, the earliest; or None."""
        due = self.next_due
        if due is None or due > now:
            return None
        _, _, timer = heappop(self._heap)
        timer.due = None
        return timer


def next_tick(first: float, period: float, now: float) -> float:
    """Return the first moment after now that is whole periods after another one.

    Ticks that were missed meanwhile are left out.
    """
    return first + period * max(1, floor((now - first) / period) + 1)
