"""What a packet carries, and what is sent to a connection that closes just now."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import attrs
import pytest
from socketio import packet

from nsroute.upstream.packets import PacketEncoder
from tests.support.event_log import Room
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


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


def encoder(config: ServerConfig = DEFAULT_CONFIG, **options: Any) -> PacketEncoder:
    """Make an encoder for a server of a config."""
    server: Any = config.app(**options).socketio.server
    return PacketEncoder(server)


@every_config
def test_typed_objects_are_made_into_what_a_packet_carries(
    config: ServerConfig,
) -> None:
    """Results and payloads alike; a tuple stays several arguments."""
    made = encoder(config)
    for turn in (made.carried, made.sendable):
        assert turn(Point(1, 2)) == {"x": 1, "y": 2}
        assert turn((Point(1, 2), b"raw")) == ({"x": 1, "y": 2}, b"raw")


@every_config
def test_what_nobody_can_carry_raises_before_it_is_sent(config: ServerConfig) -> None:
    """Nothing is sent half."""
    made = encoder(config)
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
        encoder(ServerConfig(serializer="msgpack")).carried(2**70)


def test_a_decimal_is_a_text_like_any_typed_value() -> None:
    """So it loses nothing."""
    assert encoder().carried(Decimal("1.10")) == "1.10"
