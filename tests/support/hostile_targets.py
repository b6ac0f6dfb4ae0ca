"""The classes that hostile clients attack; they note what runs in them."""

from __future__ import annotations

from typing import Any

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.sites import Site


class Vault(RoutedNamespace, namespace="/vaults/<string:name>"):
    """It counts what runs; `auth` must be right to get in."""

    runs: list[Any]

    @on("connect")
    def enter(self, auth: Any = None) -> bool:
        self.runs.append("connect")
        return auth != "wrong"

    @on("say")
    def say(self, *args: Any) -> Any:
        self.runs.append("say")
        return list(args)

    @on("*")
    def rest(self, event: str, *args: Any) -> Any:
        self.runs.append(event)
        return [event, *args]

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.runs.append(reason)


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """It keeps an event log; `auth` must be right to get in."""

    event_log: list[Any]

    @on("connect")
    def enter(self, auth: Any = None) -> bool:
        self.event_log.append("connect")
        return auth != "wrong"

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        return text

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.event_log.append(reason)


def mounted(site: Site, *routes: Any) -> Site:
    """Put a router on a site that serves something already."""
    site.router = MetaRouter(routes or [Room]).mount(site.socketio)
    return site
