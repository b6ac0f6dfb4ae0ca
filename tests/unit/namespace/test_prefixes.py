"""Which route an event gets: the exact one, the longest prefix, the rest."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import Route, RoutedNamespace, on
from tests.support.packet_client import code, inline_client, served_class
from tests.support.sites import site


class Prefixes(RoutedNamespace):
    @on("*")
    def rest(self, event: str, *args: Any) -> list[Any]:
        return ["rest", event, *args]

    @on("cursor:*")
    def cursor(self, event: str, *args: Any) -> list[Any]:
        return ["cursor", event, *args]

    @on("cursor:move")
    def move(self, x: int = 0) -> list[Any]:
        return ["move", x]

    @on("cursor:move:*")
    def moved(self, event: str) -> list[Any]:
        return ["moved", event]


@pytest.mark.parametrize(
    "event,args,told",
    [
        ("cursor:move", (5,), ["move", 5]),
        ("cursor:move:", (), ["moved", "cursor:move:"]),
        ("cursor:move:fast", (), ["moved", "cursor:move:fast"]),
        ("cursor:moved", (1,), ["cursor", "cursor:moved", 1]),
        ("cursor:", (), ["cursor", "cursor:"]),
        ("cursor", (1, 2), ["rest", "cursor", 1, 2]),
        ("", (), ["rest", ""]),
        ("*", (), ["rest", "*"]),
        ("connected", (), ["rest", "connected"]),
    ],
)
def test_exact_beats_prefix_and_longer_beats_shorter(
    event: str, args: tuple[Any, ...], told: Any
) -> None:
    """The nearest route gets an event; one of several events gets its name first."""
    assert served_class(Prefixes)(event, *args) == told


def test_the_rest_is_no_lifecycle() -> None:
    """`"*"` takes neither connects nor disconnects, genuine or made up."""
    heard: list[str] = []

    class Room(RoutedNamespace):
        @on("*")
        def rest(self, event: str, *args: Any) -> None:
            heard.append(event)

    client = inline_client(site(Route("/it", Room)))
    client.join("/it")
    assert code(client.call("/it", "connect")) == "reserved_event"
    client.leave("/it")
    assert heard == []


def test_a_prefix_may_look_like_the_lifecycle() -> None:
    """`"connect*"` takes custom events that begin so, not the connect itself."""
    heard: list[str] = []

    class Room(RoutedNamespace):
        @on("connect*")
        def rest(self, event: str) -> None:
            heard.append(event)

    call = served_class(Room)
    call("connected")
    assert heard == ["connected"]
