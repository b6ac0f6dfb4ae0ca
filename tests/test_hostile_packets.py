"""Packets that no client library would send, and what they cannot do."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from socketio import packet

from nsroute import MetaRouter, RoutedNamespace, on
from tests.lines import PLAIN, WORLDS, Line, Tape, World, left_behind, run_beside

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
MSGPACK = [world for world in WORLDS if world.serializer == "msgpack"]
TEXT = [world for world in WORLDS if world.serializer == "default"]


class Vault(RoutedNamespace, namespace="/vaults/<string:name>"):
    """It counts what runs; `auth` must be right to get in."""

    runs: list[Any]

    @on("connect")
    def enter(self, auth: Any = None) -> bool:
        self.runs.append("connect")
        return auth != "wrong"

    @on("say")
    def say(self, *args: Any) -> Any:
        self.runs.append("say")
        return list(args)

    @on("*")
    def rest(self, event: str, *args: Any) -> Any:
        self.runs.append(event)
        return [event, *args]

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.runs.append(reason)


@pytest.fixture(autouse=True)
def _runs() -> None:
    Vault.runs = []


SPOOFS = [
    ["connect"],
    ["connect", {"environ": 1}, {"admin": True}],
    ["connect", {"wsgi.errors": {"write": 1}}, "right"],
    ["connect", {"wsgi.errors": "write", "flask.app": "x"}, None],
    ["disconnect"],
    ["disconnect", "spoofed"],
    ["disconnect", "client disconnect"],
    ["disconnect", "server disconnect", 1],
]


@every_world
@pytest.mark.parametrize("data", SPOOFS, ids=str)
def test_an_event_named_like_the_lifecycle_runs_no_lifecycle_handler(
    world: World, data: list[Any]
) -> None:
    """It is answered and recorded as `reserved_event`; the client stays as it is."""
    site = world.site(Vault)
    tape, line = Tape(site), Line(site)
    line.join("/vaults/a")
    Vault.runs.clear()
    answer = line.call("/vaults/a", *data)
    assert answer["error"]["code"] == "reserved_event"
    assert Vault.runs == []
    assert line.call("/vaults/a", "say", 1) == [1]
    line.close()
    assert Vault.runs == ["say", "transport close"]
    assert tape.shown() == [
        ("connect", "connect", "ok", None),
        ("event", data[0], "rejected", "reserved_event"),
        ("event", "say", "ok", None),
        ("disconnect", "disconnect", "ok", None),
    ]
    assert left_behind(site) == {}


@every_world
def test_a_spoofed_disconnect_beside_a_genuine_one_is_nothing(world: World) -> None:
    """Also at the moment when upstream is about to disconnect the client."""
    site = world.site(Vault)
    tape, line = Tape(site), Line(site)
    sid = line.join("/vaults/a")
    server: Any = site.socketio.server
    answers: list[Any] = []
    noted = server.manager.pre_disconnect

    def spoof() -> None:
        reason = server.reason.SERVER_DISCONNECT
        spoofed = server._trigger_event("disconnect", "/vaults/a", sid, reason)
        answers.append(spoofed)

    def begin(*args: Any, **options: Any) -> Any:
        """Let the thread of an event begin that was let through just before."""
        found = noted(*args, **options)
        run_beside(site, spoof)()
        return found

    server.manager.pre_disconnect = begin
    line.leave("/vaults/a")
    assert answers[0]["error"]["code"] == "reserved_event"
    assert Vault.runs == ["connect", "client disconnect"]
    outcomes = [(d.kind, d.outcome) for d in tape.take()]
    assert outcomes == [("connect", "ok"), ("event", "rejected"), ("disconnect", "ok")]
    line.close()
    assert left_behind(site) == {}


NAMES = [5, -1, 2.5, True, False, None, [], ["a"], {}, {"a": 1}, [["connect"]]]


@every_world
@pytest.mark.parametrize("name", NAMES, ids=str)
def test_an_event_whose_name_is_no_text_is_refused_as_such(
    world: World, name: Any
) -> None:
    """It is answered `invalid_event`, recorded, and runs nothing."""
    site = world.site(Vault)
    tape, line = Tape(site), Line(site)
    line.join("/vaults/a")
    answer = line.call("/vaults/a", name, "x")
    assert answer["error"]["code"] == "invalid_event"
    assert Vault.runs == ["connect"]
    assert tape.shown()[-1] == ("event", name, "rejected", "invalid_event")
    line.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("name", [b"connect", b"disconnect", b"say", b"", {"a": b"b"}])
def test_binary_is_no_name_of_an_event(world: World, name: Any) -> None:
    """A placeholder in the place of the name becomes bytes, which is no text."""
    site = world.site(Vault)
    line = Line(site)
    line.join("/vaults/a")
    answer = line.call("/vaults/a", name, "x")
    assert answer["error"]["code"] == "invalid_event"
    assert Vault.runs == ["connect"]
    line.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize(
    "name",
    ["", "*", " ", "\0", "_set_server", "on_say", "enter", "__class__", "é" * 500],
)
def test_any_text_is_a_name_and_none_reaches_a_method_by_it(
    world: World, name: str
) -> None:
    """What is declared nowhere goes to the handler of the rest, under its name."""
    site = world.site(Vault)
    line = Line(site)
    line.join("/vaults/a")
    assert line.call("/vaults/a", name, 1) == [name, 1]
    assert Vault.runs == ["connect", name]
    line.close()
    assert left_behind(site) == {}


class Silent(RoutedNamespace, namespace="/silent/<string:name>"):
    """It handles nothing."""

    on_something = "this is no handler"

    @property
    def on_property(self) -> None:
        raise AssertionError("nobody may look at it")

    def helper(self) -> None:
        raise AssertionError("nobody may call it")


@every_world
@pytest.mark.parametrize("event", ["say", "property", "something", "helper", "_x"])
def test_an_event_that_nothing_handles_is_answered(world: World, event: str) -> None:
    """The client learns that it is unhandled instead of waiting for ever."""
    site = world.site(Silent)
    tape, line = Tape(site), Line(site)
    line.join("/silent/a")
    answer = line.call("/silent/a", event)
    assert answer["error"]["code"] == "unhandled_event"
    assert tape.shown()[-1] == ("event", event, "unhandled", "unhandled_event")
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("world", MSGPACK, ids=str)
@pytest.mark.parametrize(
    "name", ["*", 5, 2.5, True, b"/vaults/a", ["a"], {"/vaults/a": 1}], ids=str
)
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


@pytest.mark.parametrize("world", TEXT, ids=str)
@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame[:30])
def test_no_frame_ends_what_a_client_has(world: World, frame: str) -> None:
    """Whatever upstream makes of it, the client's namespace goes on as before."""
    site = world.site(Vault)
    tape, line, other = Tape(site), Line(site), Line(site)
    line.join("/vaults/a")
    other.join("/vaults/a")
    line.frame(frame)
    line.drain()
    assert line.call("/vaults/a", "say", "on") == ["on"]
    assert other.call("/vaults/a", "say", "too") == ["too"]
    line.close()
    other.close()
    assert Vault.runs.count("connect") == 2
    assert Vault.runs.count("transport close") == 2
    kinds = [d.kind for d in tape.take() if d.outcome != "unrouted"]
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


@pytest.mark.parametrize("world", TEXT, ids=str)
@pytest.mark.parametrize("frame", STUCK)
def test_a_binary_event_that_never_ends_harms_its_own_connection_alone(
    world: World, frame: str
) -> None:
    """Nobody else notices, and nothing of it stays when the connection ends."""
    site = world.site(Vault)
    line, other = Line(site), Line(site)
    line.join("/vaults/a")
    other.join("/vaults/a")
    line.frame(frame)
    line.frame(b"an attachment")
    line.frame('2/vaults/a,1["say","never"]')
    assert other.call("/vaults/a", "say", "well") == ["well"]
    line.close()
    other.close()
    assert Vault.runs.count("transport close") == 2
    assert left_behind(site) == {}


def test_attachments_of_two_namespaces_do_not_mix() -> None:
    """A half-received binary event of one is not completed in another."""
    site = PLAIN.site(Vault)
    line = Line(site)
    line.join("/vaults/a")
    line.join("/vaults/b")
    line.frame('51-/vaults/a,["say",{"_placeholder":true,"num":0}]')
    site.socketio.server.disconnect(line.sids["/vaults/b"], "/vaults/b")
    line.frame(b"secret")
    assert line.call("/vaults/a", "say", 1) == [1]
    assert Vault.runs == ["connect", "connect", "server disconnect", "say"]
    line.close()
    assert left_behind(site) == {}


def test_a_text_in_place_of_an_attachment_is_no_binary() -> None:
    """Upstream takes it for one; an argument that is to be `bytes` is not."""

    class Binary(RoutedNamespace, namespace="/binaries/<string:name>"):
        @on("measure")
        def measure(self, data: bytes) -> int:
            return len(data)

    site = PLAIN.site(Binary)
    line = Line(site)
    line.join("/binaries/a")
    answers: list[Any] = []
    for number, attachment in enumerate([b"12345", "12345"]):
        line.frame(
            f'51-/binaries/a,{number}["measure",{{"_placeholder":true,"num":0}}]'
        )
        line.frame(attachment)
        answers.append(line.answer("/binaries/a", number))
    assert answers[0] == 5
    assert answers[1]["error"]["code"] == "invalid_arguments"
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


def test_a_raw_msgpack_frame_of_any_shape_breaks_nothing() -> None:
    """Maps without keys, arrays, numbers, nonsense."""
    world = World(serializer="msgpack")
    site = world.site(Vault)
    line = Line(site)
    line.join("/vaults/a")
    shapes: list[Any] = [
        {}, [], 1, None, {"type": 2},
        {"type": "2", "nsp": "/vaults/a", "data": ["say"]},
        {"type": 2, "nsp": "/vaults/a", "data": {"0": "say"}},
        {"type": 2, "nsp": "/vaults/a", "data": "say", "id": 99},
        {"type": 1, "nsp": [], "data": None},
        {"type": 0, "nsp": "/vaults/a", "data": [], "id": {}},
    ]  # fmt: skip
    for shape in shapes:
        line.frame(msgpack.packb(shape))
    line.frame(b"\xc1")
    line.frame("text")
    assert line.call("/vaults/a", "say", "on") == ["on"]
    line.close()
    assert Vault.runs.count("connect") == 1
    assert Vault.runs.count("transport close") == 1
    assert left_behind(site) == {}
