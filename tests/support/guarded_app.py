"""Classes whose connect guards are not where one looks first."""

from __future__ import annotations

from functools import partial, wraps
from typing import Any

from flask import Flask
from flask_socketio import ConnectionRefusedError, Namespace, SocketIO

from nsroute import MetaRouter, Route, RoutedNamespace, on
from tests.support.sites import Site

WORD = "swordfish"


def _guard(auth: Any) -> None:
    if auth != {"word": WORD}:
        raise ConnectionRefusedError("no stranger")


class OnObject(RoutedNamespace, namespace="/object/<int:n>"):
    """Puts its guard on itself."""

    def __init__(self, namespace: str, tell: str) -> None:
        super().__init__(namespace)
        self.on_connect = _guard
        self.on_tell = partial(str.__str__, tell)


class OldOnObject(Namespace):  # type: ignore[misc]
    """The same, in Flask-SocketIO's way."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.on_connect = _guard
        self.on_tell = lambda: "told"


def _guarded(handler: Any) -> Any:
    @wraps(handler)
    def wrapper(self: Any, auth: Any = None) -> Any:
        _guard(auth)
        return handler(self)

    return wrapper


class Decorated(RoutedNamespace, namespace="/decorated/<int:n>"):
    """Has a decorator above its mark, which uses `functools.wraps`."""

    @_guarded
    @on("connect")
    def join(self) -> None: ...

    @on("tell")
    def tell(self) -> str:
        return "told"


NAMES = ["/object/1", "/old", "/decorated/1"]


def guarded(mode: str) -> Site:
    """Serve them all."""
    app = Flask("guarded")
    socketio = SocketIO(app, async_mode=mode)
    routes: list[Any] = [
        partial(OnObject, tell="told"),
        Route("/old", OldOnObject),
        Decorated,
    ]
    return Site(app, socketio, MetaRouter(routes, log=False).mount(socketio))
