"""A chat for Flask-SocketIO alone, as a plain namespace class behind a route."""

from __future__ import annotations

from typing import Any

from flask import request, session
from flask_socketio import Namespace, disconnect, join_room, rooms

from nsroute import Route
from tests.support.packet_client import PacketClient, inline_client
from tests.support.sites import site


class Chat(Namespace):  # type: ignore[misc]
    """It was written for Flask-SocketIO and knows nothing of nsroute."""

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.said: list[str] = []

    def on_connect(self, auth: Any) -> Any:
        self.said.append(f"connect {auth}")
        session["user"] = auth
        join_room("everybody")
        return auth != "nobody"

    def on_say(self, text: str) -> str:
        self.said.append(text)
        self.emit("said", text)
        return f"{session['user']} said {text}"

    def on_kept(self) -> list[str]:
        return self.said

    def on_where(self) -> list[Any]:
        return [self.namespace, request.namespace, request.sid, sorted(rooms())]

    def on_typed(self, number: int, *more: bytes) -> list[Any]:
        return [number, *more]

    def on_tuple(self) -> tuple[int, int]:
        return 1, 2

    def on_nothing(self) -> None:
        pass

    def on_boom(self) -> None:
        raise RuntimeError("secret")

    def on_quit(self) -> None:
        disconnect()

    def on_disconnect(self, reason: str) -> None:
        self.emit("gone", reason)


def join_chat(
    target: Any = Chat, namespace: str = "/chats/a", auth: Any = None
) -> PacketClient:
    client = inline_client(site(Route("/chats/<name>", target)))
    client.join(namespace, auth)
    return client
