"""Disconnects inside handlers: by `disconnect`, or by an emit to a dead connection."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request
from flask_socketio import disconnect
from socketio import packet

from nsroute import RoutedNamespace, on
from tests.support.lifecycle_namespaces import Room, reasons
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log, Room.raises = [], {}


@every_config
def test_a_handler_may_disconnect_others_and_itself(config: ServerConfig) -> None:
    """Each disconnect handler runs before the call returns, and once."""

    class Bouncer(Room, namespace="/bouncers/<int:number>"):
        @on("out")
        def out(self, sid: str) -> str:
            self.disconnect(sid)
            self.disconnect(sid)
            return str(len(reasons()))

    site = config.site(Bouncer)
    client, other = PacketClient(site), PacketClient(site)
    own, others = client.join("/bouncers/1"), other.join("/bouncers/1")
    assert client.call("/bouncers/1", "out", others) == "1"
    assert client.call("/bouncers/1", "out", own) == "2"
    assert other.kinds("/bouncers/1")[-1] == packet.DISCONNECT
    assert reasons() == [(1, "server disconnect")] * 2
    other.close()
    client.close()
    assert len(reasons()) == 2
    assert left_behind(site) == {}


@every_config
def test_a_ping_timeout_inside_another_clients_emit_is_a_disconnect_like_any(
    config: ServerConfig,
) -> None:
    """The emitter's handler goes on, and its own context is what it was."""

    class Shouter(Room, namespace="/shouters/<int:number>"):
        @on("shout")
        def shout(self) -> Any:
            before = (request.sid, request.namespace, self.client)
            self.emit("shouted")
            assert before == (request.sid, request.namespace, self.client)
            return len(self.clients)

        @on("disconnect")
        def gone(self, reason: str) -> None:
            super().gone(reason)
            with self.lock:
                self.emit("somebody left")

    site = config.site(Shouter)
    client, dead = PacketClient(site), PacketClient(site)
    client.join("/shouters/1")
    dead.join("/shouters/1")
    dead.join("/shouters/2")
    dead.time_out()
    assert client.call("/shouters/1", "shout") == 1
    assert reasons() == [(1, "ping timeout"), (2, "ping timeout")]
    assert {event for event, *_ in client.received("/shouters/1")} == {
        "shouted",
        "somebody left",
    }
    client.close()
    site.socketio.server.eio.sockets.clear()
    assert left_behind(site) == {}


@every_config
def test_the_lock_of_an_object_may_be_held_while_emitting(config: ServerConfig) -> None:
    """Another client's disconnect handler may take it, inside the `emit`."""

    class Locked(Room, namespace="/locked/<int:number>"):
        @on("shout")
        def shout(self) -> str:
            with self.lock:
                self.emit("shouted")
            return "done"

        @on("disconnect")
        def gone(self, reason: str) -> None:
            with self.lock:
                super().gone(reason)

    site = config.site(Locked)
    client, dead = PacketClient(site), PacketClient(site)
    client.join("/locked/1")
    dead.join("/locked/1")
    dead.time_out()
    assert client.call("/locked/1", "shout") == "done"
    assert reasons() == [(1, "ping timeout")]
    client.close()
    assert left_behind(site) == {}


class Thrower(RoutedNamespace, namespace="/throwers/<int:number>"):
    """It throws its clients out where its parameter says."""

    seen: list[Any]

    def opened(self) -> None:
        self.seen.append("opened")
        self.throw(1)

    @on("connect")
    def enter(self) -> None:
        self.seen.append("connect")
        self.throw(2)

    def accepted(self) -> None:
        self.seen.append("accepted")
        self.throw(3)

    @on("out")
    def out(self) -> str:
        self.throw(4)
        return "out"

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.seen.append(reason)
        disconnect()

    def closed(self) -> None:
        self.seen.append("closed")
        disconnect()

    def throw(self, here: int) -> None:
        if self.params["number"] == here:
            disconnect()


@every_config
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_disconnect_works_in_every_handler(config: ServerConfig, number: int) -> None:
    """The client is told, its disconnect handler runs once, and it may come again."""
    site = config.site(Thrower)
    client = PacketClient(site)
    name = f"/throwers/{number}"
    for _ in range(2):
        Thrower.seen = []
        client.send_packet(packet.CONNECT, name)
        if number == 4:
            assert client.call(name, "out") == "out"
        came = ["opened", "connect", *(["accepted"] if number > 2 else [])]
        assert Thrower.seen == [*came, "server disconnect", "closed"]
        kinds = [kind for kind in client.kinds(name) if kind != packet.ACK]
        assert kinds == [packet.CONNECT, packet.DISCONNECT]
        client.packets.clear()
    client.close()
    assert left_behind(site) == {}
