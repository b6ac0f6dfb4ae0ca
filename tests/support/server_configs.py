"""Configurations of servers: async mode, serializer, and who is let in how.

A rule that holds in any of them is tested in `SERVER_CONFIGS`.
"""

from __future__ import annotations

import itertools
from typing import Any

import attrs
from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter
from tests.support.servers import MODES
from tests.support.sites import Site


@attrs.frozen
class ServerConfig:
    """How a server is configured."""

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
        app = Flask("config", static_folder=None)
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


DEFAULT_CONFIG = ServerConfig()


def _every_pair(*choices: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return combinations in which any two choices meet in all ways.

    Greedy: each combination is the one with the most pairs that have not met yet.
    """
    combinations = list(itertools.product(*choices))
    missing: set[Any] = set().union(*map(_pairs, combinations))
    chosen = []
    while missing:
        best = max(combinations, key=lambda one: len(missing & _pairs(one)))
        chosen.append(best)
        missing -= _pairs(best)
    return chosen


def _pairs(combination: tuple[Any, ...]) -> set[Any]:
    return set(itertools.combinations(enumerate(combination), 2))


SERVER_CONFIGS = [
    ServerConfig(*choices)
    for choices in _every_pair(
        tuple(MODES),
        ("default", "msgpack"),
        (False, True),
        (False, True),
        (True, False),
    )
]
"""Configurations in which any two options meet in all ways."""
