"""The live object: what it knows, whom it serves, and when it opens and closes."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import current_app, g, request, session
from flask_socketio import (
    close_room,
    disconnect,
    emit,
    join_room,
    leave_room,
    rooms,
    send,
)

from nsroute import Route, RoutedNamespace, on
from tests.local import Wire, error, names, site


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """It tells what it knows, and counts what happens to it."""

    made: list[Room] = []

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.made.append(self)
        self.steps: list[str] = [f"made {self.namespace} {dict(self.params)}"]
        self.drawn = 0

    def opened(self) -> None:
        self.steps.append(f"opened for {request.sid} {len(self.clients)}")

    def accepted(self) -> None:
        self.steps.append(f"accepted {request.sid} {len(self.clients)}")

    def closed(self) -> None:
        self.steps.append(f"closed by {request.sid} {len(self.clients)}")

    @on("connect")
    def join(self, auth: Any = None) -> bool:
        self.steps.append(f"join {request.sid} {len(self.clients)}")
        self.client["user"] = auth
        return auth != "nobody"

    @on("draw")
    def draw(self) -> int:
        self.drawn += 1
        return self.drawn

    @on("whoami")
    def whoami(self) -> list[Any]:
        return [self.client["user"], request.sid]

    @on("clients")
    def who(self) -> list[str]:
        return sorted(self.clients)

    @on("params")
    def tell_params(self, *, room_id: int) -> list[Any]:
        return [room_id, self.params["room_id"], type(room_id).__name__]

    @on("disconnect")
    def part(self) -> None:
        self.steps.append(f"part {self.client['user']} {len(self.clients)}")


@pytest.fixture(autouse=True)
def _forget() -> None:
    Room.made = []


def test_one_object_serves_all_clients_of_a_name() -> None:
    """Clients of one namespace share the object, those of another have another."""
    here = site(Room)
    ann, bob = Wire(here), Wire(here)
    for wire in (ann, bob):
        wire.join("/rooms/1")
    ann.join("/rooms/2")
    assert [wire.call("/rooms/1", "draw") for wire in (ann, bob)] == [1, 2]
    assert ann.call("/rooms/2", "draw") == 1
    assert here.router.live == {"/rooms/1": Room.made[0], "/rooms/2": Room.made[1]}


def test_the_life_of_an_object() -> None:
    """It opens before the first connect handler, closes after the last disconnect."""
    here = site(Room)
    ann, bob = Wire(here), Wire(here)
    first = ann.join("/rooms/1", "ann")
    second = bob.join("/rooms/1", "bob")
    ann.leave("/rooms/1")
    bob.leave("/rooms/1")
    (room,) = Room.made
    assert room.steps == [
        "made /rooms/1 {'room_id': 1}",
        f"opened for {first} 0",
        f"join {first} 0",
        f"accepted {first} 1",
        f"join {second} 1",
        f"accepted {second} 2",
        "part ann 1",
        "part bob 0",
        f"closed by {second} 0",
    ]
    assert here.router.live == {}


def test_who_comes_after_the_last_gets_a_new_object() -> None:
    """After its last client an object is not used again."""
    wire = Wire(site(Room))
    for _ in range(2):
        wire.join("/rooms/1")
        assert wire.call("/rooms/1", "draw") == 1
        wire.leave("/rooms/1")
    assert len(Room.made) == 2


def test_a_refused_client_is_never_among_the_clients() -> None:
    """Whom the connect handler refuses is not accepted, and is not a client."""
    here = site(Room)
    ann = Wire(here)
    ann.join("/rooms/1")
    Wire(here).refusal("/rooms/1", "nobody")
    (room,) = Room.made
    assert room.clients == frozenset(ann.sids.values())
    assert [step.split()[0] for step in room.steps].count("accepted") == 1
    assert "closed" not in [step.split()[0] for step in room.steps]


def test_clients_are_those_who_are_here() -> None:
    """`clients` holds the sids of the clients of that object, as they are now."""
    here = site(Room)
    ann, bob = Wire(here), Wire(here)
    sids = [wire.join("/rooms/1") for wire in (ann, bob)]
    bob.join("/rooms/2")
    assert ann.call("/rooms/1", "clients") == sorted(sids)
    bob.leave("/rooms/1")
    assert ann.call("/rooms/1", "clients") == [sids[0]]
    assert isinstance(Room.made[0].clients, frozenset)


def test_params_are_converted_and_read_only() -> None:
    """`params` has the converted parameters; a keyword-only parameter gets its own."""
    wire = Wire(site(Room))
    wire.join("/rooms/42")
    assert wire.call("/rooms/42", "params") == [42, 42, "int"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        Room.made[0].params["room_id"] = 43  # type: ignore[index]


def test_all_handlers_may_have_the_parameters() -> None:
    """Lifecycle and prefix handlers get parameters by name too; a default may do."""
    heard: list[Any] = []

    class Board(RoutedNamespace):
        @on("connect")
        def join(self, auth: Any = None, *, name: str) -> None:
            heard.append(("connect", auth, name))

        @on("*")
        def rest(self, event: str, *args: Any, name: str, other: int = 7) -> None:
            heard.append((event, args, name, other))

        @on("disconnect")
        def part(self, reason: str, *, name: str) -> None:
            heard.append((reason, name))

    wire = Wire(site(Route("/boards/<name>", Board)))
    wire.join("/boards/art", "auth")
    wire.call("/boards/art", "say", 1)
    wire.leave("/boards/art")
    assert heard == [
        ("connect", "auth", "art"),
        ("say", (1,), "art", 7),
        ("client disconnect", "art"),
    ]


def test_no_client_names_a_keyword_parameter() -> None:
    """What a client sends is positional: it never gets at a keyword-only parameter."""
    wire = Wire(site(Room))
    wire.join("/rooms/42")
    told = wire.call("/rooms/42", "params", {"room_id": 43})
    assert told["error"]["code"] == "invalid_arguments"


# --- the client ----------------------------------------------------------------------


def test_each_client_has_a_dict_of_its_own() -> None:
    """`client` is kept from connect to disconnect, for each client and namespace."""
    here = site(Room)
    ann, bob = Wire(here), Wire(here)
    ann.join("/rooms/1", "ann")
    bob.join("/rooms/1", "bob")
    ann.join("/rooms/2", "ann in two")
    assert ann.call("/rooms/1", "whoami") == ["ann", ann.sids["/rooms/1"]]
    assert bob.call("/rooms/1", "whoami") == ["bob", bob.sids["/rooms/1"]]
    assert ann.call("/rooms/2", "whoami")[0] == "ann in two"
    bob.leave("/rooms/1")
    assert Room.made[0].steps[-1] == "part bob 1"
    bob.join("/rooms/1", "bob again")
    assert bob.call("/rooms/1", "whoami")[0] == "bob again"


def test_without_a_dispatch_there_is_no_client() -> None:
    """Outside of a dispatch `client` says that nobody is served, and where."""
    here = site(Room)
    Wire(here).join("/rooms/1")
    (room,) = Room.made
    with pytest.raises(RuntimeError, match="no client of /rooms/1 is being served"):
        _ = room.client
    with (
        here.app.test_request_context(),
        pytest.raises(RuntimeError, match="no client"),
    ):
        _ = room.client


def test_the_client_of_another_object_is_not_ones_own() -> None:
    """In a dispatch of one object, another has no client to tell of."""
    problems: list[str] = []

    class Nosy(RoutedNamespace, namespace="/nosy"):
        @on("look")
        def look(self, other: str) -> None:
            try:
                _ = here.router.live[other].client
            except RuntimeError as problem:
                problems.append(str(problem))

    here = site(Room, Nosy)
    wire = Wire(here)
    wire.join("/rooms/1")
    wire.join("/nosy")
    wire.call("/nosy", "look", "/rooms/1")
    assert problems == ["no client of /rooms/1 is being served here"]


def test_a_nested_dispatch_has_its_own_client() -> None:
    """A client that is disconnected inside another's dispatch is the one served."""
    heard: list[Any] = []

    class Host(RoutedNamespace, namespace="/host"):
        @on("connect")
        def join(self, auth: str) -> None:
            self.client["name"] = auth

        @on("kick")
        def kick(self, sid: str) -> str:
            disconnect(sid)
            heard.append((self.client["name"], request.sid))
            return str(self.client["name"])

        @on("disconnect")
        def part(self) -> None:
            heard.append((self.client["name"], request.sid))

    here = site(Host)
    ann, bob = Wire(here), Wire(here)
    ann.join("/host", "ann")
    bob.join("/host", "bob")
    assert ann.call("/host", "kick", bob.sids["/host"]) == "ann"
    assert heard == [("bob", bob.sids["/host"]), ("ann", ann.sids["/host"])]


def test_a_callback_has_the_client_of_the_emit() -> None:
    """A callback of an emit knows `client`, as it knows `request.sid`."""
    heard: list[Any] = []

    class Asker(RoutedNamespace, namespace="/asker"):
        @on("go")
        def go(self) -> None:
            self.client["n"] = 1
            self.emit("ask", callback=self.answered, to=request.sid)

        def answered(self, answer: str) -> None:
            heard.append((answer, self.client["n"]))

    wire = Wire(site(Asker))
    wire.responses["ask"] = lambda: "yes"
    wire.join("/asker")
    wire.call("/asker", "go")
    assert heard == [("yes", 1)]


def test_there_is_a_client_in_init() -> None:
    """`client`, `params` and `lock` are there while the object is made."""
    seen: list[Any] = []

    class Early(RoutedNamespace, namespace="/early/<n>"):
        def __init__(self, namespace: str) -> None:
            self.client["early"] = True
            seen.append(dict(self.params))
            with self.lock:
                super().__init__(namespace)

        @on("look")
        def look(self) -> dict[str, Any]:
            return self.client

    wire = Wire(site(Early))
    wire.join("/early/bird")
    assert seen == [{"n": "bird"}]
    assert wire.call("/early/bird", "look") == {"early": True}


# --- the lock ------------------------------------------------------------------------


def test_the_lock_may_be_taken_again() -> None:
    """`lock` is one for the object, and whoever holds it may take it again."""
    wire = Wire(site(Room))
    wire.join("/rooms/1")
    wire.join("/rooms/2")
    one, two = Room.made
    assert one.lock is one.lock
    assert one.lock is not two.lock
    with one.lock, one.lock:
        assert two.lock.acquire(blocking=False)
    two.lock.release()


def test_the_lock_keeps_others_out() -> None:
    """Another thread does not get the lock while it is held."""
    Wire(site(Room)).join("/rooms/1")
    (room,) = Room.made
    got: list[bool] = []
    with room.lock:
        other = threading.Thread(target=lambda: got.append(room.lock.acquire(False)))
        other.start()
        other.join()
    assert got == [False]


def test_an_object_that_is_registered_nowhere_has_a_lock() -> None:
    """`lock` works before the namespace is registered."""
    with Room("/rooms/1").lock as taken:
        assert taken


# --- what it sends -------------------------------------------------------------------


class Speaker(RoutedNamespace, namespace=["/one", "/two"]):
    @on("emit")
    def on_demand(self, method: str, *args: Any) -> None:
        options = args[-1] if args and isinstance(args[-1], dict) else {}
        getattr(self, method)(*args[: -1 if options else None], **options)

    @on("rooms")
    def tell_rooms(self, sid: str) -> list[str]:
        return sorted(self.rooms(sid))

    @on("enter")
    def enter(self, room: str) -> None:
        self.enter_room(request.sid, room)

    @on("exit")
    def exit(self, room: str) -> None:
        self.leave_room(request.sid, room)

    @on("kick")
    def kick(self, sid: str) -> None:
        self.disconnect(sid)

    @on("remember")
    def remember(self, value: Any) -> Any:
        with self.session(request.sid) as kept:
            before = kept.get("value")
            kept["value"] = value
        return before


@pytest.fixture
def three() -> tuple[Wire, Wire, Wire]:
    """Two clients of one namespace, the second also in another; a third there alone."""
    here = site(Speaker)
    ann, bob, eve = Wire(here), Wire(here), Wire(here)
    ann.join("/one")
    bob.join("/one")
    bob.join("/two")
    eve.join("/two")
    return ann, bob, eve


Three = tuple[Wire, Wire, Wire]


def _heard(three: Three) -> list[list[Any]]:
    ann, bob, eve = three
    pairs = [(ann, "/one"), (bob, "/one"), (bob, "/two"), (eve, "/two")]
    return [names(wire.heard(namespace)) for wire, namespace in pairs]


def test_emit_goes_to_the_namespace(three: Three) -> None:
    """`emit` goes to all clients of the object's own namespace, and no others."""
    three[0].call("/one", "emit", "emit", "news", [1])
    assert three[0].heard("/one") == [("news", [1])]
    assert _heard(three) == [[], ["news"], [], []]


@pytest.mark.parametrize(
    "options,heard",
    [
        ({"include_self": False}, [[], ["news"], [], []]),
        ({"namespace": "/two"}, [[], [], ["news"], ["news"]]),
        ({"room": "red"}, [[], ["news"], [], []]),
        ({"to": "red"}, [[], ["news"], [], []]),
        ({"to": ["red", "blue"]}, [["news"], ["news"], [], []]),
        ({"to": "green"}, [[], [], [], []]),
        ({"ignore_queue": True}, [["news"], ["news"], [], []]),
    ],
)
def test_emit_takes_what_socketio_takes(
    three: Three, options: dict[str, Any], heard: list[list[str]]
) -> None:
    """`emit` and `send` take the options of the methods of `SocketIO`."""
    ann, bob, _ = three
    ann.call("/one", "enter", "blue")
    bob.call("/one", "enter", "red")
    ann.call("/one", "emit", "emit", "news", 1, options)
    assert _heard(three) == heard
    ann.call("/one", "emit", "send", 1, options)
    sent = [["message"] if one else [] for one in heard]
    assert _heard(three) == sent


def test_emit_may_skip_clients(three: Three) -> None:
    """`skip_sid` leaves one client out, or several."""
    ann, bob, _ = three
    one, two = ann.sids["/one"], bob.sids["/one"]
    ann.call("/one", "emit", "emit", "news", 1, {"skip_sid": two})
    assert _heard(three) == [["news"], [], [], []]
    ann.call("/one", "emit", "emit", "news", 1, {"skip_sid": [one, two]})
    assert _heard(three) == [[], [], [], []]


def test_positional_options_are_those_of_flask_socketio(three: Three) -> None:
    """Room, `include_self` and namespace may be given by position, as upstream."""
    ann, _, _ = three
    ann.call("/one", "emit", "emit", "news", 1, None, False, "/one")
    assert _heard(three) == [[], ["news"], [], []]
    ann.call("/one", "emit", "send", 1, None, False, "/two")
    assert _heard(three) == [[], [], ["message"], ["message"]]


def test_send_sends_text_and_json(three: Three) -> None:
    """`send` emits `message`, or with `json=True` the event `json`."""
    ann, _, _ = three
    ann.call("/one", "emit", "send", "text")
    ann.call("/one", "emit", "send", [1], {"json": True})
    assert ann.heard("/one") == [("message", "text"), ("json", [1])]


def test_emit_without_data_has_no_arguments(three: Three) -> None:
    """An event may have no data at all, and a tuple is several arguments."""
    ann, _, _ = three
    ann.call("/one", "emit", "emit", "bare")
    assert ann.heard("/one") == [("bare",)]


def test_call_waits_for_an_answer() -> None:
    """`call` gives what one client acknowledges, in the own namespace or another."""
    answers: list[Any] = []

    class Asker(RoutedNamespace, namespace="/asker"):
        @on("ask")
        def ask(self, here: str, there: str) -> None:
            answers.append(self.call("sum", (1, 2), to=here, timeout=5))
            answers.append(self.call("sum", 4, namespace="/one", to=there, timeout=5))
            answers.append(self.call("sum", 5, room=here, timeout=5))

    wire = Wire(site(Asker, Speaker))
    wire.responses["sum"] = lambda *numbers: sum(numbers)
    wire.call("/asker", "ask", wire.join("/asker"), wire.join("/one"))
    assert answers == [3, 4, 5]


def test_rooms_are_those_of_the_namespace(three: Three) -> None:
    """`enter_room`, `leave_room`, `rooms` and `close_room` mean the own namespace."""
    ann, bob, _ = three
    sid = bob.sids["/one"]
    bob.call("/one", "enter", "red")
    assert ann.call("/one", "rooms", sid) == sorted([sid, "red"])
    bob.call("/one", "exit", "red")
    assert ann.call("/one", "rooms", sid) == [sid]
    bob.call("/one", "enter", "red")
    ann.call("/one", "emit", "close_room", "red")
    assert ann.call("/one", "rooms", sid) == [sid]


def test_close_room_may_mean_another_namespace(three: Three) -> None:
    """`close_room(room, namespace)` closes a room elsewhere."""
    ann, bob, _ = three
    bob.call("/two", "enter", "red")
    ann.call("/one", "emit", "close_room", "red", {"namespace": "/two"})
    assert bob.call("/two", "rooms", bob.sids["/two"]) == [bob.sids["/two"]]


def test_disconnect_means_the_own_namespace(three: Three) -> None:
    """`disconnect(sid)` ends a client here, and leaves it in other namespaces."""
    ann, bob, _ = three
    ann.call("/one", "kick", bob.sids["/one"])
    ann.call("/one", "emit", "emit", "news", 1)
    assert _heard(three) == [["news"], [], [], []]
    assert bob.call("/two", "rooms", bob.sids["/two"]) == [bob.sids["/two"]]


def test_upstreams_session_works(three: Three) -> None:
    """python-socketio's session of a client works in its own namespace."""
    ann, bob, _ = three
    assert [ann.call("/one", "remember", n) for n in (1, 2)] == [(), 1]
    assert bob.call("/one", "remember", 3) == ()


# --- Flask ---------------------------------------------------------------------------


class Flasky(RoutedNamespace, namespace="/flasky"):
    """It uses Flask and Flask-SocketIO in every method."""

    seen: list[Any] = []

    def _look(self, where: str) -> None:
        event = request.event["message"]
        before = g.get("where")
        g.where = where
        session[where] = True
        app = current_app.name
        self.seen.append((where, request.namespace, event, before, app))

    def opened(self) -> None:
        self._look("opened")

    @on("connect")
    def join(self) -> None:
        self._look("connect")
        join_room("lobby")
        emit("from connect")

    def accepted(self) -> None:
        self._look("accepted")
        emit("from accepted", sorted(rooms()))
        leave_room("lobby")

    @on("say")
    def say(self, text: str) -> list[str]:
        self._look("say")
        emit("to all", text, broadcast=True)
        send("to me")
        close_room("nothing")
        return sorted(session)

    @on("leave")
    def leave(self) -> None:
        disconnect()

    @on("disconnect")
    def part(self) -> None:
        self._look("disconnect")

    def closed(self) -> None:
        self._look("closed")


def test_flask_works_in_every_method() -> None:
    """Request, session, `g`, the app and the functions of Flask-SocketIO are there."""
    Flasky.seen = []
    here = site(Flasky)
    ann, bob = Wire(here), Wire(here)
    sid = ann.join("/flasky")
    assert ann.heard("/flasky") == [
        ("from connect",),
        ("from accepted", sorted([sid, "lobby"])),
    ]
    bob.join("/flasky")
    assert ann.call("/flasky", "say", "hi") == ["accepted", "connect", "opened", "say"]
    assert bob.heard("/flasky")[2:] == [("to all", "hi")]
    assert ann.heard("/flasky") == [("to all", "hi"), ("message", "to me")]
    bob.leave("/flasky")
    ann.emit("/flasky", "leave")
    assert Flasky.seen == [
        ("opened", "/flasky", "connect", None, "local"),
        ("connect", "/flasky", "connect", "opened", "local"),
        ("accepted", "/flasky", "connect", None, "local"),
        ("connect", "/flasky", "connect", None, "local"),
        ("accepted", "/flasky", "connect", None, "local"),
        ("say", "/flasky", "say", None, "local"),
        ("disconnect", "/flasky", "disconnect", None, "local"),
        ("disconnect", "/flasky", "disconnect", None, "local"),
        ("closed", "/flasky", "disconnect", "disconnect", "local"),
    ]
    assert here.router.live == {}


# --- trigger_event -------------------------------------------------------------------


def test_a_subclass_may_override_trigger_event() -> None:
    """An override sees each custom event first, as `(event, sid, *args)`."""
    seen: list[Any] = []

    class Curious(RoutedNamespace, namespace="/curious"):
        def trigger_event(self, event: str, *args: Any) -> Any:
            seen.append((event, *args))
            if event == "mine":
                return "answered by the override"
            return super().trigger_event(event.lower(), *args)

        @on("say")
        def say(self, text: str) -> str:
            return text

    wire = Wire(site(Curious))
    sid = wire.join("/curious")
    assert wire.call("/curious", "SAY", "hi") == "hi"
    assert wire.call("/curious", "mine") == "answered by the override"
    wire.leave("/curious")
    assert seen == [("SAY", sid, "hi"), ("mine", sid)]


def test_an_object_that_is_registered_nowhere_dispatches_nothing() -> None:
    """`trigger_event` says so where the namespace is not registered."""
    with pytest.raises(RuntimeError, match="is not registered on a SocketIO"):
        Room("/rooms/1").trigger_event("draw", "sid")


def test_the_base_class_itself_serves_a_namespace_in_which_nothing_happens() -> None:
    """As a plain `Namespace` does: clients come, hear what is emitted to it, and go."""
    here = site(Route("/rooms/<int:room_id>", RoutedNamespace))
    here.socketio.on_namespace(RoutedNamespace("/exact"))
    wire = Wire(here)
    for name in ("/rooms/1", "/exact"):
        wire.join(name)
        here.socketio.emit("news", 1, namespace=name)
        assert wire.heard(name) == [("news", 1)]
        assert wire.call(name, "any") == error(
            "unhandled_event", "Nothing handles this event."
        )
        wire.leave(name)
    assert not here.router.live
