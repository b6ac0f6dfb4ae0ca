"""What a tick of a timer costs, beside an event of Flask-SocketIO's exact class."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter, RoutedNamespace, every
from nsroute.testing import RouterClient
from tests.benchmarks.dispatching import EXACT, bench
from tests.benchmarks.measure import Row, compare, cpu

__all__ = ["rows"]

LIVE = 10_000
"""Live namespaces, each with a timer of a second."""


class Room(RoutedNamespace, namespace="/ticking/<int:room_id>"):
    """A room that counts its seconds."""

    seconds = 0

    @every(1)
    def tick(self) -> None:
        """Count on."""
        self.seconds += 1


def ticking() -> RouterClient:
    """Return a client that is in many rooms."""
    socketio = SocketIO(Flask("ticking"), async_mode="threading", async_handlers=False)
    MetaRouter([Room], max_namespaces_per_client=LIVE).mount(socketio)
    client = RouterClient(socketio)
    for number in range(LIVE):
        client.connect(f"/ticking/{number}")
    return client


def rows(folder: Path) -> Iterator[Row]:
    """Measure; neither is recorded."""
    with bench(logging.ERROR, folder) as silent:
        client = ticking()

        def tick() -> float:
            started = process_time()
            client.advance(1)
            return (process_time() - started) / LIVE * 1e6

        event = silent.event(EXACT, "message", "hello")
        name = f"a tick of one of {LIVE:,} timers, against an event, silent"
        yield compare(name, lambda: cpu(event, 2_000), tick, target=0.5)
        client.close()
