"""A site to attack, as upstream serves it and hardened; without a router too."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from flask import request
from flask_socketio import Namespace, emit, join_room

from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.hardening import harden
from tests.support.apps import new_site
from tests.support.sites import Site

LIMIT = 200_000
"""Bytes of a message, of all attachments of an event, and of what nobody reads."""


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """A room whose members make the server send what they like."""

    @on("echo")
    def echo(self, *args: Any) -> list[Any]:
        """Answer with what came."""
        return list(args)

    @on("share")
    def share(self, size: int) -> None:
        """Send the same bytes to everybody."""
        self.emit("shared", bytes(size))

    @on("flood")
    def flood(self, packets: int, size: int) -> None:
        """Send the client a lot."""
        for _ in range(packets):
            self.emit("much", "x" * size, to=request.sid)

    @on("fall")
    def fall(self) -> None:
        """Raise."""
        raise RuntimeError("in an event")


class Slow(RoutedNamespace, namespace="/slow"):
    """Its connect handler waits until somebody asks for `/_go`."""

    go: Any

    @on("connect")
    def enter(self) -> None:
        """Wait."""
        self.go.wait()

    @on("echo")
    def echo(self, *args: Any) -> list[Any]:
        """Answer with what came."""
        return list(args)


class Plain(Namespace):
    """The same without nsroute."""

    def on_connect(self, auth: object = None) -> None:
        """Let everybody in."""
        join_room("all")

    def on_echo(self, *args: Any) -> list[Any]:
        """Answer with what came."""
        return list(args)

    def on_share(self, size: int) -> None:
        """Send the same bytes to everybody."""
        emit("shared", bytes(size), to="all")


def upstreams(mode: str, **options: Any) -> Site:
    """Serve rooms as upstream serves them; tell what the process keeps at `/_kept`."""
    site = new_site(
        mode, max_http_buffer_size=LIMIT, **{"ping_interval": 600, **options}
    )
    site.socketio.on_namespace(Plain("/plain"))
    site.router = MetaRouter([Room, Slow]).mount(site.socketio)
    Slow.go = site.socketio.server.eio.create_event()
    site.app.add_url_rule("/_go", "go", lambda: str(Slow.go.set()))
    return _telling(site)


def hardened(mode: str, **options: Any) -> Site:
    """Serve the same, hardened."""
    site = upstreams(mode, **options)
    harden(site.socketio, max_unread_bytes=LIMIT)
    return site


def without_router(mode: str) -> Site:
    """Serve one exact namespace, hardened, without a router."""
    site = new_site(mode, max_http_buffer_size=LIMIT)
    harden(site.socketio, max_unread_bytes=LIMIT)
    site.socketio.on_namespace(Plain("/plain"))
    return _telling(site)


def impatient(mode: str) -> Site:
    """Serve the same, hardened, to clients that answer pings within a moment."""
    return hardened(mode, ping_interval=1, ping_timeout=1)


def upstreams_impatient(mode: str) -> Site:
    """Serve it as upstream does to clients that answer pings within a moment."""
    return upstreams(mode, ping_interval=1, ping_timeout=1)


class _Counting(logging.StreamHandler[Any]):
    """Counts what is logged, as it would be written."""

    written = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.written += len(self.format(record)) + 1


def _telling(site: Site) -> Site:
    server: Any = site.socketio.server
    log = _Counting()
    server.eio.logger.addHandler(log)

    def kept() -> dict[str, int]:
        sockets = list(server.eio.sockets.values())
        incomplete = list(server._binary_packet.values())
        return {
            "attached": sum(len(b) for one in incomplete for b in one.attachments),
            "logged": log.written,
            "peak": int(_status()["VmHWM"].split()[0]) * 1024,
            "resident": int(_status()["VmRSS"].split()[0]) * 1024,
            "sockets": sum(not one.closed for one in sockets),
            "threads": sum("_thread" in one or "writer" in one for one in _threads()),
            "unread": sum(one.queue.qsize() for one in sockets),
        }

    site.app.add_url_rule("/_kept", view_func=kept)
    return site


def _threads() -> list[str]:
    """Return the names of the threads; those of connections have their task in it."""
    return [thread.name for thread in threading.enumerate()]


def _status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)
