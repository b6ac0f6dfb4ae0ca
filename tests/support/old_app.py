"""An application from before the router, and the same one with a router mounted.

Every handler notes what it saw; the event `seen` of `/old` answers with the notes.
"""

from __future__ import annotations

from typing import Any

import flask_socketio
from flask import request
from flask_socketio import ConnectionRefusedError, SocketIO

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.apps import Room, new_site
from tests.support.sites import Site

Notes = list[Any]


class Old(flask_socketio.Namespace):
    """A class on an exact name, with all that such a class could do."""

    def __init__(self, namespace: str, notes: Notes) -> None:
        super().__init__(namespace)
        self._notes = notes

    def note(self, *what: Any) -> None:
        self._notes.append([request.namespace, *what])

    def on_connect(self, auth: Any) -> None:
        self.note("connect", auth)
        self.emit("early", "before the answer")

    def on_disconnect(self, reason: str) -> None:
        self.note("disconnect", reason)

    def on_echo(self, *args: Any) -> Any:
        self.note("echo", request.event["message"], len(args))
        return args

    def on_one(self, value: Any) -> Any:
        return value

    def on_nothing(self) -> None:
        self.note("nothing")

    def on_room(self, name: str) -> list[str]:
        flask_socketio.join_room(name)
        self.emit("entered", name, room=name)
        flask_socketio.send("hello", to=name)
        return sorted(r for r in flask_socketio.rooms() if r != request.sid)

    def on_boom(self) -> None:
        raise ValueError("boom")

    def on_kick(self) -> str:
        flask_socketio.disconnect()
        return "gone"

    def on_seen(self) -> Notes:
        return self._notes


class Refusing(flask_socketio.Namespace):
    """A class that lets nobody in."""

    def on_connect(self, auth: Any) -> bool:
        if auth:
            raise ConnectionRefusedError("not you", {"auth": auth})
        return False


class Bare(flask_socketio.Namespace):
    """A class without lifecycle handlers."""

    def on_hi(self) -> str:
        return "bare"

    def on_boom(self) -> None:
        raise ValueError("nobody handles this one")


class Root(RoutedNamespace, namespace="/"):
    """A route for `/`, beside everything that was there before."""

    @on("hi")
    def hi(self) -> str:
        return "routed"


def _add_old_handlers(  # noqa: C901 - a list of handlers, not a branch in it
    socketio: SocketIO, notes: Notes
) -> None:
    socketio.on_namespace(Old("/old", notes))
    socketio.on_namespace(Refusing("/refusing"))
    socketio.on_namespace(Bare("/bare"))

    def note(*what: Any) -> None:
        notes.append([request.namespace, *what])

    @socketio.on("connect", namespace="/fn")
    def connected(auth: Any) -> None:
        note("connect", auth)
        flask_socketio.emit("early", 1)

    @socketio.on("disconnect", namespace="/fn")
    def disconnected(reason: str) -> None:
        note("disconnect", reason)

    @socketio.on("message", namespace="/fn")
    def message(text: str) -> str:
        note("message", text)
        flask_socketio.send(text.upper(), broadcast=True)
        return text

    @socketio.on("json", namespace="/fn")
    def json(value: Any) -> Any:
        note("json", value)
        return value

    @socketio.on("*", namespace="/rest")
    def rest(event: str, *args: Any) -> list[Any]:
        note("rest", event, args)
        return [event, *args]

    @socketio.on("tick", namespace="/events-only")
    def tick() -> str:
        return "tock"

    @socketio.on("fence", namespace="/fence")
    def fence() -> str:
        return "fence"

    @socketio.on_error("/old")
    def failed(error: Exception) -> str:
        note("failed", str(error))
        return "sorry"


def _site(mode: str, routes: list[Any] | None, **options: Any) -> Site:
    """Make it with handlers that run one by one, so that answers keep their order."""
    site = new_site(mode, namespaces=["/", "/listed"], async_handlers=False, **options)
    _add_old_handlers(site.socketio, [])
    if routes is not None:
        site.router = MetaRouter(routes).mount(site.socketio)
    return site


def before(mode: str) -> Site:
    """Make the application as it was."""
    return _site(mode, None)


def after(mode: str) -> Site:
    """Make the application with a router that leaves `/` alone."""
    return _site(mode, [Room])


def after_with_root(mode: str) -> Site:
    """Make the application with a router that has a route for `/` too."""
    return _site(mode, [Room, Root])


def before_always(mode: str) -> Site:
    """Make the application as it was, connects being answered at once."""
    return _site(mode, None, always_connect=True)


def after_always(mode: str) -> Site:
    """Make the application with a router, connects being answered at once."""
    return _site(mode, [Room], always_connect=True)


def after_always_with_root(mode: str) -> Site:
    """Make it with a route for `/` too, connects being answered at once."""
    return _site(mode, [Room, Root], always_connect=True)
