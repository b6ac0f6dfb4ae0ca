"""Processes that share a message queue, with a router or by Flask-SocketIO alone."""

from __future__ import annotations

import os

from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, Route


class Room(Namespace):
    def on_pid(self) -> int:
        return os.getpid()

    def on_say(self, count: int) -> None:
        for number in range(count):
            self.emit("said", number)


app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading", message_queue=os.environ.get("QUEUE"))
if os.environ.get("ROUTED"):
    MetaRouter([Route("/rooms/<int:room>", Room)], log=False).mount(socketio)
else:
    socketio.on_namespace(Room("/rooms/1"))
