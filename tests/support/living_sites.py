"""A site of rooms with a life, for real connections."""

from __future__ import annotations

from nsroute import MetaRouter, RoutedNamespace, every, on
from tests.support.apps import new_site
from tests.support.sites import Site


class Lounge(
    RoutedNamespace, namespace="/lounges/<int:number>", linger=3600, capacity=2
):
    """It ticks, has two seats, and tells the lobby of its end."""

    def opened(self) -> None:
        self.ticks = 0
        self.visits = 0

    @on("connect")
    def enter(self) -> None:
        self.visits += 1

    @every(0.05)
    def tick(self) -> None:
        self.ticks += 1
        self.emit("tick", self.ticks)

    @on("visits")
    def count(self) -> int:
        return self.visits

    def closed(self) -> None:
        self.emit("closed", self.visits, namespace="/lobby")


class Booth(Lounge, namespace="/booths/<int:number>", linger=0.05):
    """It does not linger for long."""


class Lobby(RoutedNamespace, namespace="/lobby"):
    """It hears which lounges have closed."""


def lounges(mode: str) -> Site:
    """Serve lounges, and a lobby."""
    site = new_site(mode)
    site.router = MetaRouter([Lounge, Booth, Lobby]).mount(site.socketio)
    return site
