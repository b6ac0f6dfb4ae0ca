"""A worker of the load run: rooms without end, and what to ask it to do with them."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from time import process_time
from typing import Any

import structlog
from flask import Flask

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.apps import new_site
from tests.support.sites import Site

__all__ = ["site"]


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("connect")
    def join(self, auth: Any) -> None:
        """Let everybody in."""


def site(mode: str) -> Site:
    """Make a worker, on the message queue that the environment names."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )
    queue = os.environ["NSROUTE_BENCH_QUEUE"] or None
    made = new_site(mode, message_queue=queue, ping_interval=600)
    router = made.router = MetaRouter([Room], log=False).mount(made.socketio)
    process = made.socketio.server.manager.cluster_process

    def loop(count: int) -> dict[str, Any]:
        for number in range(count):
            made.socketio.emit("news", {"x": 1}, namespace=f"/rooms/{number}")
        return {}

    def emit() -> dict[str, Any]:
        router.of(Room).emit("news", {"x": 1})
        return {}

    def census() -> dict[str, Any]:
        return {"clients": router.of(Room).census().clients}

    def track(first: int, count: int, rooms: int) -> dict[str, Any]:
        for number in range(first, first + count):
            process.track(f"/rooms/{number % rooms}", "sid", str(number), None)
        return {"host": process.host}

    def behind(host: str, sequence: int) -> dict[str, Any]:
        return {"is_behind": process.presence.is_behind(host, sequence)}

    _add(made.app, "/cost", cost)
    _add(made.app, "/loop/<int:count>", loop)
    _add(made.app, "/emit", emit)
    _add(made.app, "/census", census)
    _add(made.app, "/track/<int:first>/<int:count>/<int:rooms>", track)
    _add(made.app, "/behind/<host>/<int:sequence>", behind)
    return made


def _add(app: Flask, rule: str, view: Any) -> None:
    app.add_url_rule(rule, view_func=view)


def cost() -> dict[str, float]:
    """Return the CPU time of this process, in µs, and its memory, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {"cpu": process_time() * 1e6, "memory": pages * os.sysconf("SC_PAGE_SIZE")}
