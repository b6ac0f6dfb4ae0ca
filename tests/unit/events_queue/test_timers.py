"""Timers in the order in which they are due, and those that were stopped."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nsroute.events_queue.timers import Timer, TimerHeap, next_tick

MOMENTS = st.integers(0, 10).map(float)


@given(st.lists(st.tuples(MOMENTS, st.booleans()), max_size=300), MOMENTS)
def test_what_is_due_is_taken_in_order_and_never_what_was_stopped(
    given: list[tuple[float, bool]], now: float
) -> None:
    """Of two that are due at one moment, the one that was set first is first."""
    heap, wanted = TimerHeap(), list[tuple[float, int, Timer]]()
    timers = []
    for number, (due, stops) in enumerate(given):
        timer = Timer(print)
        heap.set(timer, due)
        timers.append((timer, stops))
        wanted += [] if stops else [(due, number, timer)]
    for timer, stops in timers:
        if stops:
            heap.stop(timer)
    assert len(heap) == len(wanted)
    wanted.sort(key=lambda entry: entry[:2])
    assert heap.next_due == (wanted[0][0] if wanted else None)
    for due, _, timer in wanted:
        assert heap.take(now) is (timer if due <= now else None)
        if due > now:
            return
    assert heap.take(now) is None


def test_stopped_timers_are_not_kept() -> None:
    """Clients that come and go would fill the memory with lingers that never end."""
    heap: Any = TimerHeap()
    for _ in range(1000):
        timer = Timer(print)
        heap.set(timer, 1e9)
        heap.stop(timer)
        heap.stop(timer)
    assert len(heap) == 0
    assert len(heap._heap) < 200


def test_a_timer_that_was_stopped_is_never_set() -> None:
    """Whoever sets it may come later than whoever stops it; taken, it may be set."""
    heap, timer = TimerHeap(), Timer(print)
    heap.set(timer, 1.0)
    assert timer.due == 1.0
    assert heap.take(1.0) is timer
    assert timer.due is None
    heap.set(timer, 2.0)
    assert heap.take(2.0) is timer
    heap.stop(timer)
    heap.set(timer, 3.0)
    assert (len(heap), heap.next_due) == (0, None)


@given(MOMENTS, st.integers(1, 5), st.floats(0, 100))
def test_the_next_tick_is_the_first_whole_period_after_now(
    first: float, period: int, now: float
) -> None:
    """At least one period after the one before, whatever the clock shows."""
    due = next_tick(first, float(period), now)
    assert due > now
    assert due >= first + period
    assert due - period <= max(now, first)
    assert (due - first) % period == 0
