"""Namespaces that log or count who comes and goes, and fail where a test says."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, defaultdict
from typing import Any

from flask import request
from flask_socketio import close_room, join_room, leave_room, rooms

from nsroute import RoutedNamespace, every, on
from tests.support.concurrency import wait_for


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


class LifecycleCounts:
    """Counts what happened, whoever did it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.steps: dict[str, list[str]] = defaultdict(list)
        self.objects: Counter[int] = Counter()
        self.numbers = itertools.count()

    def opened(self, namespace: str) -> None:
        with self._lock:
            self.counts["opened"] += 1
            self.open[namespace] += 1
            self.most[namespace] = max(self.most[namespace], self.open[namespace])

    def closed(self, namespace: str) -> None:
        with self._lock:
            self.counts["closed"] += 1
            self.open[namespace] -= 1

    def add_step(self, sid: str, step: str) -> None:
        with self._lock:
            self.counts[step] += 1
            self.steps[sid].append(step)

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1


THREE = 3


class Hub(RoutedNamespace, namespace="/hubs/<int:number>"):
    """It counts all that happens to it."""

    lifecycle: LifecycleCounts

    def opened(self) -> None:
        self.lifecycle.opened(self.namespace)

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        if auth == "refuse":
            self.lifecycle.count("refused")
            return False
        self.lifecycle.add_step(request.sid, "connect")
        if auth == "raise":
            self.lifecycle.add_step(request.sid, "raised")
            raise ValueError("in connect")
        return None

    def accepted(self) -> None:
        self.lifecycle.count("accepted")
        self.emit("came", to=request.sid)

    @on("say")
    def say(self, count: int) -> int:
        self.lifecycle.count("say")
        with self.lock:
            self.emit("said", count)
        return count

    @on("out")
    def out(self) -> None:
        self.lifecycle.count("out")
        for sid in list(self.clients)[:1]:
            self.disconnect(sid)

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.lifecycle.add_step(request.sid, "disconnect")
        if reason == "transport close":
            raise RuntimeError("in disconnect")

    def closed(self) -> None:
        self.lifecycle.closed(self.namespace)


class LingeringHub(
    Hub, namespace="/lingering/<int:number>", linger=0.01, capacity=THREE
):
    """It stays for a moment, has few seats, and ticks."""

    is_open = False

    def opened(self) -> None:
        super().opened()
        self.is_open = True

    @every(0.003)
    def tick(self) -> None:
        first = self.ticking.acquire(blocking=False)
        fits = len(self.clients) <= THREE
        self.lifecycle.count("tick" if self.is_open and first and fits else "bad tick")
        self.emit("tick")
        self.ticking.release()

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.ticking = threading.Lock()

    def closed(self) -> None:
        with self.ticking:
            self.is_open = False
        super().closed()
