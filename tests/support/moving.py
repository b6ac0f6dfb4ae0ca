"""An application that its environment moves from one process to several.

It uses what reaches all processes: emits, rooms, `call`, disconnects, presence, census.
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from flask_socketio import ConnectionRefusedError, SocketIO, join_room

from nsroute import MetaRouter, RoutedNamespace, on, on_server


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("connect")
    def join(self, auth: str) -> None:
        if auth == "stranger":
            raise ConnectionRefusedError("sign in first")
        self.client["user"] = auth

    def accepted(self) -> None:
        self.presence.track(self.client["user"], self.sid)

    def presence_changed(self, joins: dict[str, Any], leaves: dict[str, Any]) -> None:
        self.emit("presence", [sorted(joins), sorted(leaves)], ignore_queue=True)

    def sid_of(self, user: str) -> Any:
        return self.presence.list()[user][0]

    @on("present")
    def present(self) -> list[str]:
        return sorted(self.presence.list())

    @on("say")
    def say(self, text: str) -> int:
        self.emit("said", [self.client["user"], text])
        return len(text)

    @on("whisper")
    def whisper(self, user: str, text: str) -> None:
        self.emit("whispered", [self.client["user"], text], to=self.sid_of(user))

    @on("ask")
    def ask(self, user: str, question: str) -> str:
        self.call("asked", question, to=self.sid_of(user))
        return "answered"

    @on("sit")
    def sit(self, table: str) -> None:
        join_room(table)

    @on("toast")
    def toast(self, table: str) -> None:
        self.emit("toast", self.client["user"], to=table, skip_sid=self.sid)

    @on("picture")
    def picture(self, data: bytes) -> bytes:
        self.emit("picture", {"data": data})
        return data[::-1]

    @on("announce")
    def announce(self, text: str) -> None:
        self.router.of(Room).emit("announced", text)

    @on("remind")
    def remind(self) -> None:
        self.router.of(Room).server_side_emit("remind", self.client["user"])

    @on_server("remind")
    def reminded(self, user: str) -> None:
        self.emit("reminded", user, ignore_queue=True)

    @on("count")
    def count(self) -> dict[str, int]:
        return dict(self.router.of(Room).census().namespaces)

    @on("put out")
    def put_out(self, user: str) -> None:
        self.disconnect(self.sid_of(user))


app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading", message_queue=os.environ.get("QUEUE"))
MetaRouter([Room], log=False).mount(socketio)


@app.get("/pid")
def pid() -> str:
    """Return which process this is."""
    return str(os.getpid())
