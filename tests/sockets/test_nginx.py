"""One process, and four behind nginx and Redis: users cannot tell which it is."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs
import pytest
import requests

from tests.support import requirements
from tests.support.clients import PEERS
from tests.support.nginx import nginx, page_site, served
from tests.support.peer import Heard, Peer
from tests.support.sites import PATIENCE
from tests.support.stopped_servers import Balancer

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(sys.platform != "linux", reason="needs all of 127.0.0.0/8"),
]

USERS = {
    "ann": ("python", "websocket", "/rooms/1"),
    "bob": ("javascript", "polling", "/rooms/1"),
    "carol": ("python", "polling", "/rooms/1"),
    "dan": ("javascript", "websocket", "/rooms/2"),
}


@attrs.frozen
class Deployment:
    """An application as its users reach it, each from an address of its own."""

    ports: list[int]
    url: str
    addresses: list[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deployed")


def deploy(stack: ExitStack, processes: int, folder: Path) -> Deployment:
    """Serve the same file in one process, or in several behind the page's nginx."""
    folder.mkdir()
    app = "tests.support.moving:app"
    ports = stack.enter_context(served(app, processes, folder))
    url = f"http://127.0.0.1:{ports[0]}"
    if processes > 1:
        url = stack.enter_context(nginx(page_site(), ports, folder / "nginx"))
    addresses = []
    for number, _ in enumerate(USERS, start=1):
        port = int(url.rpartition(":")[2])
        network = Balancer([port], source=f"127.0.{number}.1")
        stack.callback(network.close)
        addresses.append(network.url)
    return Deployment(ports, url, addresses)


@pytest.fixture(scope="module")
def four(folder: Path) -> Iterator[Deployment]:
    """Run four processes behind nginx, with Redis."""
    requirements.nginx()
    with ExitStack() as stack:
        yield deploy(stack, 4, folder / "four")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_user_stays_with_a_process(four: Deployment) -> None:
    """By its address; the processes share the users."""
    pids = [
        {requests.get(f"{url}/pid", timeout=PATIENCE).text for _ in range(5)}
        for url in four.addresses
    ]
    assert [len(of_one) for of_one in pids] == [1] * len(USERS)
    assert len(set.union(*pids)) == 4


def test_addresses_of_one_network_come_to_one_process(
    four: Deployment, stack: ExitStack
) -> None:
    """What counts is the address but for its last number."""
    port = int(four.url.rpartition(":")[2])
    neighbour = Balancer([port], source="127.0.1.200")
    stack.callback(neighbour.close)
    pids = [
        requests.get(f"{url}/pid", timeout=PATIENCE).text
        for url in (four.addresses[0], neighbour.url)
    ]
    assert pids[0] == pids[1]


def test_users_of_a_killed_worker_are_back_by_themselves(
    four: Deployment, stack: ExitStack
) -> None:
    """In the worker that gunicorn starts in its place."""
    url = four.addresses[0]
    peer = PEERS["python"](url, "websocket", ["/rooms/9"], "eve", True)
    stack.callback(peer.close)
    assert peer.join(["/rooms/9"]) == []
    before = int(requests.get(f"{url}/pid", timeout=PATIENCE).text)
    os.kill(before, signal.SIGKILL)
    peer.wait("/rooms/9", "connect", count=2)
    assert int(requests.get(f"{url}/pid", timeout=PATIENCE).text) != before


@attrs.define
class Conversation:
    """What users do one after the other, and all that they hear of it."""

    peers: dict[str, Peer]
    said: list[Any] = attrs.field(factory=list)

    def do(self, user: str, event: str, *args: Any) -> None:
        """Let a user send an event, and note the answer."""
        self.said.append(self.peers[user].call(USERS[user][2], event, *args))

    def wait(self, event: str, users: str, count: int = 1) -> None:
        """Wait until these users have heard an event."""
        for user in users.split():
            self.peers[user].wait(USERS[user][2], event, count=count)

    def until(self, user: str, event: str, expected: Any) -> None:
        """Let a user ask until it is answered as it must be."""
        for _ in range(1000):
            if self.peers[user].call(USERS[user][2], event) == [expected]:
                return
        raise AssertionError(f"{event} is never {expected}")

    def heard(self) -> dict[str, list[Heard]]:
        """Return what each user has heard, in order."""
        return {user: one.heard(USERS[user][2]) for user, one in self.peers.items()}


def converse(deployment: Deployment) -> tuple[list[Any], dict[str, list[Heard]]]:
    """Let users talk to an application; return what was answered and heard."""
    with ExitStack() as stack:
        talk = Conversation({})
        for user, url in zip(USERS, deployment.addresses, strict=True):
            library, transport, room = USERS[user]
            peer = talk.peers[user] = PEERS[library](url, transport, [room], user)
            stack.callback(peer.close)
            assert peer.join([room]) == []
            there = [one for one in talk.peers if USERS[one][2] == room]
            for number, one in enumerate(there):
                talk.until(one, "present", there)
                talk.wait("presence", one, count=len(there) - number)
        _refuse(stack, deployment)
        _talk(talk)
        return talk.said, talk.heard()


def _refuse(stack: ExitStack, deployment: Deployment) -> None:
    stranger = PEERS["python"](
        deployment.addresses[0], "websocket", ["/rooms/1", "/rooms/x"], "stranger"
    )
    stack.callback(stranger.close)
    assert stranger.join(["/rooms/1", "/rooms/x"]) == ["/rooms/1", "/rooms/x"]
    [first] = stranger.heard("/rooms/1")
    assert first.args == ({"message": "sign in first"},)


def _talk(talk: Conversation) -> None:
    talk.do("ann", "say", "hello")
    talk.wait("said", "ann bob carol")
    talk.do("bob", "say", "hello, ann")
    talk.wait("said", "ann bob carol", count=2)
    talk.do("carol", "whisper", "ann", "psst")
    talk.wait("whispered", "ann")
    talk.do("ann", "ask", "bob", "are you there?")
    talk.do("carol", "ask", "ann", "and you?")
    for user in ("ann", "bob", "carol"):
        talk.do(user, "sit", "by the window")
    talk.do("bob", "toast", "by the window")
    talk.wait("toast", "ann carol")
    talk.do("carol", "picture", b"\x00\xff")
    talk.wait("picture", "ann bob carol")
    talk.do("dan", "announce", "dinner")
    talk.wait("announced", "ann bob carol dan")
    talk.do("bob", "remind")
    talk.wait("reminded", "ann bob carol dan")
    talk.until("dan", "count", {"/rooms/1": 3, "/rooms/2": 1})
    talk.do("dan", "say", 5)
    talk.do("ann", "dance")
    talk.do("ann", "put out", "bob")
    talk.wait("disconnect", "bob")
    talk.until("carol", "present", ["ann", "carol"])
    talk.wait("presence", "ann", count=4)
    talk.wait("presence", "carol", count=2)
    talk.until("dan", "count", {"/rooms/1": 2, "/rooms/2": 1})


def test_users_cannot_tell_one_process_from_four(
    four: Deployment, stack: ExitStack, folder: Path
) -> None:
    """The same file and the same script: the same answers, and the same is heard."""
    requirements.node()
    one = deploy(stack, 1, folder / "one")
    said, heard = converse(one)
    assert said[0] == [5]
    assert heard["bob"][-1] == Heard("/rooms/1", "disconnect", ["io server disconnect"])
    assert converse(four) == (said, heard)


def test_a_browser_on_a_port_of_its_own_is_let_in(
    four: Deployment, folder: Path
) -> None:
    """By the page's site; behind Debian's `proxy_params` its origin is refused."""
    path = "socket.io/?EIO=4&transport=polling"

    def connect(url: str) -> requests.Response:
        return requests.get(f"{url}/{path}", headers={"Origin": url}, timeout=PATIENCE)

    assert connect(four.url).status_code == 200
    site, count = re.subn(r".*X-Forwarded-Host.*\n", "", page_site())
    assert count == 1
    with nginx(site, four.ports, folder / "debian") as url:
        refused = connect(url)
    assert refused.status_code == 400
    assert refused.json() == "Not an accepted origin."
