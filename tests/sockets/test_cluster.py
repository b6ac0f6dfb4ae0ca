"""Live namespaces in three real processes, which reach each other over a broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import attrs
import pytest

from tests.support.brokers import BROKERS, running
from tests.support.clients import Peer, PythonPeer
from tests.support.message_queue import QUEUE
from tests.support.servers import ROOT, Server, in_own_process
from tests.support.shared_queue import eventually
from tests.support.sites import PATIENCE

pytestmark = pytest.mark.sockets

FACTORY = "tests.support.cluster_site:shared"


@attrs.frozen
class Processes:
    """Three processes of a site; a client of each is in a room of its own."""

    url: str
    servers: list[Server]
    peers: list[Peer]

    def ask(self, number: int, event: str, *args: Any) -> Any:
        """Ask one process; return its answer."""
        answer = self.peers[number].call(f"/rooms/{number}", event, *args)
        return answer[0] if answer else None

    def eventually(
        self, number: int, event: str, args: list[Any], expected: Any
    ) -> None:
        """Ask one process until it answers as it must; not for ever."""
        deadline = time.monotonic() + PATIENCE
        while (answer := self.ask(number, event, *args)) != expected:
            assert time.monotonic() < deadline, answer


@pytest.fixture(
    params=[(name, mode) for name in BROKERS for mode in ("threading", "gevent")],
    ids="-".join,
)
def processes(request: pytest.FixtureRequest) -> Iterator[Processes]:
    """Start a broker, three processes, and a client in a room at each of them."""
    name, mode = request.param
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        broker = stack.enter_context(running(name))
        patch.setenv(QUEUE, broker.url)
        servers = [stack.enter_context(in_own_process(FACTORY, mode)) for _ in range(3)]
        peers: list[Peer] = []
        for number, server in enumerate(servers):
            peer = PythonPeer(server.url, "websocket", [f"/rooms/{number}"])
            stack.callback(peer.close)
            assert peer.join([f"/rooms/{number}"]) == []
            peers.append(peer)
        made = Processes(broker.url, servers, peers)
        everybody = [{f"/rooms/{number}": 1 for number in range(3)}, 0]
        for number in range(3):
            made.eventually(number, "census", [0.5], everybody)
        yield made


def test_all_is_reached_from_each_process(processes: Processes) -> None:
    """By one emit, by server-side events, and by a worker that serves nobody."""
    processes.ask(0, "emit everywhere", {"bytes": b"x"})
    for number, peer in enumerate(processes.peers):
        assert peer.wait(f"/rooms/{number}", "news").args == ({"bytes": b"x"},)
    processes.ask(1, "refresh everywhere")
    for number, peer in enumerate(processes.peers):
        assert peer.wait(f"/rooms/{number}", "refreshed").args == (number,)
    worker = """
import sys
from flask_socketio import SocketIO
from nsroute import Emitter
from tests.support.cluster_site import TABLE, Room
emitter = Emitter(TABLE, SocketIO(message_queue=sys.argv[1]))
emitter.of(Room).emit("news", "from a worker")
print(emitter.of(Room).census().clients)
"""
    done = subprocess.run(
        [sys.executable, "-c", worker, processes.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout == "3\n"
    for number, peer in enumerate(processes.peers):
        peer.wait(f"/rooms/{number}", "news", count=2)
    processes.ask(2, "disconnect all of", 0)
    processes.peers[0].wait("/rooms/0", "disconnect")


def test_a_process_that_is_killed_is_forgotten_and_another_takes_its_place(
    processes: Processes,
) -> None:
    """Its clients are present no more, and nobody waits for it in the end."""
    for number in range(3):
        processes.ask(number, "track", f"user {number}")
    here = processes.peers[0]
    room = PythonPeer(processes.servers[1].url, "websocket", ["/rooms/0"])
    assert room.join(["/rooms/0"]) == []
    room.call("/rooms/0", "track", "guest")
    processes.eventually(0, "present", [], ["guest", "user 0"])
    os.kill(processes.ask(1, "pid"), signal.SIGKILL)
    assert processes.ask(0, "census", 0.3) == [{"/rooms/0": 1, "/rooms/2": 1}, 1]
    processes.eventually(0, "present", [], ["user 0"])
    expected = [{"/rooms/0": 1, "/rooms/2": 1}, 0]
    processes.eventually(0, "census", [5.0], expected)
    room.close()
    changes = [heard.args[0] for heard in here.heard("/rooms/0", "changed")]
    assert changes == [[["user 0"], []], [["guest"], []], [[], ["guest"]]]
    with ExitStack() as stack:
        mode = processes.servers[1].mode
        server = stack.enter_context(in_own_process(FACTORY, mode))
        back = PythonPeer(server.url, "websocket", ["/rooms/0"])
        stack.callback(back.close)
        assert back.join(["/rooms/0"]) == []
        processes.eventually(0, "census", [5.0], [{"/rooms/0": 2, "/rooms/2": 1}, 0])
        back.call("/rooms/0", "track", "guest")
        processes.eventually(0, "present", [], ["guest", "user 0"])
        present = [["guest", "user 0"]]
        eventually(lambda: back.call("/rooms/0", "present") == present)
        processes.ask(2, "emit everywhere", "welcome")
        for peer in (here, back):
            assert peer.wait("/rooms/0", "news").args == ("welcome",)


def test_a_frozen_process_is_named_and_nobody_waits_for_longer(
    processes: Processes,
) -> None:
    """When it goes on, it is one of them again, and knows who is present."""
    processes.ask(1, "track", "user 1")
    everybody = [{f"/rooms/{number}": 1 for number in range(3)}, 0]
    processes.eventually(0, "census", [5.0], everybody)
    pid = processes.ask(1, "pid")
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert processes.ask(0, "census", 0.5)[1] == 1
        assert time.monotonic() - began >= 0.5
        processes.eventually(0, "census", [0.2], [{"/rooms/0": 1, "/rooms/2": 1}, 0])
    finally:
        os.kill(pid, signal.SIGCONT)
    for number in range(3):
        processes.eventually(number, "census", [5.0], everybody)
