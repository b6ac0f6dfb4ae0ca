"""One publisher for each process, between the client manager and its message queue.

Whoever emits leaves a message and goes on; one thread of the publisher's owns the
connection to the broker. So nobody waits for the broker, no two threads use one
connection, and messages leave in the order in which they came.

The threads are those of `threading`: where gevent or eventlet have patched it, as a
message queue requires in their modes, they are greenlets.
"""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from time import monotonic
from typing import Any, Final
from weakref import WeakSet

import attrs

MAX_UNPUBLISHED: Final = 10_000
"""How many messages wait for a broker at most, unless the app says otherwise."""
FLUSH_SECONDS: Final = 2.0
"""How long the end of a process waits for what is not published yet."""
PATIENCE: Final = 60.0
"""Seconds for which one message is tried: no message stops those behind it for ever."""
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
"""Seconds between two attempts to reach a broker."""
PROBE: Final = "null"
"""A message that says nothing: who hears it ignores it."""
LISTENERS_BACK: Final = 2.5
"""Seconds after which all processes hear a broker again that is back."""
IDLE: Final = 5.0
"""Seconds after which the thread of a publisher ends; the next message starts one."""


@attrs.frozen
class Unpublished:
    """What a process could not publish since it was last reported."""

    dropped: int
    """Messages that will not be published."""
    waiting: int
    """Messages that wait."""


class Publisher:
    """Publishes messages in their order, from one thread.

    Args:
        publish: Publishes one message, or raises.
        report: Is called with what was dropped, at most once a second.
        limit: How many messages may wait. Beyond it the oldest is dropped that is not
            essential, or the oldest of all.
    """

    def __init__(
        self,
        publish: Callable[[str], object],
        report: Callable[[Unpublished], object],
        limit: int = MAX_UNPUBLISHED,
    ) -> None:
        self.limit = limit
        self.report = report
        self._reported = -1.0
        self.reset(publish)
        _publishers.add(self)

    def reset(self, publish: Callable[[str], object]) -> None:
        """Begin anew, in a process that was forked: the other one has the messages."""
        self._publish = publish
        self._changed = Condition()
        self._waiting: deque[tuple[str, bool]] = deque()
        self._essential = 0
        self._dropped = 0
        self._is_publishing = False
        self._has_thread = False

    def put(self, message: str, *, essential: bool = False) -> None:
        """Leave a message to be published."""
        with self._changed:
            self._waiting.append((message, essential))
            self._essential += essential
            if len(self._waiting) > self.limit:
                self._drop_one()
            starts = not self._has_thread
            self._has_thread = True
            self._changed.notify_all()
        if starts:
            self._start()
        self._report_dropped()

    def flush(self, timeout: float = FLUSH_SECONDS) -> bool:
        """Wait until all is published; return whether it is, after so many seconds."""
        deadline = monotonic() + timeout
        with self._changed:
            if not self._has_thread:  # no thread starts while Python ends
                self._publish_here(deadline)
            return self._changed.wait_for(self._is_done, deadline - monotonic())

    def _is_done(self) -> bool:
        return not self._waiting and not self._is_publishing

    def _drop_one(self) -> None:
        index = 0
        if self._essential < len(self._waiting):
            index = next(n for n, (_, kept) in enumerate(self._waiting) if not kept)
        self._essential -= self._waiting[index][1]
        del self._waiting[index]
        self._dropped += 1

    def _report_dropped(self) -> None:
        if not self._dropped:
            return
        with self._changed:
            now = monotonic()
            if not self._dropped or now - self._reported < 1:
                return
            told = Unpublished(self._dropped, len(self._waiting))
            self._dropped, self._reported = 0, now
        self.report(told)

    def _start(self) -> None:
        try:
            Thread(target=self._run, name="nsroute-publisher", daemon=True).start()
        except RuntimeError:  # Python ends
            self._has_thread = False

    def _run(self) -> None:
        while (message := self._next()) is not None:
            sent = self._try(message)
            with self._changed:
                self._is_publishing = False
                self._dropped += not sent
                self._changed.notify_all()
            self._report_dropped()

    def _next(self) -> str | None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, IDLE):
                self._has_thread = False
                return None
            self._is_publishing = True
            return self._take()

    def _take(self) -> str:
        message, essential = self._waiting.popleft()
        self._essential -= essential
        return message

    def _try(self, message: str) -> bool:
        """Publish a message, as soon as the broker can be reached.

        A broker that was away keeps nothing for those who do not listen to it yet. So
        it gets a probe first, and then the listeners have time to come back.
        """
        deadline, pause = monotonic() + PATIENCE, FIRST_PAUSE
        was_away = False
        while True:
            with suppress(Exception):  # whatever the client of the broker raises
                if was_away:
                    self._publish(PROBE)
                    self._rest(LISTENERS_BACK)
                self._publish(message)
                return True
            was_away = True
            if monotonic() + pause > deadline:
                return False
            self._rest(pause)
            self._report_dropped()
            pause = min(pause * 2, LONGEST_PAUSE)

    def _rest(self, seconds: float) -> None:
        with self._changed:  # messages that come are no reason to go on
            self._changed.wait_for(lambda: False, seconds)

    def _publish_here(self, deadline: float) -> None:
        while self._waiting and monotonic() < deadline:
            message = self._take()
            with suppress(Exception):  # whatever the client of the broker raises
                self._publish(message)


_publishers: WeakSet[Any] = WeakSet()


def _flush_all() -> None:
    deadline = monotonic() + FLUSH_SECONDS
    for publisher in list(_publishers):
        publisher.flush(max(0.0, deadline - monotonic()))


atexit.register(_flush_all)
