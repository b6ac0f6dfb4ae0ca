"""A site whose handlers write log lines of their own, for servers of any mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from structlog.contextvars import get_contextvars

from nsroute import (
    Dispatch,
    MetaRouter,
    RoutedNamespace,
    errorhandler,
    keep_log_context,
    on,
)
from tests.support.apps import new_site
from tests.support.sites import Site

log = structlog.get_logger()

STAGES = [
    *("middleware", "opened", "connect", "accepted"),
    *("middleware", "event"),
    *("middleware", "failing", "errorhandler"),
    *("middleware", "disconnect", "closed"),
]
"""Where a log line is written in the life of a room with one client."""


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """It logs at every stage."""

    def opened(self) -> None:
        log.info("opened")

    @on("connect")
    def join(self) -> None:
        log.info("connect")

    def accepted(self) -> None:
        log.info("accepted")

    @on("work")
    def work(self, rounds: int) -> None:
        log.info("event", round=0)
        for number in range(1, rounds):
            self.socketio.sleep(0)
            log.info("event", round=number)

    @on("start")
    def start(self) -> str:
        start = self.socketio.start_background_task
        start(log.info, "without")
        start(keep_log_context(log.info), "with", task=True)
        return "started"

    @on("fail")
    def fail(self) -> None:
        log.info("failing")
        raise LookupError

    @errorhandler(LookupError)
    def handle(self, _error: LookupError) -> None:
        log.info("errorhandler")

    @on("disconnect")
    def part(self) -> None:
        log.info("disconnect")

    def closed(self) -> None:
        log.info("closed")

    @on("context")
    def context(self) -> dict[str, Any]:
        return get_contextvars()


def note(dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
    """Log a line from a middleware."""
    log.info("middleware")
    return proceed()


def site(mode: str, **options: Any) -> Site:
    """Serve rooms that log."""
    made = new_site(mode, **options)
    made.router = MetaRouter([Room], middleware=[note]).mount(made.socketio)
    return made


def in_order(mode: str) -> Site:
    """Serve the same, one event after the other."""
    return site(mode, async_handlers=False)
