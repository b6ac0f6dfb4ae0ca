"""A namespace that is served without a router, and notes what happens to it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from nsroute import RoutedNamespace, on
from tests.support.sites import Site


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    steps: list[str]

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.steps = []

    def opened(self) -> None:
        self.steps.append("opened")

    def accepted(self) -> None:
        self.steps.append("accepted")

    def closed(self) -> None:
        self.steps.append("closed")

    @on("connect")
    def join(self, auth: Any = None) -> bool:
        self.steps.append("join")
        self.client["user"] = auth
        return auth != "nobody"

    @on("say")
    def say(self, text: str) -> list[Any]:
        self.emit("said", text)
        return [self.client["user"], len(self.clients), dict(self.params)]

    @on("boom")
    def boom(self) -> None:
        raise RuntimeError("secret")

    @on("disconnect")
    def part(self) -> None:
        self.steps.append("part")


def served(*namespaces: RoutedNamespace) -> Site:
    """Serve namespaces without any router."""
    app = Flask("alone")
    socketio = SocketIO(app, async_mode="threading")
    for namespace in namespaces:
        socketio.on_namespace(namespace)
    return Site(app, socketio)
