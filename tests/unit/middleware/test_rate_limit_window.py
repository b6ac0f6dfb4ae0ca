"""In no window of a `rate_limit` do more events pass than may, or fewer."""

from __future__ import annotations

import gc
import tracemalloc
from collections import deque
from threading import Barrier, Thread, active_count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsroute.middleware import rate_limit
from tests.support.packet_client import inline_client
from tests.support.rate_limited import LONG, Clock, draw, limited, limited_site


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the counting in memory, standing still."""
    return _stopped(monkeypatch)


def _stopped(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("nsroute.middleware.monotonic", clock.time)
    return clock


def windows_of(events: int) -> list[deque[float]]:
    """Return the windows of so many events that are in memory."""
    gc.collect()
    return [
        one
        for one in gc.get_objects()
        if type(one) is deque and one.maxlen == events and one
    ]


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


def test_nothing_is_kept_of_a_key_whose_window_is_over(clock: Clock) -> None:
    """Keys are forgotten when their windows are over, others are not."""
    passes = limited(1001, 10)
    for number in range(100):
        passes(str(number))
    clock.now += 6
    passes("7")
    assert len(windows_of(1001)) == 100
    clock.now += 6
    passes("new")
    assert len(windows_of(1001)) == 2
    clock.now += 11
    passes("newer")
    assert len(windows_of(1001)) == 1


def test_nothing_is_kept_of_a_connection_that_has_ended() -> None:
    """The window of a connection goes with it, however long it is."""
    here = limited_site(rate_limit(1002, LONG))
    clients = [inline_client(here) for _ in range(3)]
    for client in clients:
        client.join("/boards/art")
        draw(client, 2)
    assert len(windows_of(1002)) == 3
    clients[0].close()
    clients[1].leave("/boards/art")
    assert len(windows_of(1002)) == 2


def test_nothing_runs_in_the_background() -> None:
    """Counting in memory starts no thread and no timer."""
    before = active_count()
    passes = limited(1, LONG)
    assert [passes(str(number)) for number in range(100)] == [True] * 100
    assert active_count() == before


def test_a_client_that_never_stops_takes_no_more_memory() -> None:
    """However many events come, no more times are kept than may pass."""
    passes = limited(1003, LONG)
    for _ in range(3000):
        passes("ann")
    [window] = windows_of(1003)
    assert len(window) == 1003


def test_a_key_is_short_whatever_the_client_sends() -> None:
    """A long key takes no more memory than a short one."""
    passes = limited(1004, LONG)
    tracemalloc.start()
    for number in range(20):
        passes(f"{number}" * 1_000_000)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 100_000
