"""What servers are made with: async mode, serializer, and who is let in how.

A test that holds in any of them takes one after the other.
"""

from __future__ import annotations

import itertools
from typing import Any

import attrs
from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter
from tests.support.servers import MODES, Site


@attrs.frozen
class World:
    """What a server is made with; a rule holds in all of them."""

    mode: str = "threading"
    serializer: str = "default"
    always_connect: bool = False
    error_default: bool = False
    """Whether the app has an `on_error_default` that answers everything."""
    async_handlers: bool = True

    def __str__(self) -> str:
        said = [self.mode, self.serializer]
        for name in ("always_connect", "error_default", "async_handlers"):
            said += [name] if getattr(self, name) else []
        return "-".join(said)

    def app(self, **options: Any) -> Site:
        """Make a site with nothing on it."""
        app = Flask("world", static_folder=None)
        app.config["SECRET_KEY"] = "only for tests"
        socketio = SocketIO(
            app,
            async_mode=self.mode,
            serializer=self.serializer,
            always_connect=self.always_connect,
            async_handlers=self.async_handlers,
            monitor_clients=False,
            **options,
        )
        if self.error_default:
            socketio.on_error_default(lambda error: f"default: {error}")
        return Site(app, socketio)

    def site(self, *routes: Any, **options: Any) -> Site:
        """Make a site with a router for these routes."""
        site = self.app(**options.pop("socketio", {}))
        site.router = MetaRouter(routes, **options).mount(site.socketio)
        return site


PLAIN = World()
ALL_WORLDS = list(
    itertools.starmap(
        World,
        itertools.product(
            MODES, ("default", "msgpack"), (False, True), (False, True), (True, False)
        ),
    )
)


def _departures(world: World) -> int:
    """Count the choices in which a world differs from the plain one."""
    chosen = zip(attrs.astuple(world), attrs.astuple(PLAIN), strict=True)
    return sum(one != plain for one, plain in chosen)


WORLDS = [world for world in ALL_WORLDS if _departures(world) % 2 == 0]
"""Half of them, in which any four choices meet in all ways."""
