"""Middleware and rooms that log who came by, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsroute import Dispatch, RoutedNamespace, on

Proceed = Callable[[], Any]


class EventLog:
    """Middleware that logs dispatches before and after what it wraps."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.seen: list[Dispatch] = []

    def __call__(self, name: str) -> Callable[[Dispatch, Proceed], Any]:
        def note(dispatch: Dispatch, proceed: Proceed) -> Any:
            self.lines.append(f"{name} {dispatch.event}")
            self.seen.append(dispatch)
            try:
                return proceed()
            finally:
                self.lines.append(f"{dispatch.event} {name}")

        return note


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """A room that logs who comes and goes."""

    event_log: list[Any]

    def opened(self) -> None:
        self.event_log.append("opened")

    @on("connect")
    def enter(self, auth: Any = None) -> bool:
        self.event_log.append("connect")
        return auth != "refuse"

    def accepted(self) -> None:
        self.event_log.append("accepted")
        self.emit("welcome")

    @on("say")
    def say(self, text: str) -> str:
        return text

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.event_log.append(reason)

    def closed(self) -> None:
        self.event_log.append("closed")
