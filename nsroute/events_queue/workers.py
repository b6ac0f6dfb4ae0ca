"""What runs the jobs of a schedule: threads or greenlets, as the async mode has them.

While a job may run, one more worker is called. When it comes, it calls the next before
it runs its job, if more may run. So a job that blocks holds up nobody, and short jobs
are run by few workers: to change threads costs more than they do. A worker without a
job waits for one for a while, and then ends.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import Context
from queue import Empty
from threading import Lock
from typing import Any, Final

from nsroute.events_queue.schedule import EventQueue, Schedule, Sender
from nsroute.upstream.locks import Queue, current_task, new_queue
from nsroute.upstream.protocols import Server

IDLE_SECONDS: Final = 30.0
"""How long a worker without a job waits for one before it ends."""


class Workers:
    """Runs the jobs of queues, at most `max_running` at once.

    Args:
        server: The server in whose async mode they run.
        max_running: How many jobs run at once.
        max_waiting: How many may wait in one queue, and of one sender.
    """

    def __init__(self, server: Server, max_running: int, max_waiting: int) -> None:
        self._start: Callable[..., object] = server.start_background_task
        self._schedule = Schedule(max_running, max_waiting)
        self._lock = Lock()
        self._alive = 0
        self._idle = 0
        self._is_called = False  # a worker is on its way
        self._calls = new_queue(server.eio)
        self._current_task = current_task(server.eio)
        self._in_place: set[object] = set()

    def limit(self, max_running: int, max_waiting: int) -> None:
        """Set how many jobs run at once, and how many wait."""
        self._schedule.max_running = max_running
        self._schedule.max_waiting = max_waiting

    def close(self) -> None:
        """Take no more bounded jobs; those that wait are run."""
        self._schedule.max_waiting = 0

    @property
    def waiting(self) -> int:
        """How many jobs wait, in all queues."""
        return self._schedule.waiting

    @property
    def is_busy(self) -> bool:
        """Whether a job runs, or waits."""
        return bool(self._schedule.running or self._schedule.waiting)

    def add(
        self,
        queue: EventQueue,
        sender: Sender,
        function: Callable[..., object],
        *args: Any,
        bounded: bool = False,
    ) -> bool:
        """Add a job; return False if it is bounded and too many wait already."""
        schedule = self._schedule
        with self._lock:
            if not schedule.add(queue, (sender, function, args), bounded):
                return False
            start = not self._is_called and self._call_worker()
        if start:
            self._start_worker()
        return True

    def hold(self, queue: EventQueue) -> None:
        """Begin no job of a queue until `release`."""
        with self._lock:
            self._schedule.hold(queue)

    def release(
        self,
        queue: EventQueue,
        sender: Sender,
        function: Callable[..., object],
        *args: Any,
    ) -> None:
        """End what `hold` has begun; a job goes before those that wait."""
        with self._lock:
            self._schedule.release(queue, (sender, function, args))
            start = self._call_worker()
        if start:
            self._start_worker()

    def remove(self, queue: EventQueue | None, sender: Sender) -> None:
        """Call what waits in a queue for a sender that has left, and finds that out."""
        if queue is None or not queue.jobs:
            return
        with self._lock:
            removed = self._schedule.remove(queue, sender)
        for _, function, args in removed:
            function(*args)

    @contextmanager
    def in_place(self) -> Generator[None]:
        """Run here, at the end, the jobs that are added here meanwhile and may run."""
        task = self._current_task()
        if task in self._in_place:
            yield
            return
        self._in_place.add(task)
        try:
            yield
        finally:
            try:
                if self._schedule.waiting:
                    self._run_waiting()
            finally:
                self._in_place.discard(task)

    def _call_worker(self) -> bool:
        """Wake an idle worker, or return whether to start one; under the lock."""
        if self._is_called or not self._schedule.may_begin:
            return False
        if self._in_place and self._current_task() in self._in_place:
            return False
        self._is_called = True
        if self._idle and self._calls is not None:
            self._idle -= 1
            self._calls.put(None)
            return False
        self._alive += 1
        return True

    def _start_worker(self) -> None:
        try:
            # In a context of its own: a worker serves many clients.
            self._start(Context().run, self._work)
        except BaseException:  # no more threads: the job waits for the next to come
            with self._lock:
                self._is_called = False
                self._alive -= 1
            raise

    def _work(self) -> None:
        while True:
            try:
                self._run_waiting(called=True)
            except BaseException:
                # It ends as upstream's thread would, and another one goes on.
                with self._lock:
                    self._alive -= 1
                    start = self._call_worker()
                if start:
                    self._start_worker()
                raise
            if self._ends():
                return

    def _run_waiting(self, called: bool = False) -> None:
        """Run what may run, until nothing may; `called` as a worker."""
        lock, schedule = self._lock, self._schedule
        with lock:
            if called:
                self._is_called = False
            begun = schedule.begin()
            start = self._goes_on(begun, called)
        if start:
            self._start_worker()
        while begun is not None:
            queue, (_, function, args) = begun
            try:
                function(*args)
            except BaseException:
                with lock:
                    schedule.end(queue)
                raise
            del function, args  # nothing that a client sent is kept by an idle worker
            with lock:
                schedule.end(queue)
                begun = schedule.begin()
                start = self._goes_on(begun, called)
            if start:
                self._start_worker()

    def _goes_on(self, begun: object, called: bool) -> bool:
        """Return whether to start one more worker; note that one has no more to do.

        It is idle in the same step: another thread would start one more otherwise.
        """
        if begun is not None:
            return self._call_worker()
        if called and self._calls is not None:
            self._idle += 1
        elif called:
            self._alive -= 1
        return False

    def _ends(self) -> bool:
        """Wait for more to do; return whether the worker ends instead."""
        if self._calls is None:
            return True
        try:
            self._calls.get(timeout=IDLE_SECONDS)
        except Empty:
            return self._ends_idle(self._calls)
        return False

    def _ends_idle(self, calls: Queue) -> bool:
        with self._lock:
            try:
                calls.get(block=False)  # somebody counts on this worker since
            except Empty:
                self._idle -= 1
                self._alive -= 1
                return True
        return False
