"""Which files of nsroute a connect, an event and a disconnect pass.

`python -m tests.benchmarks.files` prints them in the order in which they are entered,
with the number of calls. What is compiled when a class is defined does not count.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from flask_socketio import SocketIO
from structlog.testing import CapturingLoggerFactory

import nsroute
from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.testing import RouterClient

ROOT = Path(nsroute.__file__).parent


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """A class as in the README."""

    @on("connect")
    def join(self, auth: Any) -> None:
        """Let everybody in."""

    @on("message")
    def message(self, text: str) -> int:
        return len(text)


def files_passed(step: Callable[[], object]) -> dict[str, int]:
    """Return the files that a step enters, test kit excepted, with their calls."""
    calls: dict[str, int] = {}

    def profile(frame: FrameType, event: str, _: Any) -> None:
        path = Path(frame.f_code.co_filename)
        is_kit = frame.f_code.co_name in ("in_place", "stop_clock", "now")
        if event == "call" and path.is_relative_to(ROOT) and not is_kit:
            name = str(path.relative_to(ROOT))
            if not name.startswith(("testing/", "upstream/memory_connection")):
                calls[name] = calls.get(name, 0) + 1

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        step()
    finally:
        sys.setprofile(before)
    return calls


def measured() -> dict[str, dict[str, int]]:
    """Return the files of a connect, an event and a disconnect."""
    app = Flask(__name__)
    socketio = SocketIO(app, async_mode="threading", monitor_clients=False)
    MetaRouter([Room]).mount(socketio)
    server: Any = socketio.server
    server.async_handlers = False  # in this thread, which is the one that is watched
    first, client = RouterClient(app), RouterClient(app)
    first.connect("/rooms/42", auth={"user": "bob"})  # the object is there already
    first.call("message", "hi")
    hello = '2/rooms/42,1["message","hello"]'
    connect = files_passed(lambda: client.connect("/rooms/42", auth={"user": "ann"}))
    eio_sid = server.manager.eio_sid_from_sid(client.sid(), "/rooms/42")
    return {
        "connect": connect,
        "event": files_passed(lambda: server._handle_eio_message(eio_sid, hello)),
        "disconnect": files_passed(lambda: client.disconnect("/rooms/42")),
    }


if __name__ == "__main__":
    structlog.configure(logger_factory=CapturingLoggerFactory())
    for kind, found in measured().items():
        print(f"{kind}: {sum(found.values())} calls in {len(found)} files")
        for name, count in found.items():
            print(f"    {count:4} {name}")
