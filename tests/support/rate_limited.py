"""Boards on which one may draw only so often, alone or with other processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsroute import Dispatch, EventError, RoutedNamespace, on
from nsroute.middleware import Middleware, rate_limit
from tests.support.packet_client import PacketClient
from tests.support.sites import Site, site

LONG = 24 * 3600
"""A window that does not end while a test runs."""


class Board(RoutedNamespace, namespace="/boards/<name>"):
    @on("draw")
    def draw(self, *points: Any) -> str:
        return "drawn"


def limited_site(middleware: Middleware) -> Site:
    """Make a site of boards behind a limit."""
    return site(Board, middleware=[middleware])


def draw(client: PacketClient, times: int, name: str = "art", *args: Any) -> list[Any]:
    """Draw so many times; give the answers."""
    return [client.call(f"/boards/{name}", "draw", *args) for _ in range(times)]


class Clock:
    """A clock that stands still, but where a test moves it."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def time(self) -> float:
        return self.now


def asked(*args: Any) -> Dispatch:
    """Make a dispatch of an event with some arguments."""
    return Dispatch(
        kind="event",
        event="draw",
        namespace="/boards/art",
        pattern=None,
        params={},
        sid=None,
        args=args,
        target=None,
    )


def limited(events: int, seconds: int) -> Callable[[str], bool]:
    """Make what says whether one more passes of a key."""
    limit = rate_limit(events, seconds, key=lambda dispatch: dispatch.args[0])

    def passes(key: str) -> bool:
        try:
            return limit(asked(key), lambda: True) is True
        except EventError:
            return False

    return passes


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
