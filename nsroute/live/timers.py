"""A method of a live object that runs every so many seconds, while that is open."""

from __future__ import annotations

from typing import Any

from nsroute.dispatch import CompiledTimer, run_unasked
from nsroute.events_queue import Timer, next_tick


class NamespaceTimer:
    """A timer of a live namespace.

    It is set anew when its method has returned: so it never runs twice at once, and
    what it has missed meanwhile is left out.
    """

    __slots__ = ("_compiled", "_due", "_live", "_timer")

    def __init__(self, live: Any, compiled: CompiledTimer) -> None:
        self._live: Any = live  # its `LiveNamespace`
        self._compiled = compiled
        self._timer = Timer(self._take_turn)
        self._due = 0.0

    def start(self) -> None:
        """Run for the first time after its seconds."""
        scheduler = self._live.host.scheduler
        self._due = scheduler.now + self._compiled.seconds
        scheduler.set(self._timer, self._due)

    def stop(self) -> None:
        """Run no more."""
        self._live.host.scheduler.stop(self._timer)

    def _take_turn(self) -> None:
        self._live.host.in_turn(self._live, self._tick)

    def _tick(self) -> None:
        live, compiled = self._live, self._compiled
        if not live.begin_tick():
            return
        try:
            event = compiled.handler.method or ""
            run_unasked("timer", event, live, compiled.handler)
        finally:
            scheduler = live.host.scheduler
            self._due = next_tick(self._due, compiled.seconds, scheduler.now)
            scheduler.set(self._timer, self._due)
            live.end_tick()
