"""A site that gives all kinds of answers, for servers in any async mode."""

from __future__ import annotations

from typing import Any

import attrs
from flask_socketio import ConnectionRefusedError

from nsroute import EventError, MetaRouter, RoutedNamespace, errorhandler, on
from nsroute.middleware import rate_limit, require
from tests.support.apps import new_site
from tests.support.sites import Site


@attrs.frozen
class Point:
    x: int
    y: int


class Desk(RoutedNamespace, namespace="/desks/<name>"):
    middleware = [require(lambda dispatch: dispatch.params["name"] != "closed")]

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
