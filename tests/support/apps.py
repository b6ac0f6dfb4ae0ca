"""The sites that test servers serve, each made by a factory that takes the mode."""

from __future__ import annotations

from typing import Any

import attrs
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO

from nsroute import EventError, MetaRouter, RoutedNamespace, errorhandler, on
from nsroute.middleware import rate_limit, require
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


@attrs.frozen
class Point:
    x: int
    y: int


class Desk(
    RoutedNamespace,
    namespace="/desks/<name>",
    middleware=[require(lambda dispatch: dispatch.params["name"] != "closed")],
):
    @on("connect")
    def join(self) -> None:
        match self.params["name"]:
            case "full":
                raise EventError("full", "No seats.", Point(0, 0))
            case "private":
                raise ConnectionRefusedError("sign in", {"at": "/sign-in"})
            case "broken":
                raise RuntimeError("secret")

    @on("turn")
    def turn(self, point: Point) -> Point:
        return Point(point.y, point.x)

    @on("full")
    def full(self) -> None:
        raise EventError("full", "No seats.", Point(0, 0))

    @on("boom")
    def boom(self) -> None:
        raise RuntimeError("secret")

    @on("handled")
    def handled(self) -> None:
        raise LookupError("secret")

    @errorhandler(LookupError)
    def missing(self, problem: LookupError) -> dict[str, bool]:
        return {"found": False}

    @on("unsendable")
    def unsendable(self) -> Any:
        return {1, object()}

    @on("several")
    def several(self) -> tuple[int, Point]:
        return 1, Point(2, 3)

    @on("limited", middleware=[rate_limit(1, 3600)])
    def limited(self) -> str:
        return "once"


def desks(mode: str) -> Site:
    """Serve desks, which answer in all ways there are."""
    site = new_site(mode)
    site.router = MetaRouter([Desk]).mount(site.socketio)
    return site
