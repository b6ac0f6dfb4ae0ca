"""A server is told to end: its handlers run, and its clients go on at another one."""

from __future__ import annotations

import configparser
import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import pytest
import requests

from nsroute.live.draining import GRACE
from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.clients import PEERS, JavaScriptPeer, Peer
from tests.support.drained import NAMESPACES
from tests.support.servers import MODES, ROOT
from tests.support.sites import PATIENCE
from tests.support.stopped_servers import Balancer, Stopped, started

pytestmark = pytest.mark.sockets

PAGE = ROOT / "docs" / "how-to" / "draining.md"
DEPLOYING = (PAGE.parent / "deploying.md").read_text()
SHOWN = blocks(PAGE, "sh")[0].splitlines()
GUNICORN = [
    ["-m", *line.removeprefix("ASYNC_MODE=gevent ").split(), "--bind", "127.0.0.1:PORT"]
    for line in SHOWN
]
"""The commands of the page; `started` sets `ASYNC_MODE`."""
COMMANDS = {
    "gunicorn, threads": (GUNICORN[0], "threading"),
    "gunicorn, gevent": (GUNICORN[1], "gevent"),
    "run, threads": (["documents.py"], "threading"),
    "run, gevent": (["documents.py"], "gevent"),
}
CLIENTS = [
    ("python", "websocket", "/rooms/1"),
    ("javascript", "polling", "/rooms/1"),
    ("javascript", "websocket", "/rooms/2"),
    ("python", "polling", "/rooms/2"),
    ("python", "websocket", "/rooms/3"),
]
ROWS = [
    [cell.strip().replace("`socketio.run`", "run") for cell in row.split("|")[1:-1]]
    for row in re.findall(r"^\|.*\|$", PAGE.read_text(), re.MULTILINE)[2:]
]
every_server = pytest.mark.parametrize("server", COMMANDS)


def shown(server: str) -> list[str]:
    """Return what the page says of a server: without and with the recipe."""
    [row] = [row for row in ROWS if row[0] == server]
    return row[1:]


def test_the_table_of_the_page_has_all_servers() -> None:
    """The tests below compare each row with what happens."""
    assert [row[0] for row in ROWS] == list(COMMANDS)


def test_the_page_on_deployment_says_the_same() -> None:
    """Of the signal SIGTERM, with `drain` and without."""
    [told] = re.findall(r"^\| SIGTERM \| (.*) \| (.*), with", DEPLOYING, re.MULTILINE)
    assert {tuple(row[1:]) for row in ROWS} == {told}


def test_each_of_the_pages_timeouts_is_longer_than_the_next() -> None:
    """Each waits for what it tells to end."""
    requirements.gunicorn()
    graceful = import_module("gunicorn.config").GracefulTimeout.default
    text = PAGE.read_text()
    [stop] = re.findall(r"TimeoutStopSec=(\d+)", text)
    drain = {int(found) for found in re.findall(r"timeout=(\d+)", text)}
    assert int(stop) > graceful > max(drain) + 2 * GRACE


def test_the_unit_starts_what_the_page_runs() -> None:
    """In threads, and with the signal that the page is about."""
    [text] = blocks(PAGE, "ini")
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(text)
    service = unit["Service"]
    assert service["ExecStart"].rpartition("/bin/")[2] == SHOWN[0]
    assert service["ExecStart"].startswith(service["WorkingDirectory"])
    assert (service["KillSignal"], service["KillMode"]) == ("SIGTERM", "mixed")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def prepare(folder: Path, *, routed: bool) -> None:
    """Write the application, with the recipes of the page where it has a router."""
    head = (
        "import signal\nfrom contextlib import suppress\n"
        "from os import environ, getpid, kill\nfrom tests.support.drained import make\n"
        f"app, socketio, router = make({routed})\n"
    )
    _, gunicorn, run = blocks(PAGE, "python")
    if routed:
        (folder / "gunicorn.conf.py").write_text(gunicorn)
    else:
        run = run[run.index("if __name__") :].replace(", stop)", ", signal.SIG_DFL)")
    (folder / "documents.py").write_text(head + run)


def start(
    stack: ExitStack, folder: Path, server: str, name: str, *more: str
) -> Stopped:
    """Start a server of the page."""
    if server.startswith("gunicorn"):
        requirements.gunicorn()
    command, mode = COMMANDS[server]
    if mode not in MODES:
        pytest.skip(f"{mode} is not among NSROUTE_MODES")
    return stack.enter_context(started([*command, *more], folder, name, mode))


def connect_all(stack: ExitStack, url: str) -> list[tuple[Peer, str]]:
    """Connect five clients in three namespaces, by both transports."""
    requirements.node()
    connected = []
    for library, transport, namespace in CLIENTS:
        peer = PEERS[library](url, transport, [namespace], None, True)
        stack.callback(peer.close)
        assert peer.join([namespace]) == []
        connected.append((peer, namespace))
    return connected


@every_server
def test_clients_go_on_at_another_process(
    server: str, stack: ExitStack, tmp_path: Path
) -> None:
    """All handlers run, the process ends, and each client is back by itself."""
    prepare(tmp_path, routed=True)
    patient = ["--graceful-timeout", "1000"] if "gunicorn" in server else []
    one, other = (
        start(stack, tmp_path, server, name, *patient) for name in ("one", "other")
    )
    balancer = Balancer([one.port, other.port])
    stack.callback(balancer.close)
    clients = connect_all(stack, balancer.url)
    # One that never asks for what is sent to it holds up nobody.
    handshake = f"{balancer.url}/socket.io/?EIO=4&transport=polling"
    assert requests.get(handshake, timeout=PATIENCE).status_code == 200
    before = {peer.call(namespace, "where")[0] for peer, namespace in clients}
    one.process.send_signal(signal.SIGTERM)
    for peer, namespace in clients:
        peer.wait(namespace, "connect", count=2)
        [heard] = peer.heard(namespace, "disconnect")
        assert heard.args in {("transport close",), ("transport error",)}
    after = {peer.call(namespace, "where")[0] for peer, namespace in clients}
    assert len(before) == len(after) == 1
    assert before != after
    assert one.process.wait(PATIENCE) == 0
    ran = Counter(one.noted())
    assert shown(server)[1] == (
        f"{ran['disconnect: server shutting down']} of {len(CLIENTS)}, "
        f"and {ran['closed']} of {len(NAMESPACES)} `closed`"
    )
    assert ran.total() == len(CLIENTS) + len(NAMESPACES)
    assert other.noted() == []


@pytest.mark.parametrize("server", ["run, threads", "gunicorn, gevent"])
def test_who_comes_meanwhile_goes_to_another_process(
    server: str, transport: str, stack: ExitStack, tmp_path: Path
) -> None:
    """By a new connection, or by one of which a handler still runs."""
    prepare(tmp_path, routed=True)
    one, other = (start(stack, tmp_path, server, name) for name in ("one", "other"))
    balancer = Balancer([one.port, other.port])
    stack.callback(balancer.close)
    ann = begin_to_connect(stack, balancer.url, transport)
    ann.wait("/rooms/1", "connect")
    ann.emit("/rooms/1", "hold")
    ann.wait("/rooms/1", "held")
    one.process.send_signal(signal.SIGTERM)
    await_draining(ann)
    bob = begin_to_connect(stack, balancer.url, transport)
    ann.join_later("/rooms/9")
    one.notes.with_suffix(".go").touch()
    ann.wait("/rooms/9", "connect")
    ann.wait("/rooms/1", "connect", count=2)
    bob.wait("/rooms/1", "connect")
    heard = [one.event for one in ann.heard("/rooms/1")]
    assert heard[:4] == ["connect", "held", "released", "disconnect"]
    places = [peer.call("/rooms/1", "where") for peer in (ann, bob)]
    assert places[0] == places[1]
    assert one.process.wait(PATIENCE) == 0


def begin_to_connect(stack: ExitStack, url: str, transport: str) -> JavaScriptPeer:
    """Start a socket.io-client, which tries until it is in."""
    requirements.node()
    peer = JavaScriptPeer(url, transport, ["/rooms/1"], reconnection=True)
    stack.callback(peer.close)
    return peer


def await_draining(peer: Peer) -> None:
    """Ask until the server answers that it is about to end."""
    for _ in range(1000):
        [answer] = peer.call("/rooms/1", "where")
        if isinstance(answer, dict):
            assert answer["error"]["code"] == "draining"
            return
    raise AssertionError("the server does not drain")


@every_server
def test_without_the_recipe_no_handler_runs(
    server: str, stack: ExitStack, tmp_path: Path
) -> None:
    """Plain Flask-SocketIO, told to end, runs no disconnect handler."""
    prepare(tmp_path, routed=False)
    hurried = ["--graceful-timeout", "1"] if "gunicorn" in server else []
    one, other = (
        start(stack, tmp_path, server, name, *hurried) for name in ("one", "other")
    )
    balancer = Balancer([one.port, other.port])
    stack.callback(balancer.close)
    clients = connect_all(stack, balancer.url)
    one.process.send_signal(signal.SIGTERM)
    one.process.wait(PATIENCE)
    for peer, namespace in clients:
        peer.wait(namespace, "connect", count=2)
    ran = one.noted()
    assert ran == []
    assert shown(server)[0] == f"{len(ran)} of {len(CLIENTS)} disconnect handlers"


@pytest.mark.parametrize("routed", [True, False])
def test_after_kill_9_clients_go_on_though_no_handler_ran(
    routed: bool, stack: ExitStack, tmp_path: Path
) -> None:
    """Nobody is told of that signal; each client is back by itself."""
    prepare(tmp_path, routed=routed)
    one, other = (
        start(stack, tmp_path, "run, threads", name) for name in ("one", "other")
    )
    balancer = Balancer([one.port, other.port])
    stack.callback(balancer.close)
    clients = connect_all(stack, balancer.url)
    one.process.kill()
    for peer, namespace in clients:
        peer.wait(namespace, "connect", count=2)
        [heard] = peer.heard(namespace, "disconnect")
        assert heard.args in {("transport close",), ("transport error",)}
    assert one.noted() == []
    told = f"0 of {len(CLIENTS)} disconnect handlers"
    assert f"| SIGKILL | {told} | {told} |" in DEPLOYING
