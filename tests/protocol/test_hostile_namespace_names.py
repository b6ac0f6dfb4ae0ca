"""Names of namespaces that no client library would send, and where they lead."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import MetaRouter
from tests.support.hostile_targets import Vault
from tests.support.lines import Line, Tape, left_behind
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
MSGPACK = [world for world in WORLDS if world.serializer == "msgpack"]


@pytest.fixture(autouse=True)
def _runs() -> None:
    Vault.runs = []


@pytest.mark.parametrize("world", MSGPACK, ids=str)
@pytest.mark.parametrize("name", ["*", 5, 2.5, True, b"/vaults/a"], ids=str)
def test_msgpack_cannot_join_what_is_no_name(world: World, name: Any) -> None:
    """Neither the literal star nor anything that is not text; each gets an answer."""
    site = world.site(Vault)
    tape, line = Tape(site), Line(site)
    line.say(packet.CONNECT, name)
    (answer,) = line.drain()
    assert answer.packet_type == packet.CONNECT_ERROR
    assert answer.namespace == name
    assert tape.shown() == [("connect", "connect", "unrouted", None)]
    line.say(packet.EVENT, name, ["say", "sid", "x"], 1)
    assert Vault.runs == []
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("world", MSGPACK, ids=str)
@pytest.mark.parametrize("name", [["a"], {"/vaults/a": 1}], ids=str)
def test_msgpack_cannot_join_what_is_no_key(world: World, name: Any) -> None:
    """Upstream raises before anybody is asked; the connection goes on."""
    site = world.site(Vault)
    line = Line(site)
    line.say(packet.CONNECT, name)
    assert line.drain() == []
    line.join("/vaults/a")
    line.close()
    assert left_behind(site) == {}


def test_an_event_on_the_literal_star_reaches_nobody() -> None:
    """What upstream hands over for one is shifted: the sid is the client's choice."""
    site = MSGPACK[0].site(Vault)
    shifted = site.router.trigger_event("say", "own sid", {"victim": "sid"}, "x")
    assert shifted is site.socketio.server.not_handled
    assert Vault.runs == []


@pytest.mark.parametrize("world", MSGPACK, ids=str)
def test_msgpack_cannot_join_the_star_beside_a_function_on_it(world: World) -> None:
    """What takes connects on `'*'` is not asked about the literal star."""
    site = world.app()
    seen: list[Any] = []

    @site.socketio.on("connect", namespace="*")
    def connected(*args: Any) -> None:
        seen.append(args)

    with pytest.warns(UserWarning, match="takes this event away"):
        site.router = MetaRouter([Vault]).mount(site.socketio)
    line = Line(site)
    line.say(packet.CONNECT, "*")
    assert [one.packet_type for one in line.drain()] == [packet.CONNECT_ERROR]
    assert seen == []
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("world", MSGPACK, ids=str)
@pytest.mark.parametrize("name", ["", 0, False, [], {}, None], ids=str)
def test_msgpack_names_that_are_false_are_the_main_namespace(
    world: World, name: Any
) -> None:
    """So upstream has it; what the app serves there is as before."""
    site = world.site(Vault)
    line = Line(site)
    line.say(packet.CONNECT, name)
    (answer,) = line.drain()
    assert (answer.packet_type, answer.namespace) == (packet.CONNECT, "/")
    assert Vault.runs == []
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("world", MSGPACK, ids=str)
def test_msgpack_names_with_a_query_are_other_names(world: World) -> None:
    """What the default serializer cuts off arrives there, and is matched as it is."""
    site = world.site(Vault)
    line = Line(site)
    line.join("/vaults/a")
    refused = line.refusal("/vaults/a/b?c=1")
    assert refused in ({"message": "Invalid namespace"}, "Unable to connect")
    assert set(site.router.live) == {"/vaults/a"}
    line.close()
    assert left_behind(site) == {}


def test_a_query_in_the_name_is_not_part_of_it() -> None:
    """A client is once in `/vaults/a`, whatever query it sends with the name."""
    site = PLAIN.site(Vault)
    line = Line(site)
    line.frame("0/vaults/a?token=1,")
    line.frame("0/vaults/a?token=2,")
    line.frame('2/vaults/a?token=3,1["say","x"]')
    line.wait(packet.ACK, "/vaults/a", 1)
    assert line.kinds("/vaults/a") == [packet.CONNECT, packet.CONNECT_ERROR, packet.ACK]
    line.close()
    assert left_behind(site) == {}


@every_world
def test_clients_reach_no_room_but_their_own(world: World) -> None:
    """An event of one name arrives at no object and no client of another."""
    site = world.site(Vault)
    line, other = Line(site), Line(site)
    line.join("/vaults/a")
    sid = other.join("/vaults/b")
    number = line.ask("/vaults/b", "say", "to b")
    line.leave("/vaults/b")
    line.say(packet.ACK, "/vaults/b", [sid], 1)
    assert line.call("/vaults/a", "say", "to a") == ["to a"]
    assert not line.answered("/vaults/b", number)
    assert Vault.runs == ["connect", "connect", "say"]
    site.socketio.emit("news", "for b", namespace="/vaults/b")
    assert other.heard("/vaults/b") == [["news", "for b"]]
    assert line.heard("/vaults/a") == []
    line.close()
    other.close()
    assert left_behind(site) == {}
