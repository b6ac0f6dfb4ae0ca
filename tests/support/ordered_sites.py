"""Sites for the order of events over real connections, in processes of their own."""

from __future__ import annotations

import threading
from typing import Any

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.apps import new_site
from tests.support.sites import PATIENCE, Site

MAX_WORKERS = 16


class Desk(RoutedNamespace, namespace="/desks/<int:room>"):
    """Answers slowly, in order; the first thing that it does is to ask."""

    def accepted(self) -> None:
        answer = self.call("who?", to=self.sid, timeout=PATIENCE)
        self.emit("asked", answer, to=self.sid)

    @on("number")
    def number(self, number: int) -> int:
        self.server.sleep(0.003 if number % 3 == 0 else 0)
        self.emit("numbered", number, to=self.sid)
        return number

    @on("ask")
    def ask(self) -> Any:
        return [self.call("who?", to=self.sid, timeout=PATIENCE)]

    @on("block")
    def block(self) -> None:
        self.emit("blocked", to=self.sid)
        self.server.eio.create_event().wait()


class Turn(Desk, namespace="/turns/<int:room>", order="namespace"):
    """Does one thing at a time; `overlaps` counts where it did not."""

    def opened(self) -> None:
        self.busy = self.overlaps = 0

    def _take_a_turn(self) -> int:
        self.busy += 1
        self.overlaps += self.busy > 1
        self.server.sleep(0.001)
        self.busy -= 1
        return self.overlaps

    @on("connect")
    def enter(self) -> None:
        self._take_a_turn()

    @on("disconnect")
    def leave(self) -> None:
        self._take_a_turn()

    @on("turn")
    def turn(self) -> int:
        return self._take_a_turn()


def desks(mode: str) -> Site:
    """Serve desks; a ping every half second."""
    site = new_site(mode, ping_interval=0.5, ping_timeout=PATIENCE)
    site.router = MetaRouter([Desk, Turn]).mount(site.socketio)
    return site


class Crowd(RoutedNamespace, namespace="/crowds/<int:room>"):
    """Counts threads, and what comes out of order."""

    most = 0
    """Of how many threads the process has had at once."""

    @on("next")
    def next(self, number: int) -> int:
        Crowd.most = max(Crowd.most, threading.active_count())
        self.server.sleep(0.001)
        before = self.client.get("number", -1)
        self.client["number"] = number
        return number - before


def crowds(mode: str) -> Site:
    """Serve crowds; `/threads` tells how many there are, and were at most."""
    site = new_site(mode, ping_interval=300)
    site.router = MetaRouter([Crowd], max_workers=MAX_WORKERS).mount(site.socketio)
    site.app.add_url_rule(
        "/threads", "threads", lambda: [threading.active_count(), Crowd.most]
    )
    return site
