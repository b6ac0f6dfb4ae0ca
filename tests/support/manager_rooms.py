"""Rooms for the tests of the client manager, and what watches it from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request
from flask_socketio import join_room
from socketio import Manager
from socketio.pubsub_manager import PubSubManager

from nsroute import RoutedNamespace, on
from nsroute.upstream.connects import RefusedName
from nsroute.upstream.manager import ClientManager, client_manager
from tests.support.concurrency import wait_for
from tests.support.sites import Site


class Bus(PubSubManager):
    """A queue that nobody else listens to; what is published is kept."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.published: list[Any] = []

    def _publish(self, data: Any) -> None:
        self.published.append(data)

    def _listen(self) -> Iterator[Any]:
        return iter(())

    def initialize(self) -> None:
        Manager.initialize(self)


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """A room whose connect handler can be held up."""

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


class Moments:
    """A registry of the namespace `/a` that notes each moment of its clients."""

    def __init__(self, site: Site) -> None:
        self.noted: list[Any] = []
        self.is_postponed = False
        self.manager: ClientManager = client_manager(site.socketio.server)
        self.manager.registries.append(self)

    def claim(self, name: object) -> object:
        if name == "/barred":
            raise RefusedName
        return "claimed" if name == "/a" else None

    def client(self, namespace: str, sid: str) -> object:
        return None

    is_empty = True

    def close_lingering(self) -> None:
        self.noted.append("closed")

    def rooms_left(self, namespace: str, sid: str) -> list[str]:
        return []

    def on_refused(self, eio_sid: str) -> bool:
        return False

    def take_served(self, eio_sid: str) -> bool:
        return False

    def on_connected(self, namespace: str, sid: str) -> None:
        self.noted.append(("connected", namespace))

    def on_disconnected(self, namespace: str, sid: str, reason: str | None) -> None:
        self.noted.append(("disconnected", namespace, reason))

    def on_connection_ended(self, eio_sid: str, reason: str) -> None:
        self.noted.append(("ended", reason))

    def disconnect_when_connected(self, namespace: str, sid: str) -> bool:
        return self.is_postponed


TABLES = (
    *("rooms", "pending_connect", "pending_disconnect", "callbacks"),
    *("joined", "undecided", "disconnecting", "ending"),
)


def tables(manager: Any) -> dict[str, Any]:
    """Return what a client manager keeps of any client."""
    kept = {name: getattr(manager, name) for name in TABLES}
    return {name: value for name, value in kept.items() if value}
