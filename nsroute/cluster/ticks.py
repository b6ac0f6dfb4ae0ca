"""What a process does by itself, as long as it lives."""

from __future__ import annotations

import atexit
from threading import Event, Thread
from time import monotonic
from typing import Final, Protocol
from weakref import WeakSet, finalize, ref

__all__ = ["start_ticks"]


class Ticking(Protocol):
    """What ticks again and again, and is stopped when Python ends."""

    @property
    def period(self) -> float: ...

    def tick(self, now: float) -> None: ...

    def stop(self) -> None: ...


def start_ticks(process: Ticking, pauses: tuple[float, ...], over: Event) -> None:
    """Let a process tick after these pauses, then once a period, until it is over.

    It is held only while it ticks: the application that a test makes is garbage with
    its objects, and its thread ends then.
    """
    _ticking.add(process)
    finalize(process, over.set)
    given = ref(process), pauses, over
    Thread(target=_run, args=given, name="nsroute-cluster", daemon=True).start()


def _run(process: ref[Ticking], pauses: tuple[float, ...], over: Event) -> None:
    first = iter(pauses)
    pause = next(first)
    while not over.wait(pause) and (one := process()) is not None:
        one.tick(monotonic())
        pause = next(first, one.period)
        del one


def _stop_all() -> None:
    for process in list(_ticking):
        process.stop()


_ticking: Final[WeakSet[Ticking]] = WeakSet()
atexit.register(_stop_all)
