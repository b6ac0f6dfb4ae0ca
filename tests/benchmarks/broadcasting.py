"""What it costs to send to all clients of a namespace, up to their connections."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from flask import Flask
from flask_socketio import Namespace, SocketIO
from socketio import packet

from nsroute import MetaRouter, RoutedNamespace
from nsroute.upstream.memory_connection import MemoryConnection
from tests.benchmarks.measure import Row, compare, cpu

__all__ = ["rows"]

CLIENTS = 1000
TIMES = 20
_socketio: SocketIO


class Plain(Namespace):
    """An exact class."""


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """The same, routed."""


class Nowhere:
    """The queue of a connection whose client is told nothing."""

    def put(self, sent: object) -> None:
        """Drop what is sent."""


def server(clients: int, *, routed: bool) -> SocketIO:
    """Return a server with so many clients in one namespace, with a router or not."""
    app = Flask("broadcast")
    app.secret_key = "only for benchmarks"
    socketio = SocketIO(app, async_mode="threading", monitor_clients=False)
    if routed:
        MetaRouter([Room], log=False).mount(socketio)
    else:
        socketio.on_namespace(Plain("/rooms/1"))
    for _ in range(clients):
        connection = MemoryConnection(
            app.test_client(), socketio, on_packet=id, on_closed=dict
        )
        connection.socket.queue = Nowhere()
        connection.send(packet.CONNECT, "/rooms/1")
    return socketio


def _begin(clients: int, routed: bool) -> None:
    """Make the server that this process measures."""
    global _socketio  # noqa: PLW0603 - a process has one
    _socketio = server(clients, routed=routed)


def _broadcast() -> float:
    return cpu(lambda: _socketio.emit("said", "hi", namespace="/rooms/1"), TIMES)


def _process(routed: bool) -> ProcessPoolExecutor:
    """Return a process with a server.

    Where both are in one, Python adapts the code that they share to the first of them.
    """
    spawn = get_context("spawn")
    return ProcessPoolExecutor(1, spawn, initializer=_begin, initargs=(CLIENTS, routed))


def rows() -> Iterator[Row]:
    """Measure a broadcast with and without a router, in turns."""
    name = f"a broadcast to {CLIENTS:,} clients"
    with _process(routed=False) as theirs, _process(routed=True) as ours:
        yield compare(
            name,
            lambda: theirs.submit(_broadcast).result(),
            lambda: ours.submit(_broadcast).result(),
            target=1.0,
        )
