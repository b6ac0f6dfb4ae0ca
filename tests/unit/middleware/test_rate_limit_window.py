"""In no window of a `rate_limit` more pass than may, and of no window less."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import storage

from tests.support.rate_limited import LONG, Clock, limited


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the counting in memory, standing still."""
    return _stopped(monkeypatch)


def _stopped(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("limits.storage.memory.time", clock)
    monkeypatch.setattr("nsroute.middleware.monotonic", clock.time)
    return clock


@pytest.fixture
def storages(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The storages that are made meanwhile."""
    made: list[Any] = []
    make = storage.storage_from_string

    def spy(uri: str) -> Any:
        made.append(make(uri))
        return made[-1]

    monkeypatch.setattr(storage, "storage_from_string", spy)
    return made


@pytest.mark.parametrize("phase", [0.0, 0.5, 0.97])
def test_a_window_has_no_edge_at_which_twice_as_many_pass(
    clock: Clock, phase: float
) -> None:
    """What passed an instant ago counts, whatever the clock shows."""
    passes = limited(1, 1)
    clock.now += phase
    assert passes("ann")
    clock.now += 0.06
    assert not passes("ann")


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5, 0.97])
def test_after_the_window_all_may_pass_again(clock: Clock, phase: float) -> None:
    """A client that waited for as long as the window has its full number again."""
    passes = limited(2, 1)
    clock.now += phase
    assert [passes("ann") for _ in range(3)] == [True, True, False]
    clock.now += 1.05
    assert [passes("ann") for _ in range(3)] == [True, True, False]


def test_the_window_moves(clock: Clock) -> None:
    """One more passes as soon as the oldest that passed is out of the window."""
    passes = limited(2, 10)
    assert passes("ann")
    clock.now += 6
    assert passes("ann")
    clock.now += 3.75
    assert not passes("ann")
    clock.now += 0.5
    assert [passes("ann"), passes("ann")] == [True, False]


def test_what_is_refused_does_not_count(clock: Clock) -> None:
    """A client that goes on trying passes as early as one that waits."""
    passes = limited(1, 10)
    assert passes("ann")
    for _ in range(9):
        clock.now += 1
        assert not passes("ann")
    clock.now += 1.5
    assert passes("ann")


@given(
    events=st.integers(1, 4),
    seconds=st.integers(1, 5),
    asked=st.lists(st.tuples(st.integers(0, 12), st.sampled_from("ab")), max_size=60),
)
def test_one_passes_where_fewer_did_within_the_window(
    events: int, seconds: int, asked: list[tuple[int, str]]
) -> None:
    """One event passes if, and only if, fewer with its key did in the last seconds."""
    passed = dict[str, list[float]](a=[], b=[])
    with pytest.MonkeyPatch.context() as patch:
        clock = _stopped(patch)
        passes = limited(events, seconds)
        for steps, key in asked:
            clock.now += steps * 0.26  # which never adds up to just a window
            recent = [at for at in passed[key] if at > clock.now - seconds]
            assert passes(key) is (len(recent) < events)
            if len(recent) < events:
                passed[key].append(clock.now)


def test_threads_pass_no_more_than_may() -> None:
    """Threads that ask at the same time get the number together, and no more."""
    passes = limited(3, LONG)
    start, passed = Barrier(4), list[bool]()

    def ask() -> None:
        start.wait()
        passed.extend(passes("ann") for _ in range(3))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False] * 9 + [True] * 3


def test_nothing_is_kept_of_whom_has_been_quiet(
    clock: Clock, storages: list[Any]
) -> None:
    """Keys are forgotten when their windows are over, others are not."""
    passes = limited(3, 10)
    for number in range(100):
        passes(str(number))
    clock.now += 6
    passes("7")
    [memory] = storages
    assert len(memory.events) == 100
    clock.now += 6
    passes("new")
    assert len(memory.events) == 2
    clock.now += 11
    passes("newer")
    memory.timer.join()
    kept = (memory.storage, memory.expirations, memory.events, memory.locks)
    assert [len(one) for one in kept] == [0, 0, 1, 1]


def test_a_client_that_never_stops_takes_no_more_memory(storages: list[Any]) -> None:
    """What goes on and on has no more times kept than may pass."""
    passes = limited(10, LONG)
    for _ in range(1000):
        passes("ann")
    [memory] = storages
    assert [len(times) for times in memory.events.values()] == [10]


def test_a_key_is_short_whatever_the_client_sends(storages: list[Any]) -> None:
    """A long key takes no more memory than a short one."""
    passes = limited(1, LONG)
    passes("x" * 1_000_000)
    [memory] = storages
    assert max(map(len, memory.events)) < 100
