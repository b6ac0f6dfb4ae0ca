"""What the inspector counts: metrics of dispatches, and when a log keeps them."""

from __future__ import annotations

import gc
import weakref
from math import ceil
from typing import Any, get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsroute import Dispatch, EventError, MetaRouter, RoutedNamespace, dispatched, on
from nsroute.inspector.dispatch_log import (
    KEPT,
    PATIENCE,
    DispatchLog,
    Entry,
    Metrics,
    entry_of,
)
from nsroute.signals import Outcome


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("say")
    def say(self, text: str) -> None: ...


def dispatch(**changes: Any) -> Dispatch:
    """Make a finished dispatch of `say` in a room."""
    finished = Dispatch(
        kind="event",
        event="say",
        namespace="/rooms/1",
        pattern="/rooms/<int:room_id>",
        params={"room_id": 1},
        sid="s",
        args=("hello",),
        target="Room.say",
        outcome="ok",
        duration=0.002,
    )
    return attrs.evolve(finished, **changes)


def entry(seq: int = 1, **changes: Any) -> Entry:
    """Make an entry of a dispatch of `say` in a room."""
    return entry_of(seq, 1000.0, dispatch(**changes))


def test_each_outcome_is_in_one_group() -> None:
    """Only `ok` is ok and only `error` an error; all else is what a client was told."""
    groups = {one: entry(outcome=one)["group"] for one in get_args(Outcome)}
    assert groups.pop("ok") == "ok"
    assert groups.pop("error") == "error"
    assert set(groups.values()) == {"declined"}


def test_what_strangers_send_is_cut() -> None:
    """An entry is small, whatever the size of names, codes and errors."""
    shown = entry(
        namespace="/" + "n" * 9999,
        event="e" * 9999,
        outcome="rejected",
        code="c" * 9999,
        error=EventError("no", "m" * 9999),
    )
    assert max(len(str(value)) for value in shown.values()) <= 500
    assert len(shown["namespace"]) == len(shown["event"]) == 200


def test_an_event_without_a_text_is_shown_as_one() -> None:
    """Whatever a client sends for an event's name, its entry has a text."""
    assert entry(event=b"\x00\x01")["event"] == "<2 bytes>"


@given(st.lists(st.floats(0, 10), min_size=1, max_size=700))
def test_percentiles_are_those_of_the_newest_durations(seconds: list[float]) -> None:
    """p95 is the duration that 95 % of the last 512 do not exceed, and so on."""
    metrics = Metrics()
    for seq, duration in enumerate(seconds, 1):
        metrics.add(entry(seq, duration=duration), 0)
    newest = sorted(duration * 1000 for duration in seconds[-512:])
    summary = metrics.summary(0)
    for percent in (50, 95, 99):
        at_most = newest[ceil(len(newest) * percent / 100) - 1]
        assert summary[f"p{percent}"] == at_most


def test_nothing_has_no_percentiles() -> None:
    """Metrics of no dispatch have counts and a rate of 0, and no durations."""
    summary = Metrics().summary(0)
    assert (summary["ok"], summary["rate"]) == (0, 0)
    assert (summary["p50"], summary["last_error"]) == (None, None)


def test_a_chart_goes_back_a_minute() -> None:
    """A second stands last in the chart when it is now, first 59 seconds later."""
    metrics = Metrics()
    metrics.add(entry(1), 100)
    metrics.add(entry(2, outcome="error"), 100)
    metrics.add(entry(3, outcome="late"), 100)
    assert metrics.chart(100)[-1] == [1, 1, 1]
    assert metrics.chart(159)[0] == [1, 1, 1]
    assert sum(map(sum, metrics.chart(160))) == 0


def test_a_chart_bridges_a_long_silence() -> None:
    """After hours without a dispatch the chart has none of them left."""
    metrics = Metrics()
    metrics.add(entry(1), 1)
    metrics.add(entry(2), 7200)
    assert sum(map(sum, metrics.chart(7200))) == 1


def test_a_rate_is_that_of_whole_seconds() -> None:
    """The rate is the mean of the last ten seconds that are over."""
    metrics = Metrics()
    for seq in range(1, 31):
        metrics.add(entry(seq), 20)
    assert metrics.summary(20)["rate"] == 0
    assert metrics.summary(21)["rate"] == 3
    assert metrics.summary(31)["rate"] == 0


def test_a_rate_begins_with_the_first_second() -> None:
    """The rate of a log that has stood for two seconds is the mean of those two."""
    metrics = Metrics()
    for seq in range(1, 5):
        metrics.add(entry(seq), 1)
    assert metrics.summary(2)["rate"] == 2


def test_the_last_of_each_kind_is_kept() -> None:
    """The last error stays while others are declined, and the other way round."""
    metrics = Metrics()
    metrics.add(entry(1, outcome="error", error=LookupError("no card")), 0)
    metrics.add(entry(2, outcome="rejected", error=EventError("full", "No.")), 0)
    metrics.add(entry(3), 0)
    summary = metrics.summary(0)
    assert summary["last_error"]["error"] == "LookupError: no card"
    assert summary["last_declined"]["error"] == "No."


@attrs.define
class Clock:
    """A clock that a test moves."""

    now: float = 5000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def router() -> MetaRouter:
    return MetaRouter([Room])


@pytest.fixture
def log(router: MetaRouter, clock: Clock) -> DispatchLog:
    return DispatchLog(router, clock)


def test_a_board_costs_nothing_until_somebody_looks(
    router: MetaRouter, log: DispatchLog
) -> None:
    """The log is a receiver of `dispatched` from the first look on."""
    assert not list(dispatched.receivers_for(router))
    log.look("", 0)
    assert len(list(dispatched.receivers_for(router))) == 1


def test_a_board_costs_nothing_when_nobody_looks_any_more(
    router: MetaRouter, log: DispatchLog, clock: Clock
) -> None:
    """The first dispatch after the log's patience ends its receiver, unkept."""
    token = log.look("", 0)["token"]
    dispatched.send(router, dispatch=dispatch())
    clock.now += PATIENCE + 1
    dispatched.send(router, dispatch=dispatch())
    assert not list(dispatched.receivers_for(router))
    dispatched.send(router, dispatch=dispatch())
    news = log.look(token, 0)
    assert news["token"] != token
    assert (news["seq"], news["dispatches"], news["routes"]) == (0, [], {})


def test_looking_keeps_a_log(
    router: MetaRouter, log: DispatchLog, clock: Clock
) -> None:
    """Each look lets the log go on, for as long as its patience."""
    token = log.look("", 0)["token"]
    for _ in range(3):
        clock.now += PATIENCE
        dispatched.send(router, dispatch=dispatch())
        assert log.look(token, 0)["token"] == token
    assert log.look(token, 0)["seq"] == 3


def test_a_board_goes_with_its_router(clock: Clock) -> None:
    """No signal holds the log or the router of an application that is gone."""
    log = DispatchLog(MetaRouter([Room]), clock)
    log.look("", 0)
    gone = weakref.ref(log)
    del log
    gc.collect()
    assert gone() is None


def test_a_board_holds_on_to_no_object(router: MetaRouter, log: DispatchLog) -> None:
    """What is kept of a dispatch keeps neither its live object nor its error alive."""
    log.look("", 0)
    room, error = Room("/rooms/1"), EventError("full")
    gone = weakref.ref(room), weakref.ref(error)
    dispatched.send(
        router, dispatch=dispatch(instance=room, outcome="rejected", error=error)
    )
    del room, error
    gc.collect()
    assert [one() for one in gone] == [None, None]


def test_a_look_gives_what_is_new(router: MetaRouter, log: DispatchLog) -> None:
    """A look gives the dispatches since the last one, and metrics that have changed."""
    first = log.look("", 0)
    dispatched.send(router, dispatch=dispatch(event="one"))
    second = log.look(first["token"], first["seq"])
    dispatched.send(router, dispatch=dispatch(event="two"))
    third = log.look(second["token"], second["seq"])
    assert [one["event"] for one in second["dispatches"]] == ["one"]
    assert [one["event"] for one in third["dispatches"]] == ["two"]
    assert third["routes"]["/rooms/<int:room_id>"]["ok"] == 2
    assert third["handlers"][0][:2] == ("/rooms/<int:room_id>", "Room.say")


def test_old_figures_are_no_news(
    router: MetaRouter, log: DispatchLog, clock: Clock
) -> None:
    """Once a chart has run empty, its route is left out until it changes."""
    token = log.look("", 0)["token"]
    dispatched.send(router, dispatch=dispatch())
    clock.now += 61
    emptied = log.look(token, 1)["routes"]["/rooms/<int:room_id>"]
    assert sum(map(sum, emptied["chart"])) == 0
    clock.now += 15
    assert log.look(token, 1)["routes"] == {}
    assert list(log.look("another", 1)["routes"]) == ["/rooms/<int:room_id>"]


def test_another_token_gets_everything(router: MetaRouter, log: DispatchLog) -> None:
    """Who knows another process, or this one before, is given all that is kept."""
    log.look("", 0)
    dispatched.send(router, dispatch=dispatch())
    assert len(log.look("another", 1)["dispatches"]) == 1


def test_a_board_is_bounded(router: MetaRouter, log: DispatchLog) -> None:
    """The last dispatches are kept, the others counted and said to be missed."""
    token = log.look("", 0)["token"]
    for _ in range(KEPT + 100):
        dispatched.send(router, dispatch=dispatch())
    news = log.look(token, 0)
    assert len(news["dispatches"]) == KEPT
    assert (news["missed"], news["all"]["ok"]) == (100, KEPT + 100)


def test_who_comes_has_missed_nothing(router: MetaRouter, log: DispatchLog) -> None:
    """What is not kept any more did not come too fast for who was not there yet."""
    token = log.look("", 0)["token"]
    for _ in range(KEPT + 100):
        dispatched.send(router, dispatch=dispatch())
    assert log.look("", 0)["missed"] == 0
    assert log.look("another", KEPT)["missed"] == 0
    assert log.look(token, 50)["missed"] == 50


def test_figures_are_those_of_the_tables_routes(
    router: MetaRouter, log: DispatchLog
) -> None:
    """Names, events and targets that clients bring along never become a key."""
    token = log.look("", 0)["token"]
    strange: dict[str, Any] = {"pattern": None, "target": None, "outcome": "unrouted"}
    for number in range(50):
        dispatched.send(router, dispatch=dispatch(namespace=f"/{number}", **strange))
        dispatched.send(router, dispatch=dispatch(pattern=f"/x{number}"))
        dispatched.send(router, dispatch=dispatch(target=f"Room.x{number}"))
    news = log.look(token, 0)
    assert list(news["routes"]) == ["/rooms/<int:room_id>"]
    assert (news["handlers"], news["unrouted"]["declined"]) == ([], 50)
    assert log.metrics_of("/x1", None) is None
    assert log.metrics_of("/rooms/<int:room_id>", None) is not None
