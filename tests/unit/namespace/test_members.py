"""What an object is given as attributes, and that a user's own attributes win."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.namespace.members import ConnectedClients, Member
from tests.support.alone import served
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import Site, site

NAMES = (
    *("client", "clients", "event", "lock", "log"),
    *("middleware", "params", "router", "sid"),
)
GIVEN = [name for name in NAMES if name not in ("log", "middleware")]


class Told(RoutedNamespace):
    """It says what it is given, and works with it."""

    @on("connect")
    def join(self, auth: Any = None) -> None:
        self.emit("joined", auth)

    @on("tell")
    def tell(self, *, number: int) -> list[Any]:
        return [number, *(getattr(self, name) for name in NAMES)]

    @on("disconnect")
    def part(self, reason: str) -> None:
        self.emit("parted", reason)


OWN: Any = type(
    "Own",
    (Told,),
    {name: f"own {name}" for name in NAMES},
    namespace="/own/<int:number>",
)


class Set(Told, namespace="/own/<int:number>"):
    """It sets its own attributes on the object."""

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        for name in NAMES:
            setattr(self, name, f"own {name}")


class SetLater(Told, namespace="/own/<int:number>"):
    """It sets them once it serves."""

    def opened(self) -> None:
        for name in NAMES:
            setattr(self, name, f"own {name}")


def routed(target: type[RoutedNamespace]) -> Site:
    return site(target)


def alone(target: type[RoutedNamespace]) -> Site:
    return served(target("/own/5"))


@pytest.mark.parametrize("target", [OWN, Set, SetLater])
@pytest.mark.parametrize("serve", [routed, alone])
def test_attributes_of_a_users_own_win(target: Any, serve: Any) -> None:
    """In the class body or on `self`, behind a router or without: and all works."""
    here = serve(target)
    client, other = inline_client(here), inline_client(here)
    for one in (client, other):
        one.join("/own/5", "ann")
    assert client.call("/own/5", "tell") == [5, *(f"own {name}" for name in NAMES)]
    other.leave("/own/5")
    said = [("joined", "ann"), ("parted", "client disconnect")]
    assert client.received("/own/5") == said


@pytest.mark.parametrize("name", GIVEN)
def test_a_member_is_documented_and_no_value_of_the_class(name: str) -> None:
    """Asked of the class it is the descriptor itself."""
    member = getattr(RoutedNamespace, name)
    assert isinstance(member, Member)
    assert member.__doc__


def test_a_method_may_have_the_name_of_a_member() -> None:
    """It is a route like any other."""

    class Calendar(RoutedNamespace, namespace="/calendar"):
        @on("event")
        def event(self) -> str:  # type: ignore[override]
            return self.sid

    client = inline_client(site(Calendar))
    sid = client.join("/calendar")
    assert client.call("/calendar", "event") == sid


# --- sid and event


class Several(RoutedNamespace, namespace="/several"):
    """It handles several events with one method."""

    seen: list[Any]

    def opened(self) -> None:
        self.seen.append(("opened", self.sid, self.event))

    @on("connect")
    def join(self) -> None:
        self.seen.append(("join", self.sid, self.event))

    def accepted(self) -> None:
        self.seen.append(("accepted", self.sid, self.event))

    @on("up")
    @on("down")
    @on("rest:*")
    def move(self, *_: Any) -> list[str]:
        return [self.sid, self.event]

    @on("kick")
    def kick(self, sid: str) -> list[str]:
        self.disconnect(sid)
        return [self.sid, self.event]

    @on("disconnect")
    def part(self) -> None:
        self.seen.append(("part", self.sid, self.event))

    def closed(self) -> None:
        self.seen.append(("closed", self.sid, self.event))


def test_a_handler_of_several_events_knows_which_one_came() -> None:
    """And who sent it, in every method; also after another dispatch inside."""
    Several.seen = []
    here = site(Several)
    client, other = inline_client(here), inline_client(here)
    sid, kicked = client.join("/several"), other.join("/several")
    for event in ("up", "down", "rest:x"):
        assert client.call("/several", event) == [sid, event]
    assert client.call("/several", "kick", kicked) == [sid, "kick"]
    client.leave("/several")
    assert Several.seen == [
        *[(step, sid, "connect") for step in ("opened", "join", "accepted")],
        *[(step, kicked, "connect") for step in ("join", "accepted")],
        ("part", kicked, "disconnect"),
        *[(step, sid, "disconnect") for step in ("part", "closed")],
    ]


def test_outside_of_a_dispatch_there_is_neither() -> None:
    """Nor is that of another object one's own."""
    problems: list[str] = []

    class Nosy(RoutedNamespace, namespace="/nosy"):
        @on("look")
        def look(self) -> None:
            for name in ("sid", "event"):
                with pytest.raises(RuntimeError) as raised:
                    getattr(here.router.live["/several"], name)
                problems.append(str(raised.value))

    Several.seen = []
    here = site(Several, Nosy)
    client = inline_client(here)
    client.join("/several")
    client.join("/nosy")
    client.call("/nosy", "look")
    live = here.router.live["/several"]
    for name in ("sid", "event"):
        with pytest.raises(RuntimeError) as raised:
            getattr(live, name)
        problems.append(str(raised.value))
    assert (
        problems
        == [
            "no client of /several is being served here",
            "no event of /several is being served here",
        ]
        * 2
    )


# --- router


def test_an_object_has_the_router_that_leads_to_it() -> None:
    """Also in `__init__`, so that nobody has to import the app."""

    class Finding(RoutedNamespace, namespace="/finding/<name>"):
        def __init__(self, namespace: str) -> None:
            self.found = self.router.namespace_for(Finding, name="early")
            super().__init__(namespace)

        @on("find")
        def find(self, other: str) -> list[Any]:
            return [self.found, self.router.namespace_for(Finding, name=other)]

    here = site(Finding)
    client = inline_client(here)
    client.join("/finding/a")
    assert client.call("/finding/a", "find", "b") == ["/finding/early", "/finding/b"]
    assert here.router.live["/finding/a"].router is here.router


def test_an_object_that_stands_alone_has_no_router() -> None:
    """It says so, also beside one."""
    room = Several("/alone")
    here = served(room)
    MetaRouter([Several]).mount(here.socketio)
    with pytest.raises(RuntimeError, match="/alone stands alone, without a router"):
        _ = room.router


# --- clients


def test_clients_are_a_read_only_mapping_of_sids_to_their_dicts() -> None:
    """As it is now: whoever is let in and has not left."""
    seen: list[Any] = []

    class Room(RoutedNamespace, namespace="/room"):
        @on("connect")
        def join(self, auth: str) -> bool:
            self.client["name"] = auth
            seen.append((len(self.clients), self.sid in self.clients))
            return auth != "nobody"

        @on("disconnect")
        def part(self) -> None:
            seen.append((len(self.clients), self.sid in self.clients))

    here = site(Room)
    ann, bob = inline_client(here), inline_client(here)
    sids = [ann.join("/room", "a"), bob.join("/room", "b")]
    clients = here.router.live["/room"].clients
    assert clients == {sids[0]: {"name": "a"}, sids[1]: {"name": "b"}}
    assert list(clients) == sids
    assert repr(clients) == f"<ConnectedClients {dict(clients)!r}>"
    with pytest.raises(KeyError, match="unknown"):
        clients["unknown"]
    with pytest.raises(TypeError):
        clients["unknown"] = {}
    clients[sids[0]]["name"] = "changed"
    assert here.router.live["/room"].clients[sids[0]] == {"name": "changed"}
    inline_client(here).refusal("/room", "nobody")
    ann.leave("/room")
    assert dict(clients) == {sids[1]: {"name": "b"}}
    assert seen == [(0, False), (1, False), (2, False), (1, False)]
    bob.leave("/room")


def test_an_object_that_is_registered_nowhere_has_no_clients() -> None:
    """It has an empty mapping."""
    clients = Told("/nowhere").clients
    assert clients == {}
    assert list(clients) == []
    assert repr(clients) == "<ConnectedClients {}>"
    with pytest.raises(KeyError):
        clients["sid"]
    assert isinstance(clients, ConnectedClients)
    assert dict(Told("/nowhere").params) == {}


def test_the_dispatches_name_their_object_whatever_it_calls_its_attributes() -> None:
    """The facts of a dispatch are nsroute's own."""
    here = site(OWN)
    client, recorder = inline_client(here), DispatchRecorder(here)
    sid = client.join("/own/5")
    client.call("/own/5", "tell")
    assert (recorder.last.sid, recorder.last.event, recorder.last.params) == (
        sid,
        "tell",
        {"number": 5},
    )
