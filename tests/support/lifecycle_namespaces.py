"""Namespaces that log who comes and goes, and fail where told to."""

from __future__ import annotations

from typing import Any

from flask_socketio import close_room, join_room, leave_room, rooms

from nsroute import RoutedNamespace, on
from tests.support.waiting import wait_for


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """It keeps an event log, and raises in its disconnect handler where told to."""

    event_log: list[Any]
    raises: dict[int, BaseException]
    reached: Any
    go: Any

    def opened(self) -> None:
        self.event_log.append((self.number, "opened"))

    @on("connect")
    def enter(self) -> None:
        self.event_log.append((self.number, "connect"))

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.event_log.append((self.number, reason))
        if self.number in self.raises:
            raise self.raises[self.number]

    def closed(self) -> None:
        self.event_log.append((self.number, "closed"))

    @property
    def number(self) -> int:
        number: int = self.params["number"]
        return number

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        return text

    @on("late")
    def late(self, room: str) -> None:
        """Outlive the client, and then use all that concerns it."""
        self.reached.set()
        wait_for(self.go)
        self.emit("said", "late")
        leave_room("never joined")
        assert rooms() == []
        close_room(room)
        join_room(room)


def reasons() -> list[tuple[int, str]]:
    """Return the disconnects in the event log."""
    beside = ("opened", "connect", "closed")
    return [entry for entry in Room.event_log if entry[1] not in beside]


class Hall(RoutedNamespace, namespace="/halls/<int:number>"):
    """It fails where it is told to, so many times."""

    event_log: list[str]
    fails: dict[str, BaseException]

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.step("made")

    def opened(self) -> None:
        self.step("opened")

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        self.step("connect")
        return auth != "refuse"

    def accepted(self) -> None:
        self.step("accepted")

    @on("where")
    def where(self) -> int:
        return id(self)

    @on("disconnect")
    def gone(self) -> None:
        self.step("disconnect")

    def closed(self) -> None:
        self.step("closed")

    def step(self, name: str) -> None:
        self.event_log.append(name)
        if name in self.fails:
            raise self.fails.pop(name)
