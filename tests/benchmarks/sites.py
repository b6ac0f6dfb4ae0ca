"""The servers of the end-to-end comparison: fifty rooms, plain, routed and bare."""

from __future__ import annotations

import logging
import os
from time import process_time
from typing import Any, ClassVar, cast

import socketio
import structlog
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.upstream.context import ClientContext, client_context
from nsroute.upstream.manager import client_manager
from tests.benchmarks.recording import record_to
from tests.support.apps import new_site
from tests.support.servers import Site

__all__ = ["ROOMS", "alone", "alone_in_context", "alone_recorded", "plain", "routed"]

ROOMS = 50


class Plain(Namespace):
    """An echo, as Flask-SocketIO users write it."""

    def on_connect(self, auth: object) -> None:
        """Let everybody in."""

    def on_disconnect(self, reason: str) -> None:
        """Do nothing."""

    def on_echo(self, text: str) -> str:
        """Answer with what came."""
        return text


class Bare(socketio.Namespace):
    """An echo without Flask: nothing but what python-socketio itself does."""

    def on_connect(self, sid: str, environ: object, auth: object = None) -> None:
        """Let everybody in."""

    def on_disconnect(self, sid: str, reason: str) -> None:
        """Do nothing."""

    def on_echo(self, sid: str, text: str) -> str:
        """Answer with what came."""
        return text


class Recorded(Bare):
    """The same, with the record that nsroute would write."""

    log = structlog.get_logger("nsroute")

    def on_echo(self, sid: str, text: str) -> str:
        """Answer with what came, and record that."""
        self.log.info(
            "nsroute.event",
            namespace=self.namespace,
            sio_event="echo",
            target="Room.echo",
            outcome="ok",
            duration_ms=0.012,
            arg_count=1,
            sid=sid,
            pattern="/rooms/<int:room_id>",
            params={"room_id": 42},
        )
        return text


class InContext(Recorded):
    """The same in a Flask context, which is made as nsroute makes it."""

    socketio: SocketIO
    contexts: ClassVar[dict[str, ClientContext]] = {}

    def on_connect(self, sid: str, environ: Any, auth: object = None) -> None:
        """Let everybody in."""
        made = client_context(self.socketio, environ, self.namespace, sid)
        self.contexts[sid] = made

    def on_echo(self, sid: str, text: str) -> str:
        """Answer with what came, in a context."""
        run = self.contexts[sid].run
        return run("echo", (text,), super().on_echo, sid, text)


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """An echo, routed."""

    @on("connect")
    def join(self, auth: object) -> None:
        """Let everybody in."""

    @on("disconnect")
    def leave(self, reason: str) -> None:
        """Do nothing."""

    @on("echo")
    def echo(self, text: str) -> str:
        """Answer with what came."""
        return text


def _site(mode: str) -> Site:
    handlers = os.environ["NSROUTE_BENCH_ASYNC_HANDLERS"] == "1"
    site = new_site(mode, async_handlers=handlers)
    site.app.add_url_rule("/cpu", "cpu", lambda: str(process_time()))
    return site


def plain(mode: str) -> Site:
    """Serve the rooms as exact classes, which is all that plain Flask-SocketIO can."""
    site = _site(mode)
    for number in range(ROOMS):
        site.socketio.on_namespace(Plain(f"/rooms/{number}"))
    return site


def routed(mode: str) -> Site:
    """Serve the rooms by one class; record each dispatch as JSON to a file."""
    site = _site(mode)
    _record()
    site.router = MetaRouter([Room]).mount(site.socketio)
    return site


def alone(mode: str) -> Site:
    """Serve the rooms by python-socketio alone: the least that an echo can cost."""
    return _alone(mode, Bare)


def alone_recorded(mode: str) -> Site:
    """Serve them so, with a record of each event, but of nothing else."""
    _record()
    Recorded.log = Recorded.log.bind()
    return _alone(mode, Recorded)


def alone_in_context(mode: str) -> Site:
    """Serve them so, each event in a Flask context.

    Packets are read, kept and sent as on a server with a router.
    """
    _record()
    Recorded.log = Recorded.log.bind()
    site = _alone(mode, InContext)
    client_manager(cast("Any", site.socketio.server))
    InContext.socketio = site.socketio
    return site


def _alone(mode: str, kind: type[Bare]) -> Site:
    site = _site(mode)
    for number in range(ROOMS):
        site.socketio.server.register_namespace(kind(f"/rooms/{number}"))
    return site


def _record() -> None:
    # Servers that are measured in turns may write to one file: their lines stay whole.
    file = open(os.environ["NSROUTE_BENCH_RECORDS"], "ab")  # noqa: SIM115, PTH123
    record_to(file, logging.INFO)
