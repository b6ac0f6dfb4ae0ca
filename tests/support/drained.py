"""Applications that are stopped: what ran at their end is in a file.

The environment says in which mode, and where the file is.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, RoutedNamespace, on

NAMESPACES = ["/rooms/1", "/rooms/2", "/rooms/3"]


def note(what: str) -> None:
    """Add a line to the file."""
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write(f"{what}\n")


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    def closed(self) -> None:
        note("closed")

    @on("disconnect")
    def leave(self, reason: str) -> None:
        note(f"disconnect: {reason}")

    @on("where", order=None)
    def where(self) -> int:
        return os.getpid()

    @on("hold")
    def hold(self) -> None:
        """Run until the test has made a file."""
        self.emit("held", to=self.sid)
        while not Path(os.environ["NOTES"]).with_suffix(".go").exists():
            self.server.sleep(0.01)
        self.emit("released", to=self.sid)


class Plain(Namespace):
    """What it takes without nsroute: a class for each name."""

    def on_disconnect(self, reason: str) -> None:
        note(f"disconnect: {reason}")

    def on_where(self) -> int:
        return os.getpid()


def make(routed: bool) -> tuple[Flask, Any, Any]:
    """Make an application, its `SocketIO`, and its router if it has one."""
    app = Flask("drained")
    socketio = SocketIO(app, async_mode=os.environ["ASYNC_MODE"])
    if routed:
        return app, socketio, MetaRouter([Room]).mount(socketio)
    for namespace in NAMESPACES:
        socketio.on_namespace(Plain(namespace))
    return app, socketio, None
