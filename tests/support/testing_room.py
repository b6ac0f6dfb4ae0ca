"""A class that answers in all the ways there are, and an application that serves it."""

from __future__ import annotations

from typing import Any

from flask import Flask, request, session
from flask_socketio import ConnectionRefusedError, SocketIO

from nsroute import EventError, MetaRouter, RoutedNamespace, on


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """Answers in all the ways there are."""

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.told: list[Any] = []

    @on("connect")
    def join(self, auth: Any) -> None:
        if auth == "plain":
            raise ConnectionRefusedError("sign in first", {"tries": 3})
        if auth == "coded":
            raise EventError("full", "The room is full.", {"seats": 2})
        session["joined"] = session.get("joined", 0) + 1

    def accepted(self) -> None:
        self.emit("welcome", self.params["room_id"], to=request.sid)

    @on("disconnect")
    def leave(self, reason: str) -> None:
        self.told.append(reason)
        self.emit("left", reason)

    @on("return")
    def give(self, kind: str) -> Any:
        values = {"none": None, "one": 1, "two": (1, 2), "list": [1, 2], "no": ()}
        return values[kind]

    @on("say")
    def say(self, *words: Any) -> None:
        self.emit("said", words)

    @on("session")
    def show_session(self) -> dict[str, Any]:
        return dict(session)

    @on("request")
    def show_request(self) -> list[str | None]:
        return [request.args.get("token"), request.headers.get("X-Device")]

    @on("ask")
    def ask(self, question: Any) -> Any:
        return self.call("question", question, to=request.sid)

    @on("ask later")
    def ask_later(self) -> None:
        self.emit("question", callback=lambda *args: self.told.append(args))

    @on("fail")
    def fail(self) -> None:
        raise ValueError("a bug")

    @on("throw out")
    def throw_out(self, whole: bool) -> None:
        server, here = self.server, self.namespace
        if whole:
            server.eio.disconnect(server.manager.eio_sid_from_sid(request.sid, here))
        else:
            server.disconnect(request.sid, here)

    @on("transport")
    def transport(self) -> list[Any]:
        with self.server.session(request.sid, namespace=self.namespace) as kept:
            kept["seen"] = kept.get("seen", 0) + 1
            return [self.server.transport(request.sid, self.namespace), kept["seen"]]


def new_app(**options: Any) -> tuple[Flask, SocketIO]:
    app = Flask("tested")
    app.testing = True
    app.secret_key = "only for tests"
    socketio = SocketIO(app, async_mode="threading", **options)
    MetaRouter([Room]).mount(socketio)
    return app, socketio
