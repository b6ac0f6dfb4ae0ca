"""Classes to mount, what they are mounted on, and whether they are served then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from flask_socketio import SocketIO

from nsroute import RoutedNamespace, on
from tests.support.packet_client import inline_client
from tests.support.sites import Site


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("where")
    def where(self) -> list[str]:
        return [self.namespace, current_app.name]

    @on("cursor:*")
    def cursor(self, event: str) -> str:
        return event


class Other(RoutedNamespace, namespace="/other/<name>"):
    pass


def new_app(name: str = "mounted") -> Flask:
    return Flask(name)


def new_socketio(app: Flask | None = None, **options: Any) -> SocketIO:
    return SocketIO(app, async_mode="threading", **options)


def serves(app: Flask, socketio: SocketIO, namespace: str = "/rooms/1") -> bool:
    """Return whether a client gets into a namespace of `Room`, and an answer there."""
    client = inline_client(Site(app, socketio))
    client.join(namespace)
    told = client.call(namespace, "where")
    return bool(told == [namespace, app.name])


def _handle(*_: Any) -> str:
    return "function"


Register = Callable[[SocketIO], Any]


def function_on(event: str, namespace: str) -> Register:
    """Return what puts a function on an event of a namespace."""
    return lambda socketio: socketio.on(event, namespace=namespace)(_handle)
