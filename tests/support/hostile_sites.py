"""The classes and sites that hostile clients attack; they record what runs in them."""

from __future__ import annotations

import gc
import linecache
import sys
import threading
from pathlib import Path
from typing import Any

from engineio.socket import Socket
from flask import request
from flask_socketio import ConnectionRefusedError, join_room

from nsroute import EventError, LogPolicy, MetaRouter, RoutedNamespace, on
from nsroute.events_queue import workers
from nsroute.hardening import harden
from tests.support.apps import new_site
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


class Chat(RoutedNamespace, namespace="/chats/<string:name>", log=LogPolicy(sample=1)):
    """What a good client uses, and a hostile one attacks."""

    def opened(self) -> None:
        self.seen: list[str] = []

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        if auth == "refuse":
            raise ConnectionRefusedError("not you")
        if auth == "raise":
            raise RuntimeError("in connect")
        if auth == "False":
            return False
        if isinstance(auth, str) and auth.startswith("sleep"):
            self.server.sleep(float(auth.removeprefix("sleep")))
        return None

    def accepted(self) -> None:
        self.emit("welcome", self.params["name"], to=request.sid)

    @on("say")
    def say(self, *args: Any) -> list[Any]:
        self.emit("said", args[:1], include_self=False, to="listeners")
        return list(args)

    @on("flood")
    def flood(self, packets: int, size: int) -> None:
        for _ in range(packets):
            self.emit("much", "x" * size, to=request.sid)

    @on("share")
    def share(self, data: bytes) -> None:
        self.emit("shared", data, to="listeners")

    @on("listen")
    def listen(self) -> str:
        join_room("listeners")
        return "listening"

    @on("fall")
    def fall(self, how: str = "raise") -> Any:
        if how == "told":
            raise EventError("fell", "It fell.")
        raise RuntimeError("in an event")

    @on("out")
    def out(self) -> None:
        self.disconnect(request.sid)

    @on("typed")
    def typed(self, number: int, *, name: str) -> list[Any]:
        return [number, name]

    @on("disconnect")
    def gone(self, reason: str) -> None:
        if reason == "transport close":
            raise RuntimeError("in disconnect")


def chats(mode: str, **options: Any) -> Site:
    """Serve chats, and nothing beside them."""
    site = new_site(mode, **options)
    site.router = MetaRouter([Chat]).mount(site.socketio)
    return site


def chats_always_connect(mode: str) -> Site:
    """Serve chats, and accept before a handler is asked."""
    return chats(mode, always_connect=True)


def chats_hardened(mode: str, **options: Any) -> Site:
    """Serve chats on a hardened server, whose messages are short."""
    site = chats(mode, **{"max_http_buffer_size": 100_000, **options})
    harden(site.socketio, max_unread_bytes=1_000_000)
    return site


def chats_impatient(mode: str) -> Site:
    """Serve chats to clients that answer pings within a moment."""
    return chats(mode, ping_interval=1, ping_timeout=1)


def chats_in_order(mode: str) -> Site:
    """Serve chats, each client's events one after the other."""
    return chats(mode, async_handlers=False)


def chats_measured(mode: str) -> Site:
    """Serve chats, and tell what the process uses at `/_usage`."""
    return _measured(chats(mode, ping_interval=0.5, ping_timeout=5))


def chats_attacked(mode: str) -> Site:
    """Serve chats on a hardened server, and tell what the process uses."""
    return _measured(chats_hardened(mode, ping_interval=0.5, ping_timeout=5))


def _is_of_a_connection(thread: threading.Thread) -> bool:
    """Return whether a thread serves one connection; workers wait for the next job."""
    return any(one in thread.name for one in ("_thread", "writer", "_send_ping"))


def _measured(site: Site) -> Site:
    vars(workers)["IDLE_SECONDS"] = 1.0  # who measures waits for longer

    def usage() -> dict[str, int]:
        linecache.clearcache()  # the lines of files that tracebacks have shown
        gc.collect()
        pages = Path("/proc/self/statm").read_text().split()[1]
        return {
            "blocks": sys.getallocatedblocks(),
            "resident": int(pages) * 4096,
            "sockets": sum(issubclass(type(one), Socket) for one in gc.get_objects()),
            "threads": sum(map(_is_of_a_connection, threading.enumerate())),
        }

    site.app.add_url_rule("/_usage", view_func=usage)
    return site
