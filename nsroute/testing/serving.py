"""`serve`: a client of one class, on an application made for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from secrets import token_hex
from typing import Any, cast

from flask import Flask
from flask_socketio import Namespace, SocketIO
from werkzeug.routing import BaseConverter

from nsroute.router import MetaRouter
from nsroute.routing import Routable, Route, declared_patterns, is_target
from nsroute.testing.client import RouterClient


def _check_served(target: object, namespace: object) -> None:
    known = is_target(target) or isinstance(target, partial)
    if known and isinstance(namespace, str):
        return
    cure = ""
    if isinstance(target, str) and is_target(namespace):
        cure = f": write serve({cast('type', namespace).__name__}, {target!r})"
    wanted = "serve takes a class and then a name"
    raise TypeError(f"{wanted}, not {target!r} and {namespace!r}{cure}")


def serve(
    target: type[Namespace] | partial[Any],
    namespace: str,
    *,
    pattern: str | None = None,
    converters: Mapping[str, type[BaseConverter]] | None = None,
    middleware: Iterable[Any] = (),
    config: Mapping[str, Any] | None = None,
) -> RouterClient:
    """Serve a class, or a `functools.partial` of one, and return a client.

    The client is not connected yet; its methods use the given namespace, such as
    `/rooms/1`. `client.router.live` holds the object that serves it.

    Without a `pattern`, the patterns of the class are served, or the namespace itself
    if it has none. `converters` and `middleware` are those of `MetaRouter`; `config` is
    added to the configuration of the application, which is `TESTING`. `LookupError` is
    raised if no pattern matches the namespace.
    """
    _check_served(target, namespace)
    routes: list[Routable] = [target]
    if pattern is not None or not declared_patterns(target):
        routes = [Route(pattern or namespace, target)]
    app = Flask("nsroute.testing")
    app.testing, app.secret_key = True, token_hex()
    app.config |= config or {}
    socketio = SocketIO(app, async_mode="threading")
    router = MetaRouter(routes, converters=converters, middleware=middleware)
    if router.table.match(namespace) is None:
        reasons = {
            miss.route: f": {miss.reason}" for miss in router.table.near(namespace)
        }
        tried = (f"{one.pattern!r}{reasons.get(one, '')}" for one in router.table)
        raise LookupError(f"{namespace!r} does not match {'; nor '.join(tried)}")
    router.mount(socketio)
    return RouterClient(app, socketio, namespace=namespace)
