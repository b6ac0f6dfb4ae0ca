"""A site whose processes reach each other's live namespaces."""

from __future__ import annotations

import os
from typing import Any

from nsroute import MetaRouter, RoutedNamespace, RouteTable, on, on_server
from tests.support.apps import new_site
from tests.support.message_queue import QUEUE
from tests.support.sites import Site

PRESENCE_TIMEOUT = 3.0
"""Seconds after which these processes take a silent one for gone."""


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("pid")
    def pid(self) -> int:
        return os.getpid()

    @on("track")
    def track(self, key: str) -> None:
        self.presence.track(key)

    @on("present")
    def present(self) -> list[str]:
        return sorted(self.presence.list())

    @on("census")
    def census(self, timeout: float) -> list[Any]:
        found = self.router.of(Room).census(timeout)
        return [dict(found.namespaces), len(found.silent)]

    @on("emit everywhere")
    def emit_everywhere(self, data: Any) -> None:
        self.router.of(Room).emit("news", data)

    @on("refresh everywhere")
    def refresh_everywhere(self) -> None:
        self.router.of(Room).server_side_emit("refresh")

    @on("disconnect all of")
    def disconnect_all(self, room: int) -> None:
        self.router.of(Room, number=room).disconnect()

    @on_server("refresh")
    def refresh(self) -> None:
        self.emit("refreshed", self.params["number"], ignore_queue=True)

    def presence_changed(self, joins: dict[str, Any], leaves: dict[str, Any]) -> None:
        self.emit("changed", [sorted(joins), sorted(leaves)], ignore_queue=True)


TABLE = RouteTable([Room])


def shared(mode: str) -> Site:
    """Serve rooms, of which other processes serve some, too."""
    site = new_site(mode, message_queue=os.environ[QUEUE])
    router = MetaRouter(TABLE, presence_timeout=PRESENCE_TIMEOUT)
    site.router = router.mount(site.socketio)
    return site
