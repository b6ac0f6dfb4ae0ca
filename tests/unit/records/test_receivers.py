"""Receivers of a signal that raise are told of; the dispatch does not suffer."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from nsroute import dispatched
from nsroute.records.reports import tell

pytestmark = pytest.mark.usefixtures("quiet")


def test_a_broken_receiver_is_told_once_whatever_kind_it_is() -> None:
    """Functions, methods of any object and callables are each told once, by name."""

    class Radio:
        def broken(self, _sender: object) -> None:
            raise RuntimeError("as a method")

        def __call__(self, _sender: object) -> None:
            raise RuntimeError("as a callable")

    def broken(_sender: object) -> None:
        raise RuntimeError("as a function")

    async def waited_for(_sender: object) -> None: ...

    receivers = [broken, Radio().broken, Radio().broken, Radio()]
    with capture_logs() as captured:
        for receiver in [*receivers, waited_for]:
            with dispatched.connected_to(receiver):
                tell(dispatched, None)
                tell(dispatched, None)
    here = f"{__name__}.test_a_broken_receiver_is_told_once_whatever_kind_it_is"
    assert [(r["receiver"], str(r["exc_info"])) for r in captured] == [
        (f"{here}.<locals>.broken", "as a function"),
        (f"{here}.<locals>.Radio.broken", "as a method"),
        (f"{here}.<locals>.Radio", "as a callable"),
        (
            f"{here}.<locals>.waited_for",
            "a receiver is a plain function, not a coroutine's",
        ),
    ]


def test_a_muted_signal_is_not_sent() -> None:
    """`dispatched.muted()` keeps receivers from hearing."""
    heard: list[object] = []

    def receive(sender: object) -> None:
        heard.append(sender)

    with dispatched.connected_to(receive):
        with dispatched.muted():
            tell(dispatched, "muted")
        tell(dispatched, "heard")
    assert heard == ["heard"]


def test_the_report_of_a_receiver_heeds_the_level() -> None:
    """Where errors are not logged at all, a broken receiver is not either."""

    def broken(_sender: object) -> None:
        raise RuntimeError

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )
    with capture_logs() as captured, dispatched.connected_to(broken):
        tell(dispatched, None)
    assert captured == []


def test_a_logger_and_a_receiver_may_both_be_broken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """If the report of a receiver cannot be written, `logging` says so."""

    class Unwritten(Exception):
        """As of a log file."""

    def broken(_sender: object) -> None:
        raise RuntimeError

    def full(_logger: object, _method: str, _fields: object) -> str:
        raise Unwritten

    structlog.configure(processors=[full])
    with dispatched.connected_to(broken):
        tell(dispatched, None)
    [said] = caplog.records
    assert isinstance((said.exc_info or (None, None))[1], Unwritten)


def test_a_broken_logging_is_not_heard_of() -> None:
    """If `logging` raises too, the dispatch still does not suffer."""

    class Nothing(Exception):
        """It works nowhere."""

    def raise_it(*_: object) -> Any:
        raise Nothing

    def broken(_sender: object) -> None:
        raise RuntimeError

    structlog.configure(processors=[raise_it])
    fallback = logging.getLogger("nsroute")
    fallback.addFilter(raise_it)
    try:
        with dispatched.connected_to(broken):
            tell(dispatched, None)
    finally:
        fallback.removeFilter(raise_it)
