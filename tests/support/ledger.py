"""A namespace that enters into a ledger all that happens to it, in whatever thread."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, defaultdict
from typing import Any

from flask import request

from nsroute import RoutedNamespace, on


class Ledger:
    """Counts what happened, whoever did it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.stays: dict[str, list[str]] = defaultdict(list)
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

    def stay(self, sid: str, step: str) -> None:
        with self._lock:
            self.counts[step] += 1
            self.stays[sid].append(step)

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1


class Hub(RoutedNamespace, namespace="/hubs/<int:number>"):
    """It writes into the ledger all that happens to it."""

    ledger: Ledger

    def opened(self) -> None:
        self.ledger.opened(self.namespace)

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        if auth == "refuse":
            self.ledger.count("refused")
            return False
        self.ledger.stay(request.sid, "connect")
        if auth == "raise":
            self.ledger.stay(request.sid, "raised")
            raise ValueError("in connect")
        return None

    def accepted(self) -> None:
        self.ledger.count("accepted")
        self.emit("came", to=request.sid)

    @on("say")
    def say(self, number: int) -> int:
        self.ledger.count("say")
        with self.lock:
            self.emit("said", number)
        return number

    @on("out")
    def out(self) -> None:
        self.ledger.count("out")
        for sid in list(self.clients)[:1]:
            self.disconnect(sid)

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.ledger.stay(request.sid, "disconnect")
        if reason == "transport close":
            raise RuntimeError("in disconnect")

    def closed(self) -> None:
        self.ledger.closed(self.namespace)
