"""A site on which a dispatch can end in every way, and a client that tries them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_socketio import ConnectionRefusedError, Namespace

from nsroute import (
    Dispatch,
    EventError,
    Route,
    RoutedNamespace,
    errorhandler,
    on,
    on_server,
)
from tests.support.packet_client import PacketClient
from tests.support.server_configs import ServerConfig
from tests.support.sites import Site


class Vexed(Exception):
    """What an error handler handles."""


class Room(RoutedNamespace, namespace="/rooms/<string:fault>"):
    """It fails where the name says."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.trip("__init__")

    def trip(self, here: str) -> None:
        if self.params["fault"] == here:
            raise LookupError(f"tripped in {here}")

    def opened(self) -> None:
        self.trip("opened")

    @on("connect")
    def join(self, auth: Any = None) -> Any:
        self.trip("connect")
        if auth == "refuse":
            raise ConnectionRefusedError("not you")
        if auth == "answer":
            raise EventError("full", "The room is full.")
        if auth == "vex":
            raise Vexed
        return auth != "false"

    def accepted(self) -> None:
        self.trip("accepted")

    @on("say")
    def say(self, text: str) -> str:
        return text

    @on("fail")
    def fail(self) -> None:
        raise LookupError("lost")

    @on("reject")
    def reject(self) -> None:
        raise EventError("rude", "Mind your words.")

    @on("refuse")
    def refuse(self) -> None:
        raise ConnectionRefusedError("no more")

    @on("vex")
    def vex(self) -> None:
        raise Vexed("a bit")

    @on("mute")
    def mute(self) -> object:
        return object()

    @on("many:*")
    def many(self, event: str) -> str:
        return event

    @errorhandler(Vexed)
    def soothe(self, _error: Vexed) -> str:
        return "there, there"

    @on("disconnect")
    def part(self) -> None:
        self.trip("disconnect")

    def closed(self) -> None:
        self.trip("closed")

    @on_server("refresh")
    def refresh(self) -> None: ...


class Old(Namespace):
    """A class as Flask-SocketIO has it."""

    def on_hello(self) -> str:
        return "hello"


class Bouncer:
    """A middleware that answers some events itself, and fails at others."""

    def __call__(self, dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
        if dispatch.event == "barred":
            raise EventError("barred", "Not through here.")
        if dispatch.event == "answered":
            return "by middleware"
        if dispatch.event == "broken":
            raise LookupError("middleware broke")
        return proceed()


def make(config: ServerConfig, **options: Any) -> Site:
    """Make a site with all there is; failures are not raised out of it."""
    site = config.site(
        Room,
        Route("/old/<int:number>", Old),
        middleware=[Bouncer()],
        max_namespaces_per_client=3,
        **options,
    )
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    return site


def tell_everything(client: PacketClient) -> int:
    """Go along every path that a client can take; give how many dispatches that is."""
    joined = refused = 0
    for fault in "fine", "accepted", "disconnect", "closed", "nowhere/at/all":
        name = f"/rooms/{fault}"
        if fault == "nowhere/at/all":
            client.refusal(name)
            refused += 1
            continue
        client.join(name)
        joined += 1
        client.leave(name)
    for fault in "connect", "opened", "__init__":
        client.refusal(f"/rooms/{fault}")
        refused += 1
    client.join("/rooms/fine")
    names = ["say", "fail", "reject", "vex", "mute", "nonsense", "barred", "broken"]
    for name in [*names, "connect", "disconnect"]:
        client.call("/rooms/fine", name)
    client.close()
    return 2 * (joined + 1) + refused + len(names) + 2
