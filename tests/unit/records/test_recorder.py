"""A `Recorder` writes what its policy says, and breaks no dispatch."""

from __future__ import annotations

import logging
from typing import Any

import attrs
import pytest
import structlog
from structlog.testing import capture_logs

from nsroute import Dispatch, LogPolicy, dispatched
from nsroute.records import ArgumentNames, nearest_recorder, publish

DISPATCH = Dispatch(
    kind="event",
    event="login",
    namespace="/desk",
    pattern="/desk",
    params={},
    sid="abc",
    args=("ann", "hunter2"),
    target="Desk.login",
    outcome="ok",
    duration=0.0001234,
)
LATE = attrs.evolve(DISPATCH, outcome="late")


def test_a_record_has_the_level_of_its_outcome() -> None:
    """Levels of the policy stand over the default ones; None records nothing."""
    recorder = nearest_recorder("debug", LogPolicy(levels={"rejected": None}))
    with capture_logs() as captured:
        for outcome in "ok", "late", "rejected", "error":
            recorder.record(attrs.evolve(DISPATCH, outcome=outcome))
    assert [(r["outcome"], r["log_level"]) for r in captured] == [
        ("ok", "debug"),
        ("late", "warning"),
        ("error", "error"),
    ]


def test_one_in_so_many_that_went_well_is_recorded() -> None:
    """The first of each ten is; what did not go well always is."""
    recorder = nearest_recorder(LogPolicy(sample=10))
    with capture_logs() as captured:
        for _ in range(11):
            recorder.record(DISPATCH)
            recorder.record(LATE)
    outcomes = [record["outcome"] for record in captured]
    assert (outcomes.count("ok"), outcomes.count("late")) == (2, 11)


def test_payloads_have_the_names_of_the_handlers_parameters() -> None:
    """What a handler calls its arguments decides what is hidden."""
    names = ArgumentNames(("user", "password"))
    with capture_logs() as captured:
        nearest_recorder(LogPolicy(payloads=True), names=names).record(DISPATCH)
    assert captured[0]["payload"] == ["ann", "[redacted]"]


def test_a_published_dispatch_is_recorded_and_sent() -> None:
    """Receivers get the dispatch itself, once its record is written."""
    sender, found = object(), list[Any]()

    def receive(_sender: object, dispatch: Dispatch) -> None:
        found.extend([*captured, dispatch])

    with capture_logs() as captured:
        publish(nearest_recorder(None), sender, DISPATCH)
        with dispatched.connected_to(receive, sender=sender):
            publish(nearest_recorder(False), sender, LATE)
    assert [captured, found] == [[captured[0]], [captured[0], LATE]]


@pytest.mark.usefixtures("quiet")
def test_a_lost_record_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    """What the logger raises is reported by `logging`, escaped, and goes no further."""

    class Full(Exception):
        """As of a disk."""

    def fail(*_: object) -> Any:
        raise Full("half \ud800")

    structlog.configure(processors=[fail])
    for _ in range(2):
        nearest_recorder(None).record(DISPATCH)
    [lost] = caplog.records
    assert (lost.name, lost.levelno) == ("nsroute", logging.ERROR)
    assert str((lost.exc_info or (None, None))[1]) == r"half \ud800"


@pytest.mark.usefixtures("quiet")
def test_an_interrupt_goes_through() -> None:
    """Ctrl-C while a record is written, or a signal sent, is not swallowed."""

    def interrupt(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    with (
        dispatched.connected_to(interrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        publish(nearest_recorder(False), None, DISPATCH)
    structlog.configure(processors=[interrupt])
    with pytest.raises(KeyboardInterrupt):
        nearest_recorder(None).record(DISPATCH)
