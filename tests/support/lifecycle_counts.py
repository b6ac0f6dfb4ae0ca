"""A namespace that counts all that happens to it, in whatever thread."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, defaultdict
from typing import Any

from flask import request

from nsroute import RoutedNamespace, on


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
    def say(self, number: int) -> int:
        self.lifecycle.count("say")
        with self.lock:
            self.emit("said", number)
        return number

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
