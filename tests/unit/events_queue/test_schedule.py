"""Laws of the schedule: who runs when, whatever is added, ends or leaves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from nsroute.events_queue import UNLIMITED, EventQueue, Schedule

indexes = st.integers(min_value=0, max_value=3)


class Sender:
    """A client of the tests."""

    def __init__(self) -> None:
        self.waiting = 0


class Law(RuleBasedStateMachine):
    """Adds, begins, ends and removes jobs, as clients and workers do, in any order."""

    @initialize(max_running=st.integers(1, 4), max_waiting=st.integers(1, 5))
    def start(self, max_running: int, max_waiting: int) -> None:
        self.schedule = Schedule(max_running, max_waiting)
        self.queues = [EventQueue(), EventQueue(), EventQueue(), EventQueue(UNLIMITED)]
        self.senders = [Sender() for _ in range(4)]
        self.number = 0
        self.added: dict[int, list[int]] = defaultdict(list)
        self.running: list[tuple[EventQueue, int]] = []
        self.held: set[int] = set()

    def job(self, sender: Sender) -> tuple[Any, ...]:
        self.number += 1
        return sender, self.number.__int__, ()

    @rule(queue=indexes, sender=indexes)
    def add(self, queue: int, sender: int) -> None:
        """A job is added unless its queue, or its sender, has enough waiting."""
        chosen, of = self.queues[queue], self.senders[sender]
        limit = self.schedule.max_waiting
        is_full = of.waiting >= limit or len(self.added[queue]) >= limit
        added = self.schedule.add(chosen, self.job(of), bounded=True)
        assert added != is_full
        if added:
            self.added[queue].append(self.number)

    @rule()
    def begin(self) -> None:
        """The first of a queue begins, and only where there is a place for it."""
        may = self.schedule.may_begin
        begun = self.schedule.begin()
        assert may == (begun is not None) == self.some_may_run()
        if begun is None:
            return
        queue, (_, numbered, _) = begun
        index = self.queues.index(queue)
        assert index not in self.held
        assert numbered() == self.added[index].pop(0)
        self.running.append((queue, numbered()))

    def some_may_run(self) -> bool:
        busy = [queue for queue, _ in self.running]
        return len(busy) < self.schedule.max_running and any(
            self.added[index]
            and index not in self.held
            and busy.count(queue) < queue.at_once
            for index, queue in enumerate(self.queues)
        )

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        """Any job that runs may end next."""
        ended = data.draw(st.sampled_from(self.running))
        self.running.remove(ended)
        self.schedule.end(ended[0])

    @rule(queue=indexes)
    def hold(self, queue: int) -> None:
        if queue not in self.held:
            self.held.add(queue)
            self.schedule.hold(self.queues[queue])

    @rule(queue=indexes, sender=indexes)
    def release(self, queue: int, sender: int) -> None:
        """What was held begins with the job that it was held for."""
        if queue in self.held:
            self.held.remove(queue)
            job = self.job(self.senders[sender])
            self.schedule.release(self.queues[queue], job)  # type: ignore[arg-type]
            self.added[queue].insert(0, self.number)

    @rule(queue=indexes, sender=indexes)
    def leave(self, queue: int, sender: int) -> None:
        """Who leaves takes along what it has waiting, and nothing of anyone else."""
        chosen, of = self.queues[queue], self.senders[sender]
        others = [job for job in chosen.jobs if job[0] is not of]
        removed = self.schedule.remove(chosen, of)
        assert all(job[0] is of for job in removed)
        assert chosen.jobs == others
        gone = [job[1]() for job in removed]
        self.added[queue] = [one for one in self.added[queue] if one not in gone]

    @invariant()
    def all_is_counted(self) -> None:
        """What runs and what waits, in all and of each sender; no more than may."""
        if not hasattr(self, "schedule"):
            return
        waiting = [job for queue in self.queues for job in queue.jobs]
        assert self.schedule.waiting == len(waiting)
        assert self.schedule.running == len(self.running) <= self.schedule.max_running
        for sender in self.senders:
            assert sender.waiting == sum(job[0] is sender for job in waiting)
        for index, queue in enumerate(self.queues):
            assert [job[1]() for job in queue.jobs] == self.added[index]
            assert [of for of, _ in self.running].count(queue) <= queue.at_once


TestLaws = Law.TestCase


def test_queues_take_turns() -> None:
    """One that is never empty does not keep the others waiting."""
    schedule = Schedule(1, 100)
    long, short = EventQueue(), EventQueue()
    sender = Sender()
    for _ in range(50):
        schedule.add(long, (sender, print, ()))
    schedule.add(short, (sender, print, ()))
    begun = []
    for _ in range(3):
        found = schedule.begin()
        assert found is not None
        begun.append(found[0])
        schedule.end(found[0])
    assert begun == [long, short, long]
