"""Real clients of all libraries and transports, and what they hear of what is done.

Each method of `Clients` does one thing to all of them, and returns what they hear as it
stands in the tables of `docs/how-to/javascript.md`.
"""

from __future__ import annotations

import json
import re
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.support import requirements
from tests.support.browser import Browser, chromium
from tests.support.browser_client import BrowserPeer
from tests.support.clients import AnyJavaScriptPeer, JavaScriptPeer, PythonPeer
from tests.support.peer import Peer
from tests.support.raw_clients import RawWebSocket
from tests.support.sites import PATIENCE
from tests.support.stopped_servers import Balancer, started

ROOM, KICKED, CLEARED, _ = ROOMS = [
    f"/rooms/{name}" for name in ("room", "kicked", "cleared", "fourth")
]
REFUSED = [
    "/nowhere",
    *(f"/doors/{what}" for what in ("no", "refused", "closed", "members", "broken")),
    *("/ticketed", "/guarded", "/full", "/rooms/fifth"),
]
NAMES = [*REFUSED[:-1], *ROOMS, REFUSED[-1]]
AUTH = {"user": "ann"}
ANSWERED: list[tuple[Any, ...]] = [
    ("count", 3),
    ("nothing",),
    ("several",),
    ("reverse", b"\1\2\3"),
    ("sing",),
    ("count", "three"),
    ("own",),
    ("refuse",),
    ("abort",),
    ("guarded",),
    ("limited",),
    ("fail",),
]
LATER = "sends it once it has joined again"
Cells = list[str]


def cell(answer: list[Any]) -> str:
    """Write what a client's callback gets, as the page does."""
    if not answer:
        return "no argument"
    if isinstance(answer[0], dict):
        return f"error `{answer[0]['error']['code']}`"
    return ", ".join(
        "binary" if isinstance(value, bytes) else f"`{json.dumps(value)}`"
        for value in answer
    )


def refusals(peer: Peer) -> list[Cells]:
    """Return what a client hears of each name that it does not get into."""
    told = [peer.wait(name, "connect_error").args[0] for name in REFUSED]
    return [[f"`{one['message']}`", _data(one.get("data"))] for one in told]


def _data(data: Any) -> str:
    """Write the data of a refusal, without a list of problems."""
    shown = re.sub(r"\[.*\]", "[…]", json.dumps(data))
    return f"`{shown}`" if data else ""


def answers(peer: Peer, folder: Path) -> tuple[list[Cells], Any]:
    """Return what answers the events of a client, and what is said of a late answer.

    While it is late, the event that follows has to wait, and one more may not.
    """
    peer.call(ROOM, "limited")
    told = [peer.call(ROOM, *event) for event in ANSWERED]
    go = folder / f"{id(peer)}.go"
    late = peer.attempt(ROOM, "hold", str(go), seconds=0.1)
    peer.wait(ROOM, "held")
    peer.emit(ROOM, "echo")
    told.append(peer.call(ROOM, "echo"))
    said = late()
    go.touch()
    peer.wait(ROOM, "echoed")
    return [[cell(one)] for one in told], said


class Clients:
    """All clients, what is done to them, and what they hear of it."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self.folder = folder
        serve = ["-m", "tests.support.heard_site", "PORT"]
        self.one, self.other = (
            stack.enter_context(started([*serve, ping], folder, name, "threading"))
            for name, ping in (("one", "300"), ("other", "3"))
        )
        balancer = Balancer([self.one.port, self.other.port])
        stack.callback(balancer.close)
        self.url = balancer.url
        inside = RawWebSocket(self.url)
        stack.callback(inside.close)
        inside.send("0/full,")
        inside.receive_until("0/full")
        self.javascript = self._javascript(stack.enter_context(browser()))
        self.python: list[Peer] = []

    def _javascript(self, browser: Browser) -> list[AnyJavaScriptPeer]:
        one = JavaScriptPeer(self.url, "websocket", NAMES, AUTH, True)
        self._stack.callback(one.close)
        self.upgraded = BrowserPeer(browser, self.url, ["polling", "websocket"], [])
        polling = BrowserPeer(browser, self.url, ["polling"], [])
        for peer in (self.upgraded, polling):
            self._stack.callback(peer.close)
            for name in NAMES:  # one by one: a request may not carry them all
                peer.join_later(name, AUTH)
                peer.join([name])
        one.join(NAMES)
        self.upgraded.await_upgrade()
        return [one, self.upgraded, polling]

    def _connect_python(self, transport: str, names: list[str]) -> PythonPeer:
        peer = PythonPeer(self.url, transport, names, AUTH, reconnection=True)
        self._stack.callback(peer.close)
        peer.join(names)
        return peer

    @property
    def peers(self) -> list[Peer]:
        """Return all clients, those in Python last."""
        return [*self.javascript, *self.python]

    def connect(self) -> list[list[Cells]]:
        """Let all connect; return what each hears of what it does not get into."""
        told = [refusals(peer) for peer in self.javascript]
        for transport in ("websocket", "polling"):
            # It would not connect again while one of its namespaces refuses it.
            refused = self._connect_python(transport, NAMES)
            told.append(refusals(refused))
            refused.close()
            self.python.append(self._connect_python(transport, ROOMS))
        return told

    def ask(self) -> tuple[list[list[Cells]], Cells]:
        """Let all send events; return what each is answered, and what if it is late."""
        told = [answers(peer, self.folder) for peer in self.peers]
        return [one for one, _ in told], self._both([late for _, late in told])

    def misuse(self) -> tuple[Cells, Cells]:
        """Send an event with a reserved name, and one from outside of a namespace."""
        reserved = [peer.attempt(ROOM, "connect")() for peer in self.peers]
        for peer in self.peers:
            peer.emit(KICKED, "kick")
            peer.wait(KICKED, "disconnect")
        outside = [peer.attempt(KICKED, "count", 3) for peer in self.peers]
        for peer in self.javascript:
            peer.join_again(KICKED)
        told = self._both([answer() for answer in outside])
        return self._both(reserved), [told[0].replace("`[3]`", LATER), told[1]]

    def put_out(self) -> Cells:
        """Put all out of a namespace, as from another process."""
        self.javascript[0].emit(ROOM, "clear", "cleared")
        told = [peer.wait(CLEARED, "disconnect").args[0] for peer in self.peers]
        assert told == [
            peer.heard(KICKED, "disconnect")[0].args[0] for peer in self.peers
        ]
        return self._both(told)

    def drain(self) -> tuple[list[str], Cells]:
        """End a process while all wait for an answer; return what they are told."""
        go = self.folder / "drained.go"
        for peer in self.peers:
            peer.emit(ROOM, "hold", str(go))
            peer.wait(ROOM, "held", count=2)
        self.one.process.send_signal(signal.SIGTERM)
        meanwhile = [cell(self._refused(peer)) for peer in self.peers]
        go.touch()
        told = self._lost(1)
        assert self.one.process.wait(PATIENCE) == 0
        return meanwhile, told

    def _refused(self, peer: Peer) -> list[Any]:
        for _ in range(10_000):
            answer = peer.call(ROOM, "where")
            if isinstance(answer[0], dict):
                return answer
        raise AssertionError("the server does not drain")

    def _lost(self, count: int) -> Cells:
        """Wait until all are in again; return how they lost the connection."""
        told = []
        for peer in self.peers:
            peer.wait(ROOM, "connect", count=count + 1)
            told.append(peer.wait(ROOM, "disconnect", count=count).args[0])
        self.upgraded.await_upgrade()
        return self._both(told)

    def freeze(self) -> Cells:
        """Stop a process, and let it go on once all have noticed."""
        self.python.pop().close()  # by polling, it waits for seconds more
        self.other.process.send_signal(signal.SIGSTOP)
        told = [peer.wait(ROOM, "disconnect", count=2).args[0] for peer in self.peers]
        self.other.process.send_signal(signal.SIGCONT)
        for peer in self.peers:
            peer.wait(ROOM, "connect", count=3)
        return self._both(told)

    def kill(self) -> tuple[Cells, Cells, Cells]:
        """Kill a process while all wait for an answer; return what each hears."""
        self.upgraded.await_upgrade()
        never = str(self.folder / "never")
        waiting = [peer.attempt(ROOM, "hold", never, seconds=1) for peer in self.peers]
        for peer in self.peers:
            peer.wait(ROOM, "held", count=3)
        ends = [len(peer.heard(ROOM, "disconnect")) for peer in self.peers]
        errors = [len(peer.heard(ROOM, "connect_error")) for peer in self.peers]
        self.other.process.kill()
        told = [
            peer.wait(ROOM, "disconnect", count=before + 1).args[0]
            for peer, before in zip(self.peers, ends, strict=True)
        ]
        again = [
            peer.wait(ROOM, "connect_error", count=before + 1).args[0]
            for peer, before in zip(self.peers, errors, strict=True)
        ]
        for peer in self.javascript:
            assert len(peer.heard(CLEARED, "connect")) == 1
        for peer in self.python:
            assert len(peer.heard(CLEARED, "connect")) > 1
        active = [f"manager.nsps[{name!r}].active" for name in (ROOM, "/nowhere")]
        assert [self.upgraded.run(one) for one in active] == [True, False]
        texts = [one["message"] if isinstance(one, dict) else one for one in again]
        return tuple(
            self._both(one) for one in ([one() for one in waiting], told, texts)
        )

    def _both(self, told: list[Any]) -> Cells:
        """Return what those of each library are told, each text once."""
        many = len(self.javascript)
        return [
            " or ".join(dict.fromkeys(map(_text, ones)))
            for ones in (told[:many], told[many:])
        ]


def _text(told: Any) -> str:
    return cell([told]) if isinstance(told, dict) else f"`{told}`"


def browser() -> Any:
    """Run Chromium while a block runs."""
    requirements.node()
    return chromium(requirements.chromium())
