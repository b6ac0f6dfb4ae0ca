"""A site that does to its clients all that a server can do to them.

`python -m tests.support.heard_site PORT PING` serves it until SIGTERM, and drains then.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from os import getpid, kill
from pathlib import Path
from typing import Any

import attrs
from flask import Flask, abort
from flask_socketio import ConnectionRefusedError, SocketIO

from nsroute import EventError, MetaRouter, RoutedNamespace, on
from nsroute.middleware import rate_limit, require
from tests.support.sites import PATIENCE, Site


class Door(RoutedNamespace, namespace="/doors/<what>"):
    """It refuses in the way that its name says."""

    @on("connect")
    def join(self) -> bool:
        match self.params["what"]:
            case "refused":
                raise ConnectionRefusedError("Sign in first.", {"at": "/sign-in"})
            case "closed":
                raise EventError("closed", "Come at nine.", {"opens": 9})
            case "members":
                abort(403, "Members only.")
            case "broken":
                raise RuntimeError("secret")
        return False


@attrs.frozen
class Ticket:
    number: int


class Ticketed(RoutedNamespace, namespace="/ticketed"):
    @on("connect")
    def join(self, auth: Ticket) -> None:
        raise AssertionError("it must not run")


class Guarded(
    RoutedNamespace,
    namespace="/guarded",
    middleware=[require(lambda _: False, message="Not you.")],
):
    @on("any")
    def any(self) -> None: ...


class Full(RoutedNamespace, namespace="/full", capacity=1):
    @on("any")
    def any(self) -> None: ...


class Room(RoutedNamespace, namespace="/rooms/<name>"):
    """It answers in all ways there are."""

    @on("where", order=None)
    def where(self) -> int:
        return getpid()

    @on("nothing")
    def nothing(self) -> None: ...

    @on("several")
    def several(self) -> tuple[int, str]:
        return 1, "two"

    @on("reverse")
    def reverse(self, data: bytes) -> bytes:
        return data[::-1]

    @on("count")
    def count(self, number: int) -> int:
        return number

    @on("own")
    def own(self) -> None:
        raise EventError("closed", "Come at nine.")

    @on("refuse")
    def refuse(self) -> None:
        raise ConnectionRefusedError("Sign in first.")

    @on("abort")
    def abort(self) -> None:
        abort(404)

    @on("fail")
    def fail(self) -> None:
        raise RuntimeError("secret")

    @on("guarded", middleware=[require(lambda _: False)])
    def guarded(self) -> None:
        raise AssertionError("it must not run")

    @on("limited", middleware=[rate_limit(1, 3600)])
    def limited(self) -> None: ...

    @on("hold")
    def hold(self, file: str) -> None:
        """Run until there is a file."""
        self.emit("held", to=self.sid)
        while not Path(file).exists():
            self.server.sleep(0.01)

    @on("echo")
    def echo(self) -> None:
        self.emit("echoed", to=self.sid)

    @on("kick")
    def kick(self) -> None:
        self.disconnect(self.sid)

    @on("clear")
    def clear(self, other: str) -> None:
        self.router.of(Room, name=other).disconnect()


def heard(mode: str, **options: Any) -> Site:
    """Make the site; each client may be in four namespaces, and have one event wait."""
    app = Flask("heard")
    socketio = SocketIO(app, async_mode=mode, **options)
    router = MetaRouter(
        [Door, Ticketed, Guarded, Full, Room],
        max_namespaces_per_client=4,
        max_pending_events=1,
    )
    return Site(app, socketio, router.mount(socketio))


def heard_by_msgpack(mode: str) -> Site:
    """Make the site with another parser."""
    return heard(mode, serializer="msgpack")


def main(port: str, ping: str) -> None:
    """Serve the site, as "Stop without loss" has it."""
    site = heard("threading", ping_interval=int(ping), ping_timeout=int(ping))

    def drain_and_end() -> None:
        site.router.drain(PATIENCE)
        kill(getpid(), signal.SIGINT)

    def stop(_signal: int, _frame: object) -> None:
        site.socketio.start_background_task(drain_and_end)

    signal.signal(signal.SIGTERM, stop)
    with suppress(KeyboardInterrupt):
        site.socketio.run(site.app, port=int(port), allow_unsafe_werkzeug=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
