"""Boards on which one may draw only so often, alone or with other processes."""

from __future__ import annotations

from typing import Any

from nsroute import RoutedNamespace, on
from nsroute.middleware import Middleware, rate_limit
from tests.local import Wire, site
from tests.servers import Site

LONG = 24 * 3600
"""A window that does not end while a test runs."""


class Board(RoutedNamespace, namespace="/boards/<name>"):
    @on("draw")
    def draw(self, *points: Any) -> str:
        return "drawn"


def limited_site(middleware: Middleware) -> Site:
    """Make a site of boards behind a limit."""
    return site(Board, middleware=[middleware])


def draw(wire: Wire, times: int, name: str = "art", *args: Any) -> list[Any]:
    """Draw so many times; give the answers."""
    return [wire.call(f"/boards/{name}", "draw", *args) for _ in range(times)]


def shared_limit(
    redis: str, name: str, events: int = 3, seconds: int = LONG
) -> Middleware:
    """Make a limit for everybody in a Redis, the path of whose socket is given."""
    return rate_limit(
        events,
        seconds,
        key=lambda _: "everybody",
        storage=f"redis+unix://{redis}",
        name=name,
    )
