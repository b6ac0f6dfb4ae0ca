"""In no window of a `rate_limit` more pass than may, and of no window less."""

from __future__ import annotations

import gc
import tracemalloc
from collections import deque
from threading import Barrier, Thread
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rate_limited import LONG, Clock, limited


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the counting in memory, standing still."""
    clock = Clock()
    monkeypatch.setattr("nsroute.middleware.monotonic", clock.time)
    return clock


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
    clock.now += 0.25
    assert [passes("ann"), passes("ann")] == [True, False]


def test_what_is_refused_does_not_count(clock: Clock) -> None:
    """A client that goes on trying passes as early as one that waits."""
    passes = limited(1, 10)
    assert passes("ann")
    for _ in range(9):
        clock.now += 1
        assert not passes("ann")
    clock.now += 1
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
    clock, passed = Clock(), dict[str, list[float]](a=[], b=[])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nsroute.middleware.monotonic", clock.time)
        passes = limited(events, seconds)
        for quarters, key in asked:
            clock.now += quarters / 4
            recent = [at for at in passed[key] if at > clock.now - seconds]
            assert passes(key) is (len(recent) < events)
            if len(recent) < events:
                passed[key].append(clock.now)


class Slow(deque[float]):
    """A queue that lets another thread run whenever it has told how long it is."""

    def __len__(self) -> int:
        length = super().__len__()
        sleep(0.001)
        return length


def test_threads_pass_no_more_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that ask at the same time get the number together, and no more."""
    monkeypatch.setattr("nsroute.middleware.deque", Slow)
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


ODD = 7919
"""A number of events that no other queue here keeps."""


def _keys_kept() -> int:
    queues = (one for one in gc.get_objects() if isinstance(one, deque))
    return sum(queue.maxlen == ODD for queue in queues)


def test_nothing_is_kept_of_whom_has_been_quiet(clock: Clock) -> None:
    """Keys are forgotten when their windows are over, others are not."""
    passes = limited(ODD, 10)
    for number in range(100):
        passes(str(number))
    clock.now += 6
    passes("7")
    assert _keys_kept() == 100
    clock.now += 6
    passes("new")
    assert _keys_kept() == 2
    clock.now += 10
    passes("newer")
    assert _keys_kept() == 1


def test_a_client_that_never_stops_takes_no_more_memory() -> None:
    """What goes on and on has no more times kept than may pass."""
    passes = limited(10, LONG)
    tracemalloc.start()
    try:
        passes("ann")
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(10_000):
            passes("ann")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000


def test_a_key_is_short_whatever_the_client_sends() -> None:
    """A long key takes no more memory than a short one."""
    passes = limited(1, LONG)
    tracemalloc.start()
    try:
        passes("x" * 1_000_000)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 100_000
