"""A routed server reads packets by one decoder, and writes answers by one encoder.

What comes out is what upstream would read and write.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from engineio import json as default_json
from hypothesis import given
from hypothesis import strategies as st
from socketio import packet

from nsroute.upstream.manager import client_manager
from nsroute.upstream.packets import AckPacket, EventPacket
from tests.support.server_configs import DEFAULT_CONFIG, ServerConfig

pytestmark = pytest.mark.usefixtures("quiet")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def packet_class_of(config: ServerConfig = DEFAULT_CONFIG, **options: Any) -> Any:
    """Return the class of packets of a server that was made and then routed."""
    server: Any = config.app(**options).socketio.server
    client_manager(server)
    return server.packet_class


def test_the_default_packets_are_read_so() -> None:
    """Those of other servers, which have no router, are left alone."""
    assert packet_class_of() is EventPacket
    assert DEFAULT_CONFIG.app().socketio.server.packet_class is packet.Packet


def test_another_serializer_and_json_of_an_app_are_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They may read in ways of their own."""
    msgpack = ServerConfig(serializer="msgpack")
    assert not issubclass(packet_class_of(msgpack), EventPacket)
    # python-socketio sets it on the class of packets, for all servers.
    monkeypatch.setattr(packet.Packet, "json", packet.Packet.json)
    assert packet_class_of(json=json) is packet.Packet


@given(VALUES)
def test_a_packet_is_read_and_written_as_upstream_does(value: object) -> None:
    """Whatever JSON there is in it."""
    frames = [
        kind(packet.EVENT, data=["event", value], namespace="/a", id=7).encode()
        for kind in (packet.Packet, EventPacket)
    ]
    acks = [
        kind(packet.ACK, data=[value], namespace="/a", id=7).encode()
        for kind in (packet.Packet, AckPacket)
    ]
    assert frames[0] == frames[1]
    assert acks[0] == acks[1]
    read = [kind(encoded_packet=frames[0]) for kind in (packet.Packet, EventPacket)]
    assert vars(read[0]) == vars(read[1])


def test_json_may_be_written_with_other_separators() -> None:
    """Upstream asks for the short ones; who asks for others gets them."""
    write, other = AckPacket.json.dumps, (", ", ": ")
    assert write({"a": [1, 2]}) == '{"a":[1,2]}'
    assert write({"a": [1, 2]}, separators=other) == '{"a": [1, 2]}'


@pytest.mark.parametrize(
    "text", ["", "[", "[1]]", "[NaN", "\ufeff[]", f"[{'1' * 101}]", f"[-{'1' * 100}]"]
)
def test_what_upstream_cannot_read_is_no_packet_here_either(text: str) -> None:
    """The same error, so that upstream treats it in the same way."""
    found: list[Any] = []
    for read in (default_json.loads, EventPacket.json.loads):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - the type is compared
            read(text)
        found.append(type(raised.value))
    assert found[0] is found[1]


def test_a_number_of_a_hundred_digits_is_read() -> None:
    """The bound is upstream's own."""
    text = f"[{'1' * 100}]"
    assert EventPacket.json.loads(text) == default_json.loads(text)
