"""A process ticks as long as it lives, and no thread keeps it alive."""

from __future__ import annotations

import gc
import subprocess
import sys
from threading import Event
from weakref import ref

from nsroute.cluster.ticks import start_ticks
from tests.support.sites import PATIENCE


class Clock:
    """It tells when it ticked, and when it was let go."""

    period = 3600.0

    def __init__(self) -> None:
        self.over, self.ticked = Event(), Event()
        start_ticks(self, (0.0,), self.over)

    def tick(self, now: float) -> None:
        assert now > 0
        self.ticked.set()

    def stop(self) -> None:
        print("stopped")


def test_what_ticks_is_garbage_once_nothing_else_holds_it() -> None:
    """An application for each test leaves neither objects nor a thread behind."""
    clock = Clock()
    assert clock.ticked.wait(PATIENCE)
    over, gone = clock.over, ref(clock)
    del clock
    gc.collect()
    assert over.wait(PATIENCE)
    assert gone() is None


def test_what_still_ticks_is_stopped_when_python_ends() -> None:
    """So others hear at once that a process has ended."""
    program = f"from {__name__} import Clock; clock = Clock()"
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout == "stopped\n"
