"""Receivers of a signal that raise are recorded; the dispatch goes on."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from nsroute import dispatched
from nsroute.records import send

pytestmark = pytest.mark.usefixtures("quiet")


def test_a_receiver_of_any_kind_is_recorded_once() -> None:
    """Functions, methods and callable objects are each recorded once, by name."""

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
                send(dispatched, None)
                send(dispatched, None)
    here = f"{__name__}.test_a_receiver_of_any_kind_is_recorded_once"
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
    """`dispatched.muted()` keeps a signal from its receivers."""
    received: list[object] = []

    def receive(sender: object) -> None:
        received.append(sender)

    with dispatched.connected_to(receive):
        with dispatched.muted():
            send(dispatched, "muted")
        send(dispatched, "sent")
    assert received == ["sent"]


def test_the_report_of_a_receiver_has_a_level() -> None:
    """Where errors are not logged at all, a broken receiver is not either."""

    def broken(_sender: object) -> None:
        raise RuntimeError

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )
    with capture_logs() as captured, dispatched.connected_to(broken):
        send(dispatched, None)
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
        send(dispatched, None)
    [reported] = caplog.records
    assert isinstance((reported.exc_info or (None, None))[1], Unwritten)


def test_a_broken_logging_breaks_nothing() -> None:
    """If `logging` raises too, the dispatch still goes on."""

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
            send(dispatched, None)
    finally:
        fallback.removeFilter(raise_it)


def test_what_a_receiver_quotes_is_escaped() -> None:
    """A receiver may raise with what a client sent; the record of it is safe."""

    def quotes(_sender: object) -> None:
        raise LookupError("half \ud800")

    with capture_logs() as captured, dispatched.connected_to(quotes):
        send(dispatched, None)
    [record] = captured
    assert str(record["exc_info"]) == r"half \ud800"
