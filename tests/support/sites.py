"""An application with its `SocketIO` and router, and what a server keeps of clients."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import attrs
from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter

PATIENCE = 60.0
"""Seconds that a test waits for something that must come before it fails."""


@attrs.define
class Site:
    """An application as a factory of `tests.support.apps` makes it."""

    app: Flask
    socketio: SocketIO
    router: Any = None


SiteFactory = Callable[[str], Site]


def load(path: str) -> SiteFactory:
    """Import a factory by its path, `module:name`."""
    module, _, name = path.partition(":")
    factory: SiteFactory = getattr(importlib.import_module(module), name)
    return factory


def site(
    *routes: Any, config: dict[str, Any] | None = None, **router_options: Any
) -> Site:
    """Return an application with a router for these routes; it logs no records."""
    app = Flask("local", static_folder=None)
    app.config.update({"SECRET_KEY": "only for tests", **(config or {})})
    socketio = SocketIO(app, async_mode="threading")
    router = MetaRouter(routes, **{"log": False, **router_options})
    return Site(app, socketio, router.mount(socketio))


def state_of(site: Site, server: Any = None) -> dict[str, Any]:
    """Return what a server keeps of its clients; all empty after the last has left."""
    server = server or site.socketio.server
    manager = server.manager
    return {
        "rooms": {
            namespace: len(rooms.get(None, ()))
            for namespace, rooms in dict(manager.rooms).items()
        },
        "pending_connect": sum(map(len, manager.pending_connect.values())),
        "pending_disconnect": sum(map(len, manager.pending_disconnect.values())),
        "callbacks": len(manager.callbacks),
        "environ": len(server.environ),
        "live": sorted(site.router.live) if site.router else [],
    }


def left_behind(site: Site, server: Any = None) -> dict[str, Any]:
    """Return what a server keeps of clients; `environ` counts open connections.

    This is the one place where tests read the private tables of python-socketio and of
    nsroute.

    Args:
        site: The site.
        server: Its server; by default that of its `SocketIO`.
    """
    server = server or site.socketio.server
    manager: Any = server.manager
    registries = manager.registries
    kept = {
        **state_of(site, server),
        "binary": len(server._binary_packet),
        "clients": sum(len(one.memberships.joined) for one in registries),
        "live": sum(len(one.memberships.live) for one in registries),
        "joined": sum(map(len, manager.joined.values())),
        "undecided": len(manager.undecided),
        "disconnecting": len(manager.disconnecting),
        "timers": len(manager.scheduler or ()),
        "lingering": sum(len(one.memberships._lingering) for one in registries),
        "ending": len(manager.ending),
    }
    return {name: value for name, value in kept.items() if value}


def error(
    code: str, message: str | None = None, details: Any = None
) -> dict[str, dict[str, Any]]:
    """Return the acknowledgement of an error."""
    told = {"code": code, "message": message, "details": details}
    return {"error": {name: value for name, value in told.items() if value is not None}}
