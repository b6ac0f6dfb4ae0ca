"""A site of which several processes run, with a message queue between them."""

from __future__ import annotations

import os
import threading
from typing import Any

import gevent
from flask import request
from flask_socketio import join_room
from socketio import RedisManager

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.apps import new_site
from tests.support.redis_server import CHANNEL
from tests.support.sites import Site

QUEUE = "NSROUTE_TEST_QUEUE"
"""The environment variable with the URL of the queue."""


def _current(mode: str) -> object:
    """Give the greenlet or the thread that runs this."""
    return gevent.getcurrent() if mode == "gevent" else threading.current_thread()


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.drawn = 0

    @on("say")
    def say(self, text: str) -> None:
        self.emit("said", text)

    @on("sid")
    def tell_sid(self) -> str:
        return str(request.sid)

    @on("enter")
    def enter(self, corner: str) -> None:
        join_room(corner)

    @on("whisper")
    def whisper(self, corner: str, text: str) -> None:
        self.emit("whispered", text, to=corner)

    @on("close")
    def close(self, corner: str) -> None:
        self.close_room(corner)

    @on("kick")
    def kick(self, sid: str) -> None:
        self.disconnect(sid)

    @on("ask")
    def ask(self, sid: str) -> Any:
        return self.call("favourite", "tea", to=sid)

    @on("disconnect")
    def part(self, reason: str) -> None:
        listens = self.server.manager.thread is _current(self.server.async_mode)
        said = {"user": request.sid, "reason": reason, "by_listener": listens}
        self.emit("parted", said)

    @on("known")
    def known(self) -> list[str]:
        return sorted(self.clients)

    @on("draw")
    def draw(self) -> int:
        self.drawn += 1
        return self.drawn


def shared(mode: str) -> Site:
    """Serve rooms whose clients may be in another process."""
    manager = RedisManager(os.environ[QUEUE], channel=CHANNEL)
    return _with(new_site(mode, client_manager=manager))


def by_url(mode: str) -> Site:
    """Serve the same, the queue being given by its URL as an application would."""
    return _with(new_site(mode, message_queue=os.environ[QUEUE]))


def _with(site: Site) -> Site:
    site.router = MetaRouter([Room]).mount(site.socketio)
    return site
