"""A namespace that stands by itself: `socketio.on_namespace(Room("/rooms/lobby"))`."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO

from nsroute import RoutedNamespace, RouteError, dispatched, on
from tests.local import Tape, Wire, error, names, site
from tests.servers import PATIENCE, Site


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    steps: list[str]

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.steps = []

    def opened(self) -> None:
        self.steps.append("opened")

    def accepted(self) -> None:
        self.steps.append("accepted")

    def closed(self) -> None:
        self.steps.append("closed")

    @on("connect")
    def join(self, auth: Any = None) -> bool:
        self.steps.append("join")
        self.client["user"] = auth
        return auth != "nobody"

    @on("say")
    def say(self, text: str) -> list[Any]:
        self.emit("said", text)
        return [self.client["user"], len(self.clients), dict(self.params)]

    @on("boom")
    def boom(self) -> None:
        raise RuntimeError("secret")

    @on("disconnect")
    def part(self) -> None:
        self.steps.append("part")


def _served(*namespaces: RoutedNamespace) -> Site:
    """Serve namespaces without any router."""
    app = Flask("alone")
    socketio = SocketIO(app, async_mode="threading")
    for namespace in namespaces:
        socketio.on_namespace(namespace)
    return Site(app, socketio)


def test_it_works_without_a_router() -> None:
    """Events, answers, emits and `client` are those of a routed class."""
    room = Room("/rooms/lobby")
    here = _served(room)
    ann, bob = Wire(here), Wire(here)
    ann.join("/rooms/lobby", "ann")
    bob.join("/rooms/lobby", "bob")
    assert ann.call("/rooms/lobby", "say", "hi") == ["ann", 2, {}]
    assert names(bob.heard("/rooms/lobby")) == ["said"]
    assert room.clients == {ann.sids["/rooms/lobby"], bob.sids["/rooms/lobby"]}


@pytest.mark.parametrize(
    "event,args,code",
    [
        ("say", (5,), "invalid_arguments"),
        ("boom", (), "internal_error"),
        ("sing", (), "unhandled_event"),
        ("connect", (), "reserved_event"),
        ("disconnect", (), "reserved_event"),
        (5, (), "invalid_event"),
    ],
)
def test_it_answers_as_routed_ones_do(
    event: Any, args: tuple[Any, ...], code: str
) -> None:
    """Errors have the envelope that they have behind a router."""
    wire = Wire(_served(Room("/rooms/lobby")))
    wire.join("/rooms/lobby")
    assert wire.call("/rooms/lobby", event, *args)["error"]["code"] == code


def test_refusals_leave_nothing_behind() -> None:
    """A client that is refused is told so and is not kept."""
    room = Room("/rooms/lobby")
    here = _served(room)
    told = Wire(here).refusal("/rooms/lobby", "nobody")
    assert told == {"message": "Connection rejected by server"}
    assert room.clients == frozenset()
    assert here.socketio.server.manager.rooms == {}


def test_it_opens_and_closes_anew_each_time() -> None:
    """The one object is opened for each first client and closed behind each last."""
    room = Room("/rooms/lobby")
    wire = Wire(_served(room))
    for _ in range(2):
        wire.join("/rooms/lobby")
        wire.leave("/rooms/lobby")
    assert room.steps == ["opened", "join", "accepted", "part", "closed"] * 2


@pytest.mark.parametrize("way", ["leave", "close"])
def test_it_lets_its_clients_go_however_they_leave(way: str) -> None:
    """Leaving the namespace and losing the connection both end a client, once."""
    room = Room("/rooms/lobby")
    here = _served(room)
    wire = Wire(here)
    wire.join("/rooms/lobby")
    if way == "leave":
        wire.leave("/rooms/lobby")
    else:
        wire.close()
    assert room.steps.count("part") == 1
    assert room.clients == frozenset()
    assert here.socketio.server.manager.rooms == {}


def test_it_knows_the_parameters_of_a_name_that_matches() -> None:
    """Where the name is one of the class's pattern, `params` has its parameters."""
    wire = Wire(_served(Room("/rooms/42")))
    wire.join("/rooms/42", "ann")
    assert wire.call("/rooms/42", "say", "") == ["ann", 1, {"room_id": 42}]


def test_it_is_narrowed_like_a_routed_one() -> None:
    """A route narrowed to a pattern is there where the name matches that pattern."""

    class Many(RoutedNamespace, namespace="/a/<int:n>"):
        @on("where", namespace="/b/<int:n>")
        def in_b(self, *, n: int) -> list[Any]:
            return ["b", n]

        @on("where")
        def where(self) -> str:
            return "anywhere"

    wire = Wire(_served(Many("/a/1"), Many("/b/2"), Many("/c")))
    told = []
    for name in ("/a/1", "/b/2", "/c"):
        wire.join(name)
        told.append(wire.call(name, "where"))
    assert told == ["anywhere", ["b", 2], "anywhere"]


def test_other_converters_are_a_routers() -> None:
    """A pattern with a converter that nobody knows here matches nothing, quietly."""

    class Slugs(RoutedNamespace, namespace="/<slug:name>"):
        @on("params")
        def tell(self) -> dict[str, Any]:
            return dict(self.params)

    wire = Wire(_served(Slugs("/a")))
    wire.join("/a")
    assert wire.call("/a", "params") == {}


class Lobby(RoutedNamespace, namespace="/lobby"):
    @on("where")
    def where(self) -> str:
        return self.namespace


class Anything(RoutedNamespace):
    @on("where")
    def where(self) -> str:
        return self.namespace


def test_a_class_with_one_name_need_not_be_told_it() -> None:
    """`Lobby()` serves the only name of its class, one without pattern `/`."""
    wire = Wire(_served(Lobby(), Anything()))
    for name in ("/lobby", "/"):
        wire.join(name)
        assert wire.call(name, "where") == name


@pytest.mark.parametrize("patterns", ["/rooms/<int:n>", ["/a", "/b"]])
def test_a_class_with_many_names_must_be_told_one(patterns: Any) -> None:
    """Without a name, an object whose class could serve several is refused."""

    class Many(RoutedNamespace, namespace=patterns):
        pass

    with pytest.raises(RouteError, match="serves one namespace") as caught:
        Many()
    assert str(caught.value.target).endswith("Many")
    assert caught.value.hint == "pass its name, or mount a MetaRouter with the class"


def test_no_object_stands_on_the_star() -> None:
    """It would let everybody in and run no handler: that is a router's place."""

    class Star(RoutedNamespace, namespace="*"):
        pass

    for make in (Star, lambda: Lobby("*")):
        with pytest.raises(RouteError, match="stands for all namespaces") as caught:
            make()
        assert caught.value.hint == "mount a MetaRouter with the class"


class Needy(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("say")
    def say(self, *, room_id: int) -> int:
        return room_id


def test_parameters_that_nobody_supplies_are_found_when_it_is_registered() -> None:
    """A handler that needs a parameter of the pattern cannot serve another name."""
    with pytest.raises(RouteError, match="'room_id'") as caught:
        _served(Needy("/rooms/lobby"))
    assert str(caught.value.target).endswith("Needy.say")
    wire = Wire(_served(Needy("/rooms/7")))
    wire.join("/rooms/7")
    assert wire.call("/rooms/7", "say") == 7


def test_it_may_be_registered_before_the_app_is_there() -> None:
    """`on_namespace` works before `init_app`, and after a later one again."""
    socketio = SocketIO(async_mode="threading")
    room = Room("/rooms/lobby")
    socketio.on_namespace(room)
    for _ in range(2):
        app = Flask("late")
        socketio.init_app(app)
        wire = Wire(Site(app, socketio))
        wire.join("/rooms/lobby", "ann")
        assert wire.call("/rooms/lobby", "say", "hi") == ["ann", 1, {}]


def test_it_stands_beside_a_router() -> None:
    """An exact namespace goes before the router's patterns, and is no object of its."""
    here = site(Room)
    exact = Room("/rooms/0")
    here.socketio.on_namespace(exact)
    wire = Wire(here)
    wire.join("/rooms/0")
    wire.join("/rooms/1")
    assert list(here.router.live) == ["/rooms/1"]
    assert exact.clients == {wire.sids["/rooms/0"]}
    wire.close()
    assert exact.steps[-1] == "closed"
    assert here.socketio.server.manager.rooms == {}


def test_it_sends_its_dispatches_itself() -> None:
    """The sender of `dispatched` is the object; the pattern is the name, or its own."""
    lobby, room = Room("/rooms/lobby"), Room("/rooms/42")
    here = _served(lobby, room)
    tapes = [Tape(lobby), Tape(room)]
    wire = Wire(here)
    wire.join("/rooms/lobby")
    wire.join("/rooms/42")
    assert [tape.last.pattern for tape in tapes] == [
        "/rooms/lobby",
        "/rooms/<int:room_id>",
    ]
    assert [tape.last.instance for tape in tapes] == [lobby, room]
    assert dispatched.receivers_for(lobby)


def test_it_may_override_trigger_event() -> None:
    """An override gets what upstream forwards, connects included, as a plain class."""
    seen: list[str] = []

    class Curious(RoutedNamespace):
        def trigger_event(self, event: str, *args: Any) -> Any:
            seen.append(event)
            return super().trigger_event(event, *args)

        @on("say")
        def say(self) -> str:
            return "said"

    wire = Wire(_served(Curious("/curious")))
    wire.join("/curious")
    assert wire.call("/curious", "say") == "said"
    wire.leave("/curious")
    assert seen == ["connect", "say", "disconnect"]


class Gate(threading.Event):
    """An event that tells when somebody waits for it."""

    waiting = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.waiting.set()
        return super().wait(timeout)


def test_a_client_that_joins_while_it_closes_waits_for_that() -> None:
    """Whoever comes while `closed` runs is taken in once it is over."""
    steps: list[str] = []
    closing, go_on = threading.Event(), threading.Event()

    class Slow(RoutedNamespace):
        def opened(self) -> None:
            steps.append("opened")

        def closed(self) -> None:
            closing.set()
            assert go_on.wait(PATIENCE)
            steps.append("closed")

    here = _served(Slow("/slow"))
    Gate.waiting.clear()
    here.socketio.server.eio.create_event = Gate
    ann, bob = Wire(here), Wire(here)
    ann.join("/slow")
    leaving = threading.Thread(target=ann.leave, args=["/slow"])
    leaving.start()
    assert closing.wait(PATIENCE)
    joining = threading.Thread(target=bob.join, args=["/slow"])
    joining.start()
    assert Gate.waiting.wait(PATIENCE)
    assert steps == ["opened"]
    go_on.set()
    leaving.join(PATIENCE)
    joining.join(PATIENCE)
    assert steps == ["opened", "closed", "opened"]
    assert list(bob.sids) == ["/slow"]


def test_an_error_of_a_standing_namespace_tells_nothing() -> None:
    """No text of an exception gets out of a namespace without a router either."""
    wire = Wire(_served(Room("/rooms/lobby")))
    wire.join("/rooms/lobby")
    told = wire.call("/rooms/lobby", "boom")
    assert told == error("internal_error", "internal error")


def test_what_is_over_is_over_once() -> None:
    """Neither an old occupancy nor a client who is gone can end what came after it."""
    room = Room("/rooms/lobby")
    here = _served(room)
    wire = Wire(here)
    wire.join("/rooms/lobby")
    desk, old = room._nsroute_desk, room._nsroute_place
    assert desk is not None
    assert old is not None
    (gone,) = old.members.values()
    wire.leave("/rooms/lobby")
    wire.join("/rooms/lobby")
    desk.gone(old)
    desk.left(gone)
    assert room.clients == {wire.sids["/rooms/lobby"]}
    assert [client.sid for client in desk.clients(wire.eio_sid)] == list(room.clients)


def test_it_knows_its_own_name_only() -> None:
    """The desk of a standing namespace answers for that name, and refuses no other."""
    room = Room("/rooms/lobby")
    _served(room)
    desk = room._nsroute_desk
    assert desk is not None
    assert [desk.serves(name) for name in ("/rooms/lobby", "/")] == [True, False]
    assert not desk.refuses("/rooms/x")
    assert list(desk.others()) == []
