"""Packets of a routed server are read and written in fewer steps than by upstream.

What comes out is the same, whatever there is in them.
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
from nsroute.upstream.packets import EventPacket
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
    assert frames[0] == frames[1]
    read = [kind(encoded_packet=frames[0]) for kind in (packet.Packet, EventPacket)]
    assert vars(read[0]) == vars(read[1])


def read_by(kind: Any, frame: Any) -> object:
    """Return what a class of packets reads in a frame, or which error it raises."""
    try:
        return vars(kind(encoded_packet=frame))
    except Exception as error:  # noqa: BLE001 - whatever upstream raises
        return type(error)


PIECES = st.sampled_from(
    ["2", "0", "5", "1-", "7", "9" * 99, "٣", "-", "/", "/rooms/1", "?a=1", ",", "\n"]
)
JSON = st.sampled_from(
    ['["a",1]', "[]", '["a"] \n', '["a"]]', '["a"]\x00', '["a', '{"a":1}', "1", '"["']
)


@given(st.lists(PIECES, max_size=5), JSON | st.text(), st.booleans())
def test_any_frame_is_read_as_upstream_does(
    pieces: list[str], rest: str, is_event: bool
) -> None:
    """Whether it is an event, something else, or nothing that can be read."""
    frame = "2" * is_event + "".join(pieces) + rest
    assert read_by(EventPacket, frame) == read_by(packet.Packet, frame)


@pytest.mark.parametrize(
    "frame", ['2/rooms/1,7["a"]', '27["a"]', '2["a"]', '2/rooms/1,["a"]']
)
def test_an_event_is_read_in_one_step(
    frame: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a namespace and an acknowledgement, or without."""
    expected = read_by(packet.Packet, frame)
    monkeypatch.delattr(packet.Packet, "decode")
    assert read_by(EventPacket, frame) == expected


@pytest.mark.parametrize("frame", [b"2[]", bytearray(b'2["a"]'), 2, [2]])
def test_what_is_no_text_is_left_to_upstream(frame: object) -> None:
    """Binary that nobody waits for, for one."""
    assert read_by(EventPacket, frame) == read_by(packet.Packet, frame)


def test_json_may_be_written_with_other_separators() -> None:
    """Upstream asks for the short ones; who asks for others gets them."""
    write, other = EventPacket.json.dumps, (", ", ": ")
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
