"""Frames that no client library would send, and what they cannot do."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from nsroute import RoutedNamespace, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.hostile_sites import Vault
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
TEXT = [config for config in SERVER_CONFIGS if config.serializer == "default"]


@pytest.fixture(autouse=True)
def _runs() -> None:
    Vault.runs = []


FRAMES = [
    "",
    "0",
    "0*,",
    "0vaults/a,",
    "0 /vaults/a,",
    "0/vaults/a?x,1,{}",
    "1/vaults/b,",
    "2/vaults/a,",
    "2/vaults/a,[]",
    "2/vaults/a,null",
    "2/vaults/a,{}",
    '2/vaults/a,""',
    "2/vaults/a,7",
    "2/vaults/a,true",
    '2/vaults/a,["say"',
    '2/vaults/b,["say"]',
    "2/vaults/a," + "9" * 101 + '["say"]',
    "3/vaults/a,",
    "3/vaults/a,0[]",
    "3/vaults/a,1[]",
    "3/vaults/a,1{}",
    "4/vaults/a,{}",
    '51-/vaults/b,["say",{"_placeholder":true,"num":0}]',
    "7",
    "9",
    "x",
    "\0",
    '2/vaults/a,["say",' + "[" * 5000 + "]" * 5000 + "]",
    '2/vaults/a,["say",' + "9" * 5000 + "]",
    '2/vaults/a,["say",NaN,Infinity]',
    '2/vaults/a,["\\ud800"]',
]


@pytest.mark.parametrize("config", TEXT, ids=str)
@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame[:30])
def test_no_frame_ends_what_a_client_has(config: ServerConfig, frame: str) -> None:
    """Whatever upstream makes of it, the client's namespace goes on as before."""
    site = config.site(Vault)
    recorder, client, other = (
        DispatchRecorder(site),
        PacketClient(site),
        PacketClient(site),
    )
    client.join("/vaults/a")
    other.join("/vaults/a")
    client.send_frame(frame)
    client.drain()
    assert client.call("/vaults/a", "say", "on") == ["on"]
    assert other.call("/vaults/a", "say", "too") == ["too"]
    client.close()
    other.close()
    assert Vault.runs.count("connect") == 2
    assert Vault.runs.count("transport close") == 2
    kinds = [d.kind for d in recorder.take() if d.outcome != "unrouted"]
    assert (kinds.count("connect"), kinds.count("disconnect")) == (2, 2)
    assert left_behind(site) == {}


STUCK = [
    "50-",
    "5",
    "6/vaults/a,",
    '51-/vaults/a,["say",{"_placeholder":true,"num":9}]',
    '51-/vaults/a,["say",{"_placeholder":true,"num":"x"}]',
    '59999-/vaults/a,["say",{"_placeholder":true,"num":0}]',
]


@pytest.mark.parametrize("config", TEXT, ids=str)
@pytest.mark.parametrize("frame", STUCK)
def test_a_binary_event_that_never_ends_harms_its_own_connection_alone(
    config: ServerConfig, frame: str
) -> None:
    """Nobody else notices, and nothing of it stays when the connection ends."""
    site = config.site(Vault)
    client, other = PacketClient(site), PacketClient(site)
    client.join("/vaults/a")
    other.join("/vaults/a")
    client.send_frame(frame)
    client.send_frame(b"an attachment")
    client.send_frame('2/vaults/a,1["say","never"]')
    assert other.call("/vaults/a", "say", "well") == ["well"]
    client.close()
    other.close()
    assert Vault.runs.count("transport close") == 2
    assert left_behind(site) == {}


def test_attachments_of_two_namespaces_do_not_mix() -> None:
    """A half-received binary event of one is not completed in another."""
    site = DEFAULT_CONFIG.site(Vault)
    client = PacketClient(site)
    client.join("/vaults/a")
    client.join("/vaults/b")
    client.send_frame('51-/vaults/a,["say",{"_placeholder":true,"num":0}]')
    site.socketio.server.disconnect(client.sids["/vaults/b"], "/vaults/b")
    client.send_frame(b"secret")
    assert client.call("/vaults/a", "say", 1) == [1]
    assert Vault.runs == ["connect", "connect", "server disconnect", "say"]
    client.close()
    assert left_behind(site) == {}


def test_a_text_in_place_of_an_attachment_is_no_binary() -> None:
    """Upstream takes it for one; an argument that is to be `bytes` is not."""

    class Binary(RoutedNamespace, namespace="/binaries/<string:name>"):
        @on("measure")
        def measure(self, data: bytes) -> int:
            return len(data)

    site = DEFAULT_CONFIG.site(Binary)
    client = PacketClient(site)
    client.join("/binaries/a")
    answers: list[Any] = []
    for number, attachment in enumerate([b"12345", "12345"]):
        client.send_frame(
            f'51-/binaries/a,{number}["measure",{{"_placeholder":true,"num":0}}]'
        )
        client.send_frame(attachment)
        answers.append(client.acknowledgement("/binaries/a", number))
    assert answers[0] == 5
    assert answers[1]["error"]["code"] == "invalid_arguments"
    client.close()
    assert left_behind(site) == {}


def test_a_raw_msgpack_frame_of_any_shape_breaks_nothing() -> None:
    """Maps without keys, arrays, numbers, nonsense."""
    config = ServerConfig(serializer="msgpack")
    site = config.site(Vault)
    client = PacketClient(site)
    client.join("/vaults/a")
    shapes: list[Any] = [
        {}, [], 1, None, {"type": 2},
        {"type": "2", "nsp": "/vaults/a", "data": ["say"]},
        {"type": 2, "nsp": "/vaults/a", "data": {"0": "say"}},
        {"type": 2, "nsp": "/vaults/a", "data": "say", "id": 99},
        {"type": 1, "nsp": [], "data": None},
        {"type": 0, "nsp": "/vaults/a", "data": [], "id": {}},
    ]  # fmt: skip
    for shape in shapes:
        client.send_frame(msgpack.packb(shape))
    client.send_frame(b"\xc1")
    client.send_frame("text")
    assert client.call("/vaults/a", "say", "on") == ["on"]
    client.close()
    assert Vault.runs.count("connect") == 1
    assert Vault.runs.count("transport close") == 1
    assert left_behind(site) == {}
