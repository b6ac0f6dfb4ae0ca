"""What a live namespace keeps, and what it costs to close a connection among many."""

from __future__ import annotations

import gc
import logging
import tracemalloc
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import attrs
import structlog
from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, RoutedNamespace
from tests.benchmarks.measure import Row, compare

__all__ = ["rows"]

LIVE = 20_000
SOME = 2_000


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """A room in which nothing happens."""


class Everything(Namespace):
    """The least that serves dynamic names in plain Flask-SocketIO."""

    def trigger_event(self, event: str, *args: Any) -> None:
        """Take everything and do nothing."""


def plain() -> Any:
    """Make a server that takes any name."""
    app = Flask("plain")
    socketio = SocketIO(app, async_mode="threading", namespaces="*")
    socketio.on_namespace(Everything("*"))
    return socketio.test_client(app).socketio.server


def routed() -> Any:
    """Make a server with a router."""
    app = Flask("routed")
    socketio = SocketIO(app, async_mode="threading")
    MetaRouter([Room], max_namespaces_per_client=LIVE).mount(socketio)
    return socketio.test_client(app).socketio.server


def open_connection(server: Any, name: str) -> str:
    """Let a connection begin, as Engine.IO does; nothing is sent anywhere."""
    environ: dict[str, Any] = next(iter(server.environ.values())).copy()
    server.eio.send = lambda *_: None
    server._send_packet = lambda *_: None
    server._handle_eio_connect(name, environ)
    return name


def join(server: Any, eio_sid: str, numbers: range) -> None:
    """Join so many rooms on a connection."""
    for number in numbers:
        server._handle_eio_message(eio_sid, f"0/rooms/{number},")


def kept(make: Callable[[], Any]) -> float:
    """Return the bytes that stay for each namespace, once it is joined."""
    server = make()
    eio_sid = open_connection(server, "many")
    join(server, eio_sid, range(100))
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    join(server, eio_sid, range(100, 100 + SOME))
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown / SOME


def closing(server: Any) -> Callable[[], float]:
    """Return a function that measures the end of a connection with one namespace."""

    def close() -> float:
        eio_sid = open_connection(server, "one")
        join(server, eio_sid, range(LIVE + 1, LIVE + 2))
        started = process_time()
        server.eio.handlers["disconnect"](eio_sid, server.reason.TRANSPORT_CLOSE)
        return (process_time() - started) * 1e6

    return close


def _kept() -> Row:
    name = "bytes of a live namespace"
    row = compare(name, lambda: kept(plain), lambda: kept(routed), unit="B", rounds=1)
    return attrs.evolve(row, limit=row.theirs + 1200)


def rows() -> Iterator[Row]:
    """Measure both against the least that plain Flask-SocketIO needs."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )
    try:
        yield _kept()
        servers = plain(), routed()
        for server in servers:
            join(server, open_connection(server, "many"), range(LIVE))
        yield compare(
            f"closing one connection among {LIVE:,} namespaces",
            closing(servers[0]),
            closing(servers[1]),
        )
    finally:
        structlog.configure(**before)
