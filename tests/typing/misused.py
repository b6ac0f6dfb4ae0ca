"""Misuse: mypy and pyright reject each marked line, and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_socketio import SocketIO

from nsroute import (
    Dispatch,
    EventError,
    LogPolicy,
    MetaRouter,
    Route,
    RoutedNamespace,
    RouteTable,
    Submount,
    emits,
    errorhandler,
    on,
)
from nsroute.middleware import rate_limit, require


def audit(dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
    """A middleware as it should be."""
    dispatch.sid = "another"  # rejected
    dispatch.params["room_id"] = 1  # rejected
    print(dispatch.kind == "message")  # rejected
    print(dispatch.user)  # rejected
    return proceed(1)  # rejected


def hasty(dispatch: Dispatch) -> Any:
    """A middleware that takes too little."""
    return dispatch


def wrong(dispatch: int, proceed: Callable[[], Any]) -> Any:
    """A middleware that takes something else."""
    return proceed()


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """A class with something wrong in every method."""

    @on(5)  # rejected
    def number(self) -> None:
        """An event that is no text."""

    @on("a", namespaces="/a")  # rejected
    def misspelt(self) -> None:
        """An argument that there is not."""

    @on("b", middleware=audit)  # rejected
    def one(self) -> None:
        """A middleware that is not in a list."""

    @on("c", middleware=[hasty])  # rejected
    def two(self) -> None:
        """A middleware that takes too little."""

    @on("d", middleware=[wrong])  # rejected
    def three(self) -> None:
        """A middleware that takes something else."""

    @on("e", log=1.5)  # rejected
    def four(self) -> None:
        """What is no policy of the log."""

    @on  # rejected
    def five(self) -> None:
        """A decorator without its event."""

    @errorhandler(ValueError("x"))  # rejected
    def six(self, problem: Exception) -> None:
        """An exception in the place of its class."""

    @errorhandler(str)  # rejected
    def seven(self, problem: Exception) -> None:
        """A class that is no exception."""

    @emits
    def said(self, text: str, loud: bool = False) -> None:
        """An event that is sent."""

    @emits("sure?")
    def sure(self, question: str) -> bool:
        """An event that is answered."""
        raise NotImplementedError

    @emits(5)  # rejected
    def eight(self) -> None:
        """An event that is no text."""

    def tells(self) -> None:
        """Send what is not declared so."""
        self.said()  # rejected
        self.said(5)  # rejected
        self.said("x", "y")  # rejected
        self.said("x", quiet=True)  # rejected
        self.said.to(rooms="x")  # rejected
        self.said.to("x")(5)  # rejected
        self.sure("?")  # rejected
        self.sure.to("x")  # rejected
        self.sure.call(self.sid)()  # rejected
        self.sure.call()("?")  # rejected
        self.sure.call(self.sid)("?").upper()  # rejected
        Room.said("x")  # rejected
        Room.said.via(5)("x")  # rejected

    def sends(self) -> None:
        """Call what there is with what it does not take."""
        self.emit(5)  # rejected
        self.emit()  # rejected
        self.emit("x", 1, namespace=5)  # rejected
        self.send()  # rejected
        self.call()  # rejected
        self.close_room(5)  # rejected

    def owns(self) -> None:
        """Write to what is only to be read."""
        self.clients.add("sid")  # rejected
        self.params["room_id"] = 1  # rejected
        self.lock.acquire("x")  # rejected


class Numbered(RoutedNamespace, namespace=5):  # rejected
    """A pattern that is no text."""


class Loose(RoutedNamespace, middleware=[hasty]):  # rejected
    """A list of what is no middleware."""


raise_it = EventError()  # rejected
EventError(5)  # rejected
LogPolicy(sample="10")  # rejected
LogPolicy(level="info")  # rejected
require("admin")  # rejected
require(lambda: True)  # rejected
require(lambda d: True, "forbidden")  # rejected
rate_limit(10)  # rejected
rate_limit("10", 1)  # rejected
rate_limit(10, 0.5)  # rejected
rate_limit(10, 1, kinds=["message"])  # rejected
rate_limit(10, 1, key="sid")  # rejected
Route(5, Room)  # rejected
Route("/x", str)  # rejected
Route("/x")  # rejected
Submount(["/x"], [Room])  # rejected
RouteTable([str])  # rejected
RouteTable([Room]).match()  # rejected
print(RouteTable([Room]).match("/rooms/1").params)  # rejected
MetaRouter()  # rejected
MetaRouter([5])  # rejected
MetaRouter([Room], middleware=[hasty])  # rejected
MetaRouter([Room], max_namespaces_per_client="10")  # rejected
MetaRouter([Room]).mount(SocketIO(), True)  # rejected
MetaRouter([Room]).namespace_for(5)  # rejected
MetaRouter([Room]).live["/rooms/1"] = Room("/rooms/1")  # rejected
MetaRouter([Room]).errorhandler("KeyError")  # rejected
Room(5)  # rejected
