"""The sites that test servers serve, each made by a factory that takes the mode."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_socketio import SocketIO

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.sites import Site


def new_site(mode: str, **options: Any) -> Site:
    """Make an application with nothing on it yet."""
    app = Flask("site")
    app.config["SECRET_KEY"] = "only for tests"
    return Site(app, SocketIO(app, async_mode=mode, **options))


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    def accepted(self) -> None:
        self.emit("welcome", self.params["room_id"], to=request.sid)

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        return f"room {self.params['room_id']}"

    @on("where")
    def where(self) -> list[Any]:
        return ["Room", self.namespace, self.params["room_id"]]


class Board(RoutedNamespace, namespace="/boards/<string:name>"):
    @on("where")
    def where(self) -> list[Any]:
        return ["Board", self.namespace, self.params["name"]]


class User(RoutedNamespace, namespace="/users/<uuid:user_id>/inbox"):
    @on("where")
    def where(self) -> list[Any]:
        return ["User", self.namespace, str(self.params["user_id"])]


class Files(RoutedNamespace, namespace="/files/<path:name>"):
    @on("where")
    def where(self) -> list[Any]:
        return ["Files", self.namespace, self.params["name"]]


def rooms(mode: str) -> Site:
    """Serve rooms, and nothing beside them."""
    site = new_site(mode)
    site.router = MetaRouter([Room]).mount(site.socketio)
    return site


def four_classes(mode: str) -> Site:
    """Serve four classes with four kinds of patterns."""
    site = new_site(mode)
    site.router = MetaRouter([Room, Board, User, Files]).mount(site.socketio)
    return site
