"""What it costs to send to all clients of a namespace, up to their connections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask_socketio import Namespace, SocketIO
from socketio import packet

from nsroute import MetaRouter, RoutedNamespace
from nsroute.upstream.memory_connection import MemoryConnection
from tests.benchmarks.measure import Row, compare, cpu

__all__ = ["rows"]

CLIENTS = 1000
TIMES = 5


class Plain(Namespace):
    """An exact class."""


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """The same, routed."""


class Nowhere:
    """The queue of a connection whose client is told nothing."""

    def put(self, sent: object) -> None:
        """Drop what is sent."""


def server(routed: bool) -> SocketIO:
    """Return a server with so many clients in one namespace, with a router or not."""
    app = Flask("broadcast")
    app.secret_key = "only for benchmarks"
    socketio = SocketIO(app, async_mode="threading", monitor_clients=False)
    if routed:
        MetaRouter([Room]).mount(socketio)
    else:
        socketio.on_namespace(Plain("/rooms/1"))
    for _ in range(CLIENTS):
        connection = MemoryConnection(
            app.test_client(), socketio, on_packet=id, on_closed=dict
        )
        connection.socket.queue = Nowhere()
        connection.send(packet.CONNECT, "/rooms/1")
    return socketio


def rows() -> Iterator[Row]:
    """Measure a broadcast with and without a router, in turns."""
    theirs, ours = server(routed=False), server(routed=True)

    def broadcast(socketio: Any) -> float:
        return cpu(lambda: socketio.emit("said", "hi", namespace="/rooms/1"), TIMES)

    name = f"a broadcast to {CLIENTS:,} clients"
    yield compare(name, lambda: broadcast(theirs), lambda: broadcast(ours), target=1.0)
