"""Timers that run when they are due, in all async modes, by few threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from greenlet import GreenletExit

from nsroute.events_queue import EventQueue, Scheduler, Timer, Workers
from nsroute.live.queues import JobSender
from tests.support.concurrency import gate, settle, wait_for
from tests.support.server_configs import ServerConfig
from tests.support.sites import Site

FOR_EVER = 1e9


@pytest.fixture
def site(mode: str) -> Site:
    return ServerConfig(mode).app()


@pytest.fixture
def workers(site: Site) -> Workers:
    return Workers(site.socketio.server, 4, 1000)


@pytest.fixture
def scheduler(site: Site, workers: Workers) -> Scheduler:
    return Scheduler(site.socketio.server, workers)


def after(scheduler: Scheduler, seconds: float, run: Callable[[], object]) -> Timer:
    """Set a timer that is due after some seconds."""
    timer = Timer(run)
    scheduler.set(timer, scheduler.now + seconds)
    return timer


def test_a_timer_runs_once(site: Site, scheduler: Scheduler) -> None:
    """When it is due; then nothing is left that waits."""
    ran: list[str] = []
    after(scheduler, 0.02, lambda: ran.append("second"))
    after(scheduler, 0, lambda: ran.append("first"))
    assert len(scheduler) >= 1
    settle(site, lambda: len(ran) == 2)
    assert ran == ["first", "second"]
    settle(site, lambda: not scheduler._is_watched)
    assert len(scheduler) == 0
    after(scheduler, 0, lambda: ran.append("third"))
    settle(site, lambda: len(ran) == 3)


def test_who_is_due_earlier_need_not_wait_for_who_was_set_earlier(
    site: Site, scheduler: Scheduler
) -> None:
    """What waits for the one is woken for the other."""
    ran: list[str] = []
    late = after(scheduler, FOR_EVER, lambda: ran.append("late"))
    settle(site, lambda: scheduler._wakes_at > scheduler.now)
    after(scheduler, 0, lambda: ran.append("soon"))
    settle(site, lambda: ran == ["soon"])
    scheduler.stop(late)
    assert len(scheduler) == 0


def test_a_timer_that_blocks_holds_up_no_other(
    site: Site, scheduler: Scheduler
) -> None:
    """Another worker goes on with the rest, and the first one ends behind it."""
    ran: list[str] = []
    with gate(site) as (reached, go):

        def block() -> None:
            reached.set()
            wait_for(go)
            ran.append("blocked")

        after(scheduler, 0, block)
        wait_for(reached)
        after(scheduler, 0, lambda: ran.append("other"))
        settle(site, lambda: ran == ["other"])
        go.set()
        settle(site, lambda: ran == ["other", "blocked"])


def test_timers_that_take_their_time_run_side_by_side(
    site: Site, scheduler: Scheduler
) -> None:
    """As many at once as there are workers, though each of them goes on."""
    running, most, ended = set[int](), list[int](), list[int]()

    def work(number: int) -> None:
        running.add(number)
        most.append(len(running))
        site.socketio.server.sleep(0.05)
        running.discard(number)
        ended.append(number)

    for number in range(30):
        after(scheduler, 0, lambda number=number: work(number))
    settle(site, lambda: len(ended) == 30)
    assert max(most) >= 3


def test_while_all_workers_are_busy_no_jobs_pile_up(
    site: Site, scheduler: Scheduler, workers: Workers
) -> None:
    """One waits for them, however long that takes."""
    ran: list[int] = []
    with gate(site) as (_, go):
        for _ in range(4):
            after(scheduler, 0, lambda: wait_for(go))
        settle(site, lambda: workers._schedule.running == 4)
        for number in range(3):
            after(scheduler, 0, lambda number=number: ran.append(number))
        settle(site, lambda: scheduler.waiting == 1)
        for _ in range(10):
            site.socketio.server.sleep(0.01)
            assert scheduler.waiting == 1
        assert ran == []
        go.set()
        settle(site, lambda: ran == [0, 1, 2])


def test_a_job_that_ends_its_worker_ends_no_timer(
    site: Site, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `KeyboardInterrupt` or a killed greenlet would."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    ran: list[str] = []

    def end() -> None:
        raise GreenletExit

    after(scheduler, 0, end)
    after(scheduler, 0, lambda: ran.append("next"))
    settle(site, lambda: ran == ["next"])


def test_where_no_thread_can_start_the_next_timer_tries_again(
    site: Site, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is not lost."""
    ran: list[str] = []

    def refuse(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(site.socketio.server, "start_background_task", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            after(scheduler, 0, lambda: ran.append("first"))
    after(scheduler, 0, lambda: ran.append("second"))
    settle(site, lambda: ran == ["first", "second"])


def test_where_no_worker_can_start_timers_wait_for_the_next(
    site: Site,
    scheduler: Scheduler,
    workers: Workers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What waits for timers outlives it."""
    ran: list[str] = []
    refused: list[str] = []

    def refuse(*_: Any) -> None:
        refused.append("worker")
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(workers, "_start", refuse)
        after(scheduler, 0, lambda: ran.append("timer"))
        settle(site, lambda: refused == ["worker"])
    workers.add(EventQueue(), JobSender(), ran.append, "event")
    settle(site, lambda: sorted(ran) == ["event", "timer"])
    after(scheduler, 0, lambda: ran.append("next"))
    settle(site, lambda: len(ran) == 3)


def test_a_clock_that_stands_still_runs_nothing(
    site: Site, scheduler: Scheduler
) -> None:
    """Neither what is due then, nor what is set later."""
    ran: list[str] = []
    after(scheduler, 0.05, lambda: ran.append("before"))
    scheduler.stop_clock()
    after(scheduler, 0, lambda: ran.append("after"))
    settle(site, lambda: not scheduler._is_watched)
    assert ran == []
    scheduler.advance(0)
    assert ran == ["after"]
    scheduler.advance(1)
    assert ran == ["after", "before"]


def test_what_a_worker_has_begun_stops_with_the_clock(
    site: Site, scheduler: Scheduler
) -> None:
    """A worker takes no timer from a clock that stands still."""
    ran: list[str] = []
    with gate(site) as (reached, go):

        def block() -> None:
            reached.set()
            wait_for(go)

        after(scheduler, 0, block)
        after(scheduler, 0, lambda: ran.append("next"))
        wait_for(reached)
        scheduler.stop_clock()
        go.set()
        settle(site, lambda: scheduler._runners == 0)
    assert ran == []
    scheduler.advance(0)
    assert ran == ["next"]


def test_the_time_that_a_test_moves_is_seen_by_each_timer(
    scheduler: Scheduler,
) -> None:
    """Each at its own moment, one that is set meanwhile too."""
    scheduler.stop_clock()
    start, seen = scheduler.now, list[float]()

    def again() -> None:
        seen.append(scheduler.now - start)
        scheduler.set(timer, scheduler.now + 2)

    timer = after(scheduler, 1, again)
    scheduler.advance(6)
    assert seen == pytest.approx([1, 3, 5])
    assert scheduler.now == start + 6
