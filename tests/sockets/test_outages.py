"""What is lost when a broker or a process fails, as the page's tables say.

Each is done to processes with a router and to those of Flask-SocketIO alone.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from nsroute import MetaRouter
from tests.sockets.test_brokers import Process
from tests.support import requirements
from tests.support.apps import new_site
from tests.support.brokers import Broker, Redis, end_listener, free_port, running
from tests.support.clients import PythonPeer
from tests.support.manager_rooms import Room
from tests.support.message_queue import connections_closed, silence
from tests.support.nginx import PAGE, gunicorn_command
from tests.support.sites import PATIENCE
from tests.support.stopped_servers import started

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("quiet")]

KINDS = ["Flask-SocketIO", "nsroute"]
Start = Callable[[Broker], tuple[Process, Process]]


def shown(happens: str, kind: str) -> str:
    """Return what the page's tables say of a failure."""
    rows = re.findall(r"^\|.*\|$", PAGE.read_text(), re.MULTILINE)
    table = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    [found] = [cells for cells in table if cells[0] == happens]
    return found[1 + KINDS.index(kind)]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """With a router, or without."""
    return str(request.param)


@pytest.fixture
def start(kind: str) -> Iterator[Start]:
    """Make two processes of a kind that share a broker, in this one."""
    made: list[Process] = []

    def pair(broker: Broker) -> tuple[Process, Process]:
        made.extend(make(kind, broker.url) for _ in range(2))
        return made[0], made[1]

    with connections_closed():
        yield pair
        for one in made:
            end_listener(one.manager)
            if kind == "nsroute":
                silence(one.manager)


def make(kind: str, url: str) -> Process:
    """Make a process of a kind; it listens from the beginning."""
    made = Process(new_site("threading", message_queue=url))
    made.manager._handle_emit = made.hear
    if kind == "nsroute":
        made.site.router = MetaRouter([Room], log=False).mount(made.site.socketio)
    else:
        made.site.socketio.server.manager_initialized = True
        made.manager.initialize()
    return made


def await_hearing(first: Process, second: Process) -> None:
    """Emit until the second process hears the first, and all that came before."""
    for _ in range(1000):
        first.emit("?")
        with second.grown:
            if second.grown.wait_for(lambda: second.heard, 0.05):
                break
    first.emit("!")
    second.wait(lambda heard: "!" in heard)


def count_heard(process: Process) -> str:
    """Return how many of a hundred emits a process has heard."""
    heard = [data for data in process.heard if isinstance(data, int)]
    assert heard == list(range(len(heard)))
    return f"{len(heard)} of 100"


def test_emits_while_the_broker_restarts(kind: str, start: Start) -> None:
    """What a process emits for others while there is no broker."""
    with running("redis") as broker:
        first, second = start(broker)
        await_hearing(first, second)
        second.heard.clear()
        broker.stop()
        for number in range(100):
            first.emit(number)
        broker.start()
        await_hearing(first, second)
    assert count_heard(second) == shown("The broker restarts.", kind)


def test_emits_before_the_broker_is_there(
    kind: str, start: Start, tmp_path: Path
) -> None:
    """What a process emits for others that starts before the broker."""
    broker = Redis(str(tmp_path))
    first, second = start(broker)
    for number in range(100):
        first.emit(number)
    try:
        broker.start()
        await_hearing(first, second)
    finally:
        broker.stop()
    assert count_heard(second) == shown("The broker comes late.", kind)


def emit_beside(process: Process) -> threading.Thread:
    """Emit in a thread; return the thread."""
    emitting = threading.Thread(target=lambda: [process.emit(n) for n in range(100)])
    emitting.start()
    return emitting


def test_emits_to_a_broker_that_hangs(kind: str, start: Start) -> None:
    """Whoever emits by Flask-SocketIO alone waits until it goes on."""
    with running("redis") as broker:
        first, second = start(broker)
        await_hearing(first, second)
        second.heard.clear()
        broker.pause()
        emitting = emit_beside(first)
        emitting.join(PATIENCE if kind == "nsroute" else 1)
        waits = emitting.is_alive()
        broker.resume()
        emitting.join(PATIENCE)
        await_hearing(first, second)
    words = f"{count_heard(second)}; whoever emits waits"
    said = words if waits else words.replace("whoever emits", "nobody")
    assert said == shown("The broker hangs for a second.", kind)


def test_emits_for_clients_of_a_frozen_process(kind: str, tmp_path: Path) -> None:
    """What another process emits meanwhile."""
    requirements.gunicorn()
    command = [*gunicorn_command(), "tests.support.with_and_without:app"]
    routed = {"ROUTED": "yes"} if kind == "nsroute" else {}
    with running("redis") as broker, ExitStack() as stack:
        peers = []
        for name in ("one", "other"):
            environ = {"QUEUE": broker.url, **routed}
            port = stack.enter_context(
                started(command, tmp_path, name, "threading", environ)
            ).port
            url = f"http://127.0.0.1:{port}"
            peers.append(peer := PythonPeer(url, "websocket", ["/rooms/1"]))
            stack.callback(peer.close)
            assert peer.join(["/rooms/1"]) == []
        ann, bob = peers
        while not bob.heard("/rooms/1", "said"):
            ann.call("/rooms/1", "say", 1)
        before = len(bob.heard("/rooms/1", "said"))
        [pid] = bob.call("/rooms/1", "pid")
        os.kill(pid, signal.SIGSTOP)
        try:
            ann.call("/rooms/1", "say", 100)
        finally:
            os.kill(pid, signal.SIGCONT)
        bob.wait("/rooms/1", "said", count=before + 100)
    assert shown("A process is frozen.", kind) == "100 of 100"


@pytest.mark.long
def test_without_a_router_whoever_emits_waits_for_rabbitmq() -> None:
    """While there is none; with a router nobody does, see `test_brokers`."""
    pytest.importorskip("kombu")
    plain = Process(
        new_site("threading", message_queue=f"amqp://127.0.0.1:{free_port()}/")
    )
    plain.manager._handle_emit = plain.hear
    emitting = threading.Thread(target=plain.emit, args=["lost"])
    emitting.start()
    emitting.join(1)
    assert emitting.is_alive()
    emitting.join(PATIENCE * 3)
    assert not emitting.is_alive()
