"""One class, without an application: what a unit test of it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Any

from flask import Flask
from flask_socketio import Namespace, SocketIO
from werkzeug.routing import BaseConverter

from nsroute.router import MetaRouter
from nsroute.routing import Routable, Route, RouteTable, declared_patterns
from nsroute.testing.client import RouterClient

__all__ = ["serve"]


def serve(
    target: type[Namespace],
    namespace: str,
    *,
    pattern: str | None = None,
    converters: Mapping[str, type[BaseConverter]] | None = None,
    middleware: Iterable[Any] = (),
    config: Mapping[str, Any] | None = None,
) -> RouterClient:
    """Serve one class on an application made for it; give a client of that.

    The client is not connected yet. Its `connect()`, `call(…)` and the rest go to the
    namespace given; `client.router.live` holds the object that serves it, and
    `client.another()` is somebody else.

    Args:
        target: The class.
        namespace: The concrete namespace, such as `/rooms/1`.
        pattern: The pattern to serve; by default those that the class declares, or
            else the namespace alone.
        converters: As of `MetaRouter`.
        middleware: As of `MetaRouter`.
        config: Added to the configuration of the application, which is `TESTING`.

    Raises:
        LookupError: If no pattern matches the namespace.
    """
    routes: list[Routable] = [target]
    if pattern is not None or not declared_patterns(target):
        routes = [Route(pattern or namespace, target)]
    app = Flask("nsroute.testing")
    app.testing, app.secret_key = True, token_hex()
    app.config |= config or {}
    socketio = SocketIO(app, async_mode="threading")
    router = MetaRouter(routes, converters=converters, middleware=middleware)
    if router.table.match(namespace) is None:
        raise LookupError(_unmatched(router.table, namespace))
    router.mount(socketio)
    return RouterClient(app, socketio, namespace=namespace)


def _unmatched(table: RouteTable, namespace: str) -> str:
    reasons = {miss.route: f": {miss.reason}" for miss in table.near(namespace)}
    tried = (f"{route.pattern!r}{reasons.get(route, '')}" for route in table)
    return f"{namespace!r} does not match {'; nor '.join(tried)}"
