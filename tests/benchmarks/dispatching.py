"""The cost of a dispatch, and of a connect with its disconnect, without a network."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import structlog
from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, RoutedNamespace, dispatched, on
from tests.benchmarks.measure import Row, compare, cpu
from tests.benchmarks.recording import record_to

__all__ = ["rows"]

EVENTS = 2000
JOINS = 500
ROUTED, EXACT, OTHER = "/rooms/42", "/exact", "/other"


@attrs.frozen
class Stroke:
    """A payload: a line on a board."""

    x: float
    y: float
    colour: str


class Plain(Namespace):
    """What Flask-SocketIO users write today."""

    def on_connect(self, auth: Any) -> None:
        """Let everybody in."""

    def on_disconnect(self, reason: str) -> None:
        """Do nothing."""

    def on_message(self, text: str) -> int:
        """Answer."""
        return 1

    def on_draw(self, stroke: dict[str, Any]) -> int:
        """Answer."""
        return 1


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """The same, routed."""

    @on("connect")
    def join(self, auth: Any) -> None:
        """Let everybody in."""

    @on("disconnect")
    def leave(self, reason: str) -> None:
        """Do nothing."""

    @on("message")
    def message(self, text):  # type: ignore[no-untyped-def]
        """Answer; nothing is checked but the number of arguments."""
        return 1

    @on("draw")
    def draw(self, stroke: Stroke) -> int:
        """Answer; the stroke is converted."""
        return 1


class Bench:
    """An application with an exact class and a router, and one client in both."""

    def __init__(self, level: int, path: Path, **options: Any) -> None:
        self.file = path.open("wb")
        record_to(self.file, level)
        app = Flask("bench")
        app.secret_key = "only for benchmarks"
        socketio = SocketIO(app, async_mode="threading", async_handlers=False)
        for name in (EXACT, OTHER):
            socketio.on_namespace(Plain(name))
        self.router = MetaRouter([Room], **options).mount(socketio)
        self.server: Any = socketio.server
        self.client: Any = socketio.test_client(app, namespace=EXACT)
        self.client.connect(namespace=ROUTED)
        self.sids = {
            name: next(iter(self.server.manager.rooms[name][None]))
            for name in (EXACT, ROUTED)
        }

    def event(self, namespace: str, event: str, data: Any) -> Callable[[], object]:
        """Return a function that dispatches an event as python-socketio does."""
        trigger, sid = self.server._trigger_event, self.sids[namespace]
        return lambda: trigger(event, namespace, sid, data)

    def joining(self, namespace: str) -> Callable[[], object]:
        """Return a function by which the connection joins and leaves a namespace."""
        handle, eio_sid = self.server._handle_eio_message, self.client.eio_sid

        def join_and_leave() -> None:
            handle(eio_sid, f"0{namespace},")
            handle(eio_sid, f"1{namespace},")

        return join_and_leave

    def row(self, name: str, event: str, data: Any, target: float | None = None) -> Row:
        """Compare the dispatch of an event with that of the exact class."""
        theirs = self.event(EXACT, event, data)
        ours = self.event(ROUTED, event, data)
        return compare(
            name, lambda: cpu(theirs, EVENTS), lambda: cpu(ours, EVENTS), target=target
        )


@contextmanager
def bench(level: int, folder: Path, **options: Any) -> Iterator[Bench]:
    """Yield a bench and close its file of records."""
    before = structlog.get_config()
    made = Bench(level, folder / "records.jsonl", **options)
    try:
        yield made
    finally:
        structlog.configure(**before)
        made.file.close()


def rows(folder: Path) -> Iterator[Row]:
    """Measure; records go to a file in a folder."""
    stroke = {"x": 1.5, "y": 2.5, "colour": "red"}
    with bench(logging.ERROR, folder) as silent:
        yield silent.row("event, silent", "message", "hello", 0.45)
        yield _joining(silent, "silent", 0.85)
    with bench(logging.INFO, folder) as recorded:
        yield recorded.row("event, recorded as JSON", "message", "hello", 0.70)
        yield recorded.row("event, attrs payload, recorded", "draw", stroke, 0.72)
        yield _joining(recorded, "recorded as JSON", None)
    with bench(logging.ERROR, folder, middleware=[_pass_on]) as wrapped:
        yield wrapped.row("event, one middleware, silent", "message", "hello")
    with bench(logging.ERROR, folder) as heard, dispatched.connected_to(_hear):
        yield heard.row("event, one receiver, silent", "message", "hello")


def _joining(made: Bench, how: str, target: float | None) -> Row:
    ours, theirs = made.joining("/rooms/7"), made.joining(OTHER)
    return compare(
        f"connect and disconnect of a further namespace, {how}",
        lambda: cpu(theirs, JOINS),
        lambda: cpu(ours, JOINS),
        target=target,
    )


def _pass_on(_: object, proceed: Callable[[], Any]) -> Any:
    return proceed()


def _hear(_: object, dispatch: object) -> None:
    """Receive a dispatch."""
