"""One publisher for each process: bounded and in order, and nobody waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from nsroute.upstream import publisher as module
from nsroute.upstream.brokers import LONGEST_PAUSE
from nsroute.upstream.publisher import Publisher, Unpublished
from tests.support.concurrency import at_once
from tests.support.servers import ROOT
from tests.support.sites import PATIENCE


class Broker:
    """What a publisher publishes to; it can be away, and it can hang."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.reached = threading.Event()
        self.answers = threading.Event()
        self.answers.set()
        self.failures = 0

    def __call__(self, message: str) -> None:
        self.reached.set()
        assert self.answers.wait(PATIENCE)
        if self.failures:
            self.failures -= 1
            raise ConnectionError("nobody there")
        self.published.append(message)


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def reports() -> list[Unpublished]:
    return []


@pytest.fixture
def publisher(broker: Broker, reports: list[Unpublished]) -> Publisher:
    return Publisher(broker, reports.append, limit=3)


def test_what_many_threads_put_at_once_leaves_once_and_in_their_order(
    broker: Broker,
) -> None:
    """Each thread's messages are published in the order in which it put them."""
    publisher = Publisher(broker, print)

    def put(number: int) -> None:
        for count in range(50):
            publisher.put(f"{number} {count}")

    at_once(put, 100)
    assert publisher.flush(PATIENCE)
    parts = [message.split() for message in broker.published]
    for number in range(100):
        own = [int(count) for who, count in parts if int(who) == number]
        assert own == list(range(50))


def hold(publisher: Publisher, broker: Broker) -> None:
    """Let the broker hang while it takes a message."""
    broker.answers.clear()
    publisher.put("held")
    assert broker.reached.wait(PATIENCE)


def test_nobody_waits_for_a_broker_that_hangs(
    publisher: Publisher, broker: Broker
) -> None:
    """`put` returns; `flush` says that not all is published."""
    hold(publisher, broker)
    publisher.put("later")
    assert not publisher.flush(0.01)
    broker.answers.set()
    assert publisher.flush(PATIENCE)
    assert broker.published == ["held", "later"]


def test_beyond_its_limit_the_oldest_is_dropped_that_is_not_essential(
    publisher: Publisher, broker: Broker, reports: list[Unpublished]
) -> None:
    """What is dropped is reported once a second, and all of it in the end."""
    hold(publisher, broker)
    publisher.put("a", essential=True)
    for message in "bcdef":
        publisher.put(message)
    broker.answers.set()
    assert publisher.flush(PATIENCE)
    assert broker.published == ["held", "a", "e", "f"]
    assert reports == [Unpublished(dropped=1, waiting=3)]


def test_where_all_are_essential_the_oldest_is_dropped(
    publisher: Publisher, broker: Broker
) -> None:
    """The memory of a process is bounded in any case."""
    hold(publisher, broker)
    for message in "abcde":
        publisher.put(message, essential=True)
    broker.answers.set()
    assert publisher.flush(PATIENCE)
    assert broker.published == ["held", "c", "d", "e"]


def test_what_was_dropped_within_a_second_is_reported_after_it(
    publisher: Publisher,
    broker: Broker,
    reports: list[Unpublished],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No message that was dropped is left out of the count."""
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    hold(publisher, broker)
    for message in "abcdef":
        publisher.put(message)
    now[0] += 1
    publisher.put("g")
    assert [told.dropped for told in reports] == [1, 3]
    broker.answers.set()
    monkeypatch.undo()
    assert publisher.flush(PATIENCE)


def test_a_message_is_tried_until_the_broker_is_there(
    publisher: Publisher, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes behind it waits, and so nothing overtakes it."""
    monkeypatch.setattr(module, "LISTENERS_BACK", 0)
    broker.failures = 3
    publisher.put("first")
    publisher.put("second")
    assert publisher.flush(PATIENCE)
    assert broker.published == [module.PROBE, "first", "second"]


def test_a_broker_that_is_back_gets_nothing_before_others_listen_to_it(
    publisher: Publisher, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps nothing for them; each listener tries again within that time."""
    monkeypatch.setattr(
        publisher, "_rest", lambda seconds: broker.published.append(f"rest {seconds}")
    )
    broker.failures = 1
    publisher.put("first")
    assert publisher.flush(PATIENCE)
    pauses = [f"rest {module.FIRST_PAUSE}", "null", f"rest {module.LISTENERS_BACK}"]
    assert broker.published == [*pauses, "first"]
    assert module.LISTENERS_BACK > LONGEST_PAUSE


def test_no_message_stops_the_others_for_ever(
    publisher: Publisher,
    broker: Broker,
    reports: list[Unpublished],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that cannot be published is given up in the end, and reported."""
    monkeypatch.setattr(module, "PATIENCE", 0)
    broker.failures = 1
    publisher.put("poison")
    assert publisher.flush(PATIENCE)
    publisher.put("good")
    assert publisher.flush(PATIENCE)
    assert broker.published == ["good"]
    assert [told.dropped for told in reports] == [1]


def test_the_thread_of_a_publisher_ends_when_nothing_comes(
    publisher: Publisher, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next message starts one."""
    monkeypatch.setattr(module, "IDLE", 0)
    before = threading.active_count()
    publisher.put("first")
    publisher.flush(PATIENCE)
    for thread in threading.enumerate():
        if thread.name == "nsroute-publisher":
            thread.join(PATIENCE)
    assert threading.active_count() <= before
    publisher.put("second")
    assert publisher.flush(PATIENCE)
    assert broker.published == ["first", "second"]


def test_where_no_thread_starts_a_flush_publishes(
    publisher: Publisher, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Python 3.12 on no thread starts once the process ends."""

    def refuse(_: object) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    broker.failures = 1
    publisher.put("lost")
    publisher.put("last words")
    assert publisher.flush(PATIENCE)
    assert broker.published == ["last words"]


PROGRAM = """
import os, sys, threading
from nsroute.upstream.publisher import Publisher

def publish(message):
    os.write(1, f"{os.getpid() == parent} {message}\\n".encode())

parent = os.getpid()
publisher = Publisher(publish, print)
"""


def run(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout.splitlines()


def test_what_waits_is_published_before_the_process_ends() -> None:
    """Of a script that emits and ends, nothing is lost."""
    lines = run("for number in range(1000): publisher.put(str(number))")
    assert lines == [f"True {number}" for number in range(1000)]


def test_the_end_of_a_process_flushes_all_publishers(
    publisher: Publisher, broker: Broker
) -> None:
    """A process may have several, one for each manager."""
    publisher.put("last")
    module._flush_all()
    assert broker.published == ["last"]


def test_the_end_of_a_process_waits_for_a_bounded_time() -> None:
    """A broker that hangs does not keep it from ending."""
    program = """
from nsroute.upstream import publisher as module
from nsroute.upstream.brokers import LONGEST_PAUSE
module.FLUSH_SECONDS = 0.1
hanging = Publisher(lambda message: threading.Event().wait(), print)
hanging.put("never")
"""
    assert run(program) == []


def test_a_process_that_was_forked_publishes_its_own_alone() -> None:
    """The messages that waited are those of the process that forked."""
    program = """
go = threading.Event()
held = Publisher(lambda message: go.wait() and publish(message), print)
held.put("parent's")
held.put("parent's too")
if os.fork() == 0:
    held.reset(publish)
    held.put("child's")
    held.flush(10)
    os._exit(0)
os.wait()
go.set()
"""
    assert run(program) == ["False child's", "True parent's", "True parent's too"]
