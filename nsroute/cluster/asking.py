"""Questions to all processes: asked, and waited for until enough have answered."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from threading import Event, Lock
from time import monotonic
from typing import Final

from nsroute.cluster.census import Inquiry
from nsroute.cluster.messages import Answer, Question, Selected

REPEATS: Final = (0.05, 0.15, 0.3)
"""Pauses after which a question is asked again, where others may not be known yet."""


class Inquiries:
    """The questions that this process waits for an answer to.

    Args:
        tell: Tells a message to all processes.
    """

    def __init__(self, tell: Callable[[Question], object]) -> None:
        self._tell = tell
        self._lock = Lock()
        self._numbers = count(1)
        self._open: dict[str, tuple[Inquiry, Event]] = {}

    def ask(
        self,
        inquiry: Inquiry,
        host: str,
        about: str,
        selected: Selected,
        timeout: float,
    ) -> None:
        """Ask all processes; wait until all have answered whom the inquiry knows."""
        number, answered = f"{host}/{next(self._numbers)}", Event()
        self._open[number] = inquiry, answered
        pauses = () if inquiry.is_sure else REPEATS
        deadline = monotonic() + timeout
        try:
            for attempt, pause in enumerate((*pauses, timeout)):
                left = deadline - monotonic()
                if left > 0 and not inquiry.is_complete:
                    self._tell(Question(number, attempt, host, about, selected))
                    answered.wait(min(pause, left))
        finally:
            with self._lock:
                del self._open[number]

    def add(self, answer: Answer) -> None:
        """Keep a part of an answer, unless nobody waits for it any more."""
        with self._lock:
            inquiry, answered = self._open.get(answer.number, (None, None))
            if inquiry is not None and answered is not None:
                inquiry.add(answer)
                if inquiry.is_complete:
                    answered.set()
