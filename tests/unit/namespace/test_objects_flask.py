"""Flask and the functions of Flask-SocketIO work in every method of a live object."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request, session
from flask_socketio import (
    close_room,
    disconnect,
    emit,
    join_room,
    leave_room,
    rooms,
    send,
)

from nsroute import RoutedNamespace, on
from tests.support.packet_client import inline_client
from tests.support.sites import site


class Flasky(RoutedNamespace, namespace="/flasky"):
    """It uses Flask and Flask-SocketIO in every method."""

    seen: list[Any] = []

    def _look(self, where: str) -> None:
        event = request.event["message"]
        before = g.get("where")
        g.where = where
        session[where] = True
        app = current_app.name
        self.seen.append((where, request.namespace, event, before, app))

    def opened(self) -> None:
        self._look("opened")

    @on("connect")
    def join(self) -> None:
        self._look("connect")
        join_room("lobby")
        emit("from connect")

    def accepted(self) -> None:
        self._look("accepted")
        emit("from accepted", sorted(rooms()))
        leave_room("lobby")

    @on("say")
    def say(self, text: str) -> list[str]:
        self._look("say")
        emit("to all", text, broadcast=True)
        send("to me")
        close_room("nothing")
        return sorted(session)

    @on("leave")
    def leave(self) -> None:
        disconnect()

    @on("disconnect")
    def part(self) -> None:
        self._look("disconnect")

    def closed(self) -> None:
        self._look("closed")


def test_flask_works_in_every_method() -> None:
    """Request, session, `g`, the app and the functions of Flask-SocketIO are there."""
    Flasky.seen = []
    here = site(Flasky)
    ann, bob = inline_client(here), inline_client(here)
    sid = ann.join("/flasky")
    assert ann.received("/flasky") == [
        ("from connect",),
        ("from accepted", sorted([sid, "lobby"])),
    ]
    bob.join("/flasky")
    assert ann.call("/flasky", "say", "hi") == ["accepted", "connect", "opened", "say"]
    assert bob.received("/flasky")[2:] == [("to all", "hi")]
    assert ann.received("/flasky") == [("to all", "hi"), ("message", "to me")]
    bob.leave("/flasky")
    ann.emit("/flasky", "leave")
    assert Flasky.seen == [
        ("opened", "/flasky", "connect", None, "local"),
        ("connect", "/flasky", "connect", "opened", "local"),
        ("accepted", "/flasky", "connect", None, "local"),
        ("connect", "/flasky", "connect", None, "local"),
        ("accepted", "/flasky", "connect", None, "local"),
        ("say", "/flasky", "say", None, "local"),
        ("disconnect", "/flasky", "disconnect", None, "local"),
        ("disconnect", "/flasky", "disconnect", None, "local"),
        ("closed", "/flasky", "disconnect", "disconnect", "local"),
    ]
    assert here.router.live == {}
