"""A room that raises in one place of its lifecycle, and what ran of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsroute import Route, RoutedNamespace, errorhandler, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import Site, site

INTERNAL = {"message": "internal error"}


class Room(RoutedNamespace):
    """It tells its scene of each step, which may raise."""

    scene: Scene

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.scene.step("__init__")

    def opened(self) -> None:
        self.scene.step("opened")

    def accepted(self) -> None:
        self.scene.step("accepted")

    def closed(self) -> None:
        self.scene.step("closed")

    @on("connect")
    def join(self) -> None:
        self.scene.step("join")

    @on("ping")
    def ping(self) -> str:
        return "pong"

    @on("disconnect")
    def part(self) -> None:
        self.scene.step("part")


class HandledRoom(Room):
    """It asks its scene what to make of an error."""

    @errorhandler()
    def handle(self, problem: Exception) -> Any:
        self.scene.handled.append(problem)
        return self.scene.handle(problem)


class Scene:
    """A room that raises in one place, and what ran of it."""

    def __init__(
        self, broken: dict[str, BaseException], handle: Any = None, **config: Any
    ) -> None:
        self.broken = broken
        self.handle = handle
        self.heard: list[str] = []
        self.handled: list[Exception] = []
        base = Room if handle is None else HandledRoom
        staged = type("Staged", (base,), {"scene": self})
        route = Route("/rooms/<int:room_id>", staged)
        self.site: Site = site(route, config=config)
        self.recorder = DispatchRecorder(self.site)
        self.client = inline_client(self.site)

    def step(self, name: str) -> None:
        self.heard.append(name)
        if name in self.broken:
            raise self.broken[name]

    def is_empty(self) -> bool:
        """Tell whether nothing is left of any client, in the router and upstream."""
        manager = self.site.socketio.server.manager
        kept = (manager.rooms, manager.pending_connect, manager.pending_disconnect)
        return not (self.site.router.live or any(kept))


def raises(exception: Exception) -> Callable[[Exception], Any]:
    """Make an error handler that raises."""

    def handle(_: Exception) -> Any:
        raise exception

    return handle
