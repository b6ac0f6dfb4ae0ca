"""What a packet carries, and what is sent to a connection that closes just now."""

from __future__ import annotations

import inspect
import json
from decimal import Decimal
from typing import Any

import attrs
import engineio
import pytest
from engineio import packet as eio_packet
from engineio.exceptions import SocketIsClosedError
from socketio import packet

from nsroute import on
from nsroute.upstream.packets import PacketEncoder
from tests.support.diary_room import Room
from tests.support.lines import Line, left_behind
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


@attrs.frozen
class Point:
    """A typed object."""

    x: int
    y: int


class Money:
    """What only the app's own encoder knows."""


class MoneyJSON:
    """A module of JSON that knows it."""

    @staticmethod
    def dumps(value: Any, **options: Any) -> str:
        return json.dumps(value, **options, default=lambda _: "money")

    loads = json.loads


def encoder(world: World = PLAIN, **options: Any) -> PacketEncoder:
    """Make an encoder for a server of a world."""
    server: Any = world.app(**options).socketio.server
    return PacketEncoder(server)


@every_world
def test_typed_objects_are_made_into_what_a_packet_carries(world: World) -> None:
    """Results and payloads alike; a tuple stays several arguments."""
    made = encoder(world)
    for turn in (made.carried, made.sendable):
        assert turn(Point(1, 2)) == {"x": 1, "y": 2}
        assert turn((Point(1, 2), b"raw")) == ({"x": 1, "y": 2}, b"raw")


@every_world
def test_what_nobody_can_carry_raises_before_it_is_sent(world: World) -> None:
    """Nothing is sent half."""
    made = encoder(world)
    for turn in (made.carried, made.sendable):
        for value in (Money(), (1, Money())):
            with pytest.raises(TypeError):
                turn(value)


def test_what_the_apps_own_encoder_knows_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Alone, and as one of several arguments."""
    # python-socketio sets it on the class of packets, for all servers.
    monkeypatch.setattr(packet.Packet, "json", packet.Packet.json)
    made, money = encoder(json=MoneyJSON), Money()
    for turn in (made.carried, made.sendable):
        assert turn(money) is money
        assert turn((1, money)) == (1, money)


def test_another_serializer_is_asked_for_what_the_default_one_carries() -> None:
    """Msgpack has no integers of more than 64 bits."""
    assert encoder().carried(2**70) == 2**70
    with pytest.raises(OverflowError):
        encoder(World(serializer="msgpack")).carried(2**70)


def test_a_decimal_is_a_text_like_any_typed_value() -> None:
    """So it loses nothing."""
    assert encoder().carried(Decimal("1.10")) == "1.10"


# --- connections that close


def test_engineio_raises_where_a_connection_closes_between_look_and_send() -> None:
    """Out of `emit`, and what comes after it in the room is not sent."""
    site = PLAIN.app()
    line = Line(site)
    line.socket.closed = True
    with pytest.raises(SocketIsClosedError) as raised:
        line.socket.send(eio_packet.Packet(eio_packet.NOOP))
    assert raised.value.args == ()
    parameters = inspect.signature(engineio.Server.send_packet).parameters
    assert list(parameters) == ["self", "sid", "pkt"]


@every_world
def test_all_that_is_sent_goes_through_the_method_that_is_wrapped(world: World) -> None:
    """Looked up on the instance, so that a wrapper there is called."""
    site = world.site(Room)
    line = Line(site)
    line.join("/rooms/1")
    sent: list[str] = []
    site.socketio.server.eio.send_packet = lambda sid, _: sent.append(sid)
    site.socketio.emit("a", namespace="/rooms/1")
    site.socketio.emit("a", namespace="/rooms/1", callback=sent.append)
    assert sent == [line.eio_sid] * 2
    del site.socketio.server.eio.send_packet
    line.close()


@every_world
def test_a_connection_that_closes_just_now_harms_nobody_else(world: World) -> None:
    """Who emits gets its answer, and everybody else in the room what was emitted."""

    class Shouter(Room, namespace="/shouters/<int:number>"):
        @on("shout")
        def shout(self) -> str:
            self.emit("shouted")
            return "done"

    site = world.site(Shouter)
    lines = [Line(site) for _ in range(4)]
    for line in lines:
        line.join("/shouters/1")
    looked = site.socketio.server.eio._get_socket

    def close_after_looking(sid: str) -> Any:
        found = looked(sid)
        if sid == lines[1].eio_sid:
            found.closed = True
        return found

    site.socketio.server.eio._get_socket = close_after_looking
    assert lines[0].call("/shouters/1", "shout") == "done"
    for line in (lines[0], lines[2], lines[3]):
        assert ["shouted"] in line.heard("/shouters/1")
    lines[1].socket.closed = False
    for line in lines:
        line.close()
    assert left_behind(site) == {}
