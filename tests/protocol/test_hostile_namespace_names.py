"""Names of namespaces that no client library would send, and where they lead."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import MetaRouter
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.hostile_sites import Vault
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
MSGPACK = [config for config in SERVER_CONFIGS if config.serializer == "msgpack"]


@pytest.fixture(autouse=True)
def _runs() -> None:
    Vault.runs = []


@pytest.mark.parametrize("config", MSGPACK, ids=str)
@pytest.mark.parametrize("name", ["*", 5, 2.5, True, b"/vaults/a"], ids=str)
def test_msgpack_cannot_join_what_is_no_name(config: ServerConfig, name: Any) -> None:
    """Neither the literal star nor anything that is not text; each gets an answer."""
    site = config.site(Vault)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.send_packet(packet.CONNECT, name)
    (answer,) = client.drain()
    assert answer.packet_type == packet.CONNECT_ERROR
    assert answer.namespace == name
    assert recorder.shown() == [("connect", "connect", "unrouted", None)]
    client.send_packet(packet.EVENT, name, ["say", "sid", "x"], 1)
    assert Vault.runs == []
    assert left_behind(site) == {"environ": 1}
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("config", MSGPACK, ids=str)
@pytest.mark.parametrize("name", [["a"], {"/vaults/a": 1}], ids=str)
def test_msgpack_cannot_join_what_is_no_key(config: ServerConfig, name: Any) -> None:
    """Upstream raises before anybody is asked; the connection goes on."""
    site = config.site(Vault)
    client = PacketClient(site)
    client.send_packet(packet.CONNECT, name)
    assert client.drain() == []
    client.join("/vaults/a")
    client.close()
    assert left_behind(site) == {}


def test_an_event_on_the_literal_star_reaches_nobody() -> None:
    """What upstream hands over for one is shifted: the sid is the client's choice."""
    site = MSGPACK[0].site(Vault)
    shifted = site.router.trigger_event("say", "own sid", {"victim": "sid"}, "x")
    assert shifted is site.socketio.server.not_handled
    assert Vault.runs == []


@pytest.mark.parametrize("config", MSGPACK, ids=str)
def test_msgpack_cannot_join_the_star_beside_a_function_on_it(
    config: ServerConfig,
) -> None:
    """What takes connects on `'*'` is not asked about the literal star."""
    site = config.app()
    seen: list[Any] = []

    @site.socketio.on("connect", namespace="*")
    def connected(*args: Any) -> None:
        seen.append(args)

    with pytest.warns(UserWarning, match="takes this event away"):
        site.router = MetaRouter([Vault]).mount(site.socketio)
    client = PacketClient(site)
    client.send_packet(packet.CONNECT, "*")
    assert [one.packet_type for one in client.drain()] == [packet.CONNECT_ERROR]
    assert seen == []
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("config", MSGPACK, ids=str)
@pytest.mark.parametrize("name", ["", 0, False, [], {}, None], ids=str)
def test_msgpack_names_that_are_false_are_the_main_namespace(
    config: ServerConfig, name: Any
) -> None:
    """So upstream has it; what the app serves there is as before."""
    site = config.site(Vault)
    client = PacketClient(site)
    client.send_packet(packet.CONNECT, name)
    (answer,) = client.drain()
    assert (answer.packet_type, answer.namespace) == (packet.CONNECT, "/")
    assert Vault.runs == []
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("config", MSGPACK, ids=str)
def test_msgpack_names_with_a_query_are_other_names(config: ServerConfig) -> None:
    """What the default serializer cuts off arrives there, and is matched as it is."""
    site = config.site(Vault)
    client = PacketClient(site)
    client.join("/vaults/a")
    refused = client.refusal("/vaults/a/b?c=1")
    assert refused in ({"message": "Invalid namespace"}, "Unable to connect")
    assert set(site.router.live) == {"/vaults/a"}
    client.close()
    assert left_behind(site) == {}


def test_a_query_in_the_name_is_not_part_of_it() -> None:
    """A client is once in `/vaults/a`, whatever query it sends with the name."""
    site = DEFAULT_CONFIG.site(Vault)
    client = PacketClient(site)
    client.send_frame("0/vaults/a?token=1,")
    client.send_frame("0/vaults/a?token=2,")
    client.send_frame('2/vaults/a?token=3,1["say","x"]')
    client.wait_for(packet.ACK, "/vaults/a", 1)
    assert client.kinds("/vaults/a") == [
        packet.CONNECT,
        packet.CONNECT_ERROR,
        packet.ACK,
    ]
    client.close()
    assert left_behind(site) == {}


@every_config
def test_clients_reach_no_room_but_their_own(config: ServerConfig) -> None:
    """An event of one name arrives at no object and no client of another."""
    site = config.site(Vault)
    client, other = PacketClient(site), PacketClient(site)
    client.join("/vaults/a")
    sid = other.join("/vaults/b")
    number = client.ask("/vaults/b", "say", "to b")
    client.leave("/vaults/b")
    client.send_packet(packet.ACK, "/vaults/b", [sid], 1)
    assert client.call("/vaults/a", "say", "to a") == ["to a"]
    assert not client.is_acknowledged("/vaults/b", number)
    assert Vault.runs == ["connect", "connect", "say"]
    site.socketio.emit("news", "for b", namespace="/vaults/b")
    assert other.received("/vaults/b") == [("news", "for b")]
    assert client.received("/vaults/a") == []
    client.close()
    other.close()
    assert left_behind(site) == {}
