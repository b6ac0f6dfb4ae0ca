"""Rooms for the tests of `SafeManager`, and a queue that nobody else listens to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request
from flask_socketio import join_room
from nsroute.manager import SafeManager
from socketio import Manager
from socketio.pubsub_manager import PubSubManager

from nsroute import RoutedNamespace, on
from tests.support.concurrency import wait_for
from tests.support.server_configs import ServerConfig


class Bus(PubSubManager):
    """A queue that nobody else listens to."""

    def _publish(self, data: Any) -> None:
        pass

    def _listen(self) -> Iterator[Any]:
        return iter(())

    def initialize(self) -> None:
        Manager.initialize(self)


class SafeBus(SafeManager, Bus):
    """A queue with a lock."""


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    reached: Any
    go: Any

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        join_room("inside")
        self.emit("hello", to=request.sid)
        self.emit("joins", request.sid[:0])
        if auth in ("refuse", "accept"):
            self.reached.set()
            wait_for(self.go)
        return auth != "refuse"

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        self.emit("said inside", text, to="inside")
        return text


def site_of(config: ServerConfig, manager: Any) -> Any:
    return config.site(Room, socketio={"client_manager": manager})
