"""The client manager with a message queue between the servers."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_socketio import SocketIO
from redis import Redis
from socketio import RedisManager, packet

from tests.support import requirements
from tests.support.concurrency import gate, run_beside, settle, wait_for
from tests.support.manager_rooms import Bus, Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG
from tests.support.shared_queue import eventually
from tests.support.sites import PATIENCE, left_behind

pytestmark = pytest.mark.usefixtures("quiet")


def test_a_process_without_clients_needs_no_mixin() -> None:
    """One that only writes to a queue has no server."""
    bus = Bus(write_only=True)
    sio = SocketIO(client_manager=bus)
    assert sio.server is None
    assert list(bus.get_namespaces()) == []


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """Run a Redis server; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [requirements.redis(), "--port", str(port), "--bind", "127.0.0.1"]
    with subprocess.Popen(
        [*command, "--save", "", "--loglevel", "notice"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as server:
        assert server.stdout is not None
        while "ready to accept connections" not in server.stdout.readline().lower():
            assert server.poll() is None
        yield f"redis://127.0.0.1:{port}"
        server.terminate()
        server.stdout.read()


class Queue(RedisManager):
    """An app's own manager; the thread that listens can be ended."""

    over = False

    def _listen(self) -> Iterator[Any]:
        for message in super()._listen():
            if self.over:
                return
            yield message

    def end(self) -> None:
        self.over = True
        self.emit("over", None)
        self.thread.join(PATIENCE)
        self.pubsub.close()
        self.redis.close()


def wait_until_all_listen(redis_url: str, count: int) -> None:
    """Wait until so many subscribe: Redis keeps nothing for who comes later."""
    with Redis.from_url(redis_url) as redis:
        eventually(lambda: redis.pubsub_numsub("socketio")[0][1] == count)


@pytest.mark.sockets
def test_it_works_with_a_real_message_queue(redis_url: str) -> None:
    """Two servers share their clients; who is not in yet hears nothing from either."""
    options = [{"client_manager": Queue(redis_url)} for _ in range(2)]
    sites = [DEFAULT_CONFIG.site(Room, socketio=chosen) for chosen in options]
    with gate(sites[1]) as (Room.reached, Room.go):
        here, there = PacketClient(sites[0]), PacketClient(sites[1])
        joining = PacketClient(sites[1])
        here.join("/rooms/1")
        sid = there.join("/rooms/1")
        wait_until_all_listen(redis_url, len(sites))
        joined = run_beside(
            sites[1], lambda: joining.send_packet(packet.CONNECT, "/rooms/1", "refuse")
        )
        wait_for(Room.reached)
        assert here.call("/rooms/1", "say", "across") == "across"
        while ("said", "across") not in there.received("/rooms/1"):
            there.next_packet()
        assert joining.received("/rooms/1") == [("hello",)]
        Room.go.set()
        joined()
    sites[0].socketio.server.disconnect(sid, "/rooms/1")
    there.wait_for(packet.DISCONNECT, "/rooms/1")
    for client in (here, there, joining):
        client.close()
    for site in sites:
        settle(site, lambda one=site: not left_behind(one))
        site.socketio.server.manager.end()
