"""Workers run what may run: few of them, and none waits for another's job."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from nsroute.events_queue import UNLIMITED, EventQueue, Workers
from nsroute.events_queue import workers as module
from tests.support.concurrency import settle, wait_for
from tests.support.server_configs import ServerConfig
from tests.support.sites import PATIENCE, Site

tagged: ContextVar[str] = ContextVar("tagged", default="")


class Sender:
    """A client of the tests."""

    def __init__(self) -> None:
        self.waiting = 0


@pytest.fixture
def site(mode: str) -> Site:
    return ServerConfig(mode).app()


def workers_of(site: Site, max_running: int = 3, max_waiting: int = 100) -> Workers:
    return Workers(site.socketio.server, max_running, max_waiting)


@pytest.fixture
def events(site: Site) -> Iterator[Callable[[], Any]]:
    """Make events of the async mode that are set at the end in any case."""
    made: list[Any] = []

    def make() -> Any:
        made.append(site.socketio.server.eio.create_event())
        return made[-1]

    yield make
    for event in made:
        event.set()


def test_jobs_of_a_queue_run_in_order_and_one_at_a_time(site: Site) -> None:
    """Also where they give way to others."""
    workers, queue, sender = workers_of(site), EventQueue(), Sender()
    order: list[Any] = []

    def job(number: int) -> None:
        order.append(number)
        site.socketio.server.sleep(0)
        order.append(number)

    for number in range(20):
        assert workers.add(queue, sender, job, number)
    settle(site, lambda: len(order) == 40)
    assert order == [number for number in range(20) for _ in range(2)]
    assert workers.waiting == sender.waiting == 0


def test_a_job_that_blocks_holds_up_its_own_queue_alone(
    site: Site, events: Callable[[], Any]
) -> None:
    """As long as there are workers left."""
    workers, sender = workers_of(site), Sender()
    blocked, other = EventQueue(), EventQueue()
    reached, go = events(), events()
    done: list[str] = []

    def block() -> None:
        reached.set()
        wait_for(go)
        done.append("blocked")

    workers.add(blocked, sender, block)
    wait_for(reached)
    workers.add(blocked, sender, done.append, "behind it")
    workers.add(other, sender, done.append, "beside it")
    settle(site, lambda: bool(done))
    assert done == ["beside it"]
    go.set()
    settle(site, lambda: len(done) == 3)
    assert done == ["beside it", "blocked", "behind it"]


def test_so_many_run_at_once_and_no_more(site: Site, events: Callable[[], Any]) -> None:
    """The others wait, and run when there is a place."""
    workers, sender, queue = workers_of(site), Sender(), EventQueue(UNLIMITED)
    go, began = events(), list[int]()

    def block(number: int) -> None:
        began.append(number)
        wait_for(go)

    for number in range(10):
        workers.add(queue, sender, block, number)
    settle(site, lambda: len(began) == 3)
    site.socketio.server.sleep(0)
    assert (began, workers.waiting) == ([0, 1, 2], 7)
    go.set()
    settle(site, lambda: len(began) == 10)


def test_more_run_at_once_when_more_may(site: Site, events: Callable[[], Any]) -> None:
    """From the end of the next job on."""
    workers, sender = workers_of(site, max_running=1), Sender()
    first, go, began = events(), events(), list[int]()

    def block(number: int) -> None:
        began.append(number)
        wait_for(go if number else first)

    for number in range(4):
        workers.add(EventQueue(), sender, block, number)
    settle(site, lambda: began == [0])
    workers.limit(3, 100)
    first.set()
    settle(site, lambda: len(began) == 4)
    go.set()


def test_what_is_bounded_is_not_added_where_enough_waits(
    site: Site, events: Callable[[], Any]
) -> None:
    """What has to be done is added all the same."""
    workers = workers_of(site, max_waiting=2)
    sender, queue, reached, go = Sender(), EventQueue(), events(), events()
    done: list[str] = []

    def block() -> None:
        reached.set()
        wait_for(go)

    workers.add(queue, sender, block)
    wait_for(reached)
    added = [workers.add(queue, sender, done.append, n, bounded=True) for n in "abc"]
    assert added == [True, True, False]
    assert workers.add(queue, sender, done.append, "d")
    assert not workers.add(EventQueue(), sender, done.append, "e", bounded=True)
    workers.limit(3, 100)
    assert workers.add(queue, sender, done.append, "f", bounded=True)
    go.set()
    settle(site, lambda: len(done) == 4)
    assert done == ["a", "b", "d", "f"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_raises_ends_its_worker_and_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported as upstream's thread would report it."""
    reported: list[Any] = []
    if site.socketio.server.async_mode == "threading":
        note = lambda args: reported.append(args.exc_type)  # noqa: E731
        monkeypatch.setattr(threading, "excepthook", note)
    workers, sender, queue = workers_of(site), Sender(), EventQueue()
    done: list[str] = []
    for job in (lambda: 1 / 0, lambda: done.append("after it")):
        workers.add(queue, sender, job)
    settle(site, lambda: bool(done))
    if site.socketio.server.async_mode == "threading":
        assert reported == [ZeroDivisionError]


def test_an_idle_thread_is_used_again_and_ends_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory falls back behind a burst."""
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.05)
    site = ServerConfig("threading").app()
    workers, sender = workers_of(site), Sender()
    threads: list[threading.Thread] = []
    for _ in range(5):
        done = threading.Event()
        workers.add(
            EventQueue(),
            sender,
            lambda done=done: (threads.append(threading.current_thread()), done.set()),
        )
        wait_for(done)
    settle(site, lambda: not any(thread.is_alive() for thread in threads))
    workers.add(EventQueue(), sender, threads.clear)
    settle(site, lambda: not threads)


def test_a_job_that_comes_as_a_worker_ends_its_last_starts_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker is idle in the step in which it finds no job."""
    site = ServerConfig("threading").app()
    workers, sender, queue = workers_of(site), Sender(), EventQueue()
    threads: list[int] = []
    ends = Workers._ends

    def note() -> None:
        threads.append(threading.get_ident())

    def end(waiting: Workers) -> bool:
        if len(threads) == 1:
            workers.add(queue, sender, note)
        return ends(waiting)

    monkeypatch.setattr(Workers, "_ends", end)
    workers.add(queue, sender, note)
    settle(site, lambda: len(threads) == 2)
    assert len(set(threads)) == 1


def test_a_mode_without_a_queue_has_no_idle_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each ends behind its last job."""
    site = ServerConfig("threading").app()
    monkeypatch.setattr(module, "new_queue", lambda _: None)
    workers, sender = workers_of(site), Sender()
    threads: list[threading.Thread] = []
    for number in range(3):
        workers.add(
            EventQueue(), sender, lambda: threads.append(threading.current_thread())
        )
        settle(site, lambda number=number: len(threads) > number)  # type: ignore[misc]
        threads[-1].join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


def test_a_thread_that_is_called_as_it_gives_up_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its waiting ends at the moment at which somebody counts on it."""
    site = ServerConfig("threading").app()
    workers, sender, done = workers_of(site), Sender(), list[str]()
    gave_up = threading.Event()

    class Calls:
        """What a worker waits at; it gives up, but is called before it has gone."""

        def __init__(self) -> None:
            self.calls = 0

        def get(self, block: bool = True, timeout: float = 0) -> None:
            if not block:
                if not self.calls:
                    raise module.Empty
                self.calls -= 1
            elif not gave_up.is_set():
                gave_up.set()
                wait_for(called)
                raise module.Empty
            else:
                wait_for(ended)
                raise module.Empty

        def put(self, _: None) -> None:
            self.calls += 1
            called.set()

    called, ended = threading.Event(), threading.Event()
    calls: Any = Calls()
    monkeypatch.setattr(workers, "_calls", calls)
    workers.add(EventQueue(), sender, done.append, "first")
    wait_for(gave_up)
    workers.add(EventQueue(), sender, done.append, "second")
    settle(site, lambda: done == ["first", "second"])
    assert calls.calls == 0
    ended.set()


def test_without_a_thread_to_be_had_the_job_waits_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who added it is told; nothing is lost."""
    site = ServerConfig("threading").app()
    workers, sender, queue = workers_of(site), Sender(), EventQueue()
    done: list[str] = []

    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(workers, "_start", fail)
        with pytest.raises(RuntimeError, match="new thread"):
            workers.add(queue, sender, done.append, "first")
    workers.add(queue, sender, done.append, "second")
    settle(site, lambda: done == ["first", "second"])


def test_a_worker_has_a_context_of_its_own(site: Site) -> None:
    """What is bound where an event comes in is not seen by those that come later."""
    workers, sender, seen = workers_of(site), Sender(), list[str]()
    token = tagged.set("of the first client")
    workers.add(EventQueue(), sender, lambda: seen.append(tagged.get()))
    tagged.reset(token)
    settle(site, lambda: bool(seen))
    assert seen == [""]


def test_jobs_may_be_run_in_place(site: Site) -> None:
    """By who added them, at the end; a nested one leaves it to the outer."""
    workers, sender, queue = workers_of(site), Sender(), EventQueue()
    here = workers._current_task()
    ran: list[Any] = []
    with workers.in_place():
        workers.add(queue, sender, lambda: ran.append(workers._current_task()))
        with workers.in_place():
            workers.add(queue, sender, lambda: ran.append(workers._current_task()))
        assert ran == []
    assert ran == [here, here]
    with workers.in_place():
        pass


def test_a_queue_that_is_held_begins_with_what_it_was_held_for(site: Site) -> None:
    """And what was added meanwhile comes behind it."""
    workers, sender, queue = workers_of(site), Sender(), EventQueue()
    ran: list[str] = []
    workers.hold(queue)
    workers.add(queue, sender, ran.append, "second")
    site.socketio.server.sleep(0)
    assert ran == []
    workers.release(queue, sender, ran.append, "first")
    settle(site, lambda: ran == ["first", "second"])


def test_what_a_sender_leaves_behind_is_called_by_who_removes_it(site: Site) -> None:
    """Each job finds out by itself that it comes too late."""
    workers, sender, other, queue = workers_of(site), Sender(), Sender(), EventQueue()
    ran: list[Any] = []
    workers.hold(queue)
    workers.add(queue, sender, lambda: ran.append(workers._current_task()))
    workers.add(queue, other, ran.append, "another's")
    workers.remove(queue, sender)
    workers.remove(None, sender)
    workers.remove(EventQueue(), sender)
    assert ran == [workers._current_task()]
    assert (sender.waiting, other.waiting) == (0, 1)
