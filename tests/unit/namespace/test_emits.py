"""An event that the server sends is declared by the signature of a method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import attrs
import pytest
import socketio.exceptions
from flask_socketio import SocketIO

from nsroute import (
    InvalidAnswer,
    RoutedNamespace,
    emits,
    on,
)
from nsroute.namespace import ServerEvent
from nsroute.testing import RouterClient, serve
from nsroute.testing.received import Received


@attrs.frozen
class Said:
    text: str


class Point(NamedTuple):
    x: int
    y: int = 0


class Base(RoutedNamespace):
    @emits
    def said(self, said: Said, loud: bool = False) -> None:
        """Somebody said something."""

    @emits("are you sure?")
    def confirm(self, question: str) -> bool: ...


class Room(Base, namespace="/rooms/<int:room_id>"):
    @emits
    def points(self, *points: Point) -> None: ...

    @emits
    def ping(self) -> None: ...

    @emits
    def place(self) -> Point: ...

    @emits
    def who(self) -> Said | None: ...

    @emits
    def loose(self, anything): ...  # type: ignore[no-untyped-def]

    @on("do")
    def do(self, what: str) -> Any:
        found: Callable[[Room], Any] = STEPS[what]
        return found(self)


STEPS: dict[str, Callable[[Room], Any]] = {
    "said": lambda room: room.said(Said("hi")),
    "by name": lambda room: room.said(loud=True, said=Said("hi")),
    "points": lambda room: room.points(Point(1), Point(2, 3)),
    "ping": lambda room: room.ping(),
    "loose": lambda room: room.loose((1, "a")),
    "none": lambda room: room.loose(None),
    "not me": lambda room: room.said.to(include_self=False)(Said("psst")),
    "mods": lambda room: room.said.to("mods", skip_sid=room.sid)(Said("psst")),
    "me": lambda room: room.said.to(room.sid)(Said("psst"), True),
    "confirm": lambda room: room.confirm.call(room.sid, timeout=5)("really?"),
    "place": lambda room: repr(room.place.call(room.sid)()),
    "who": lambda room: repr(room.who.call(room.sid)()),
    "ask loosely": lambda room: room.loose.call(room.sid)(1),
}


@pytest.fixture
def client() -> RouterClient:
    client = serve(Room, "/rooms/1")
    client.connect()
    return client


@pytest.mark.parametrize(
    "what, event, args",
    [
        ("said", "said", ({"text": "hi"}, False)),
        ("by name", "said", ({"text": "hi"}, True)),
        ("points", "points", ([1, 0], [2, 3])),
        ("ping", "ping", ()),
        ("loose", "loose", ([1, "a"],)),
        ("none", "loose", (None,)),
        ("me", "said", ({"text": "psst"}, True)),
    ],
)
def test_a_call_sends_what_the_signature_says(
    client: RouterClient, what: str, event: str, args: tuple[Any, ...]
) -> None:
    """Each argument is one on the wire, by position or name, defaults included."""
    client.call("do", what)
    assert client.received() == [Received("/rooms/1", event, args)]


def test_to_takes_what_emit_takes(client: RouterClient) -> None:
    """A room, a sid to skip, or all but the client being served."""
    bob = client.another()
    bob.connect()
    client.call("do", "not me")
    assert (client.received(), len(bob.received())) == ([], 1)
    client.socketio.server.enter_room(bob.sid(), "mods", "/rooms/1")
    client.socketio.server.enter_room(client.sid(), "mods", "/rooms/1")
    client.call("do", "mods")
    assert (client.received(), len(bob.received())) == ([], 1)


def test_call_asks_one_client_and_checks_the_answer(client: RouterClient) -> None:
    """The answer is what the return annotation declares."""
    client.reply("are you sure?", lambda question: question == "really?")
    assert client.call("do", "confirm") is True
    client.reply("place", lambda: (4, 5))
    assert client.call("do", "place") == "Point(x=4, y=5)"
    client.reply("place", lambda: 4)
    assert client.call("do", "place") == "Point(x=4, y=0)"
    client.reply("who", lambda: {"text": "me"})
    assert client.call("do", "who") == "Said(text='me')"
    client.reply("who", lambda: None)
    assert client.call("do", "who") == "None"
    client.reply("loose", lambda anything: (1, [2]))
    assert client.call("do", "ask loosely") == (1, [2])


@pytest.mark.parametrize(
    "what, event, answer, path, message",
    [
        ("confirm", "are you sure?", 5, "answer", "Expected `bool`, got `int`"),
        ("confirm", "are you sure?", (True, 5), "answer", "Expected 1 value, got 2"),
        ("place", "place", (1, "x"), "answer[1]", "Expected `int`, got `str`"),
        ("place", "place", (), "answer", "Expected `array` of length 1 to 2, got 0"),
        ("who", "who", {"text": 5}, "answer.text", "Expected `str`, got `int`"),
    ],
)
def test_a_wrong_answer_is_an_error_that_names_it(
    client: RouterClient, what: str, event: str, answer: Any, path: str, message: str
) -> None:
    """It is an `EventError`, for it is the client's mistake, with the path of each."""
    client.reply(event, lambda *_: answer)
    error = client.call("do", what)["error"]
    assert error["code"] == "invalid_answer"
    [problem] = error["details"]
    assert problem["path"] == path
    assert problem["message"].startswith(message)


def test_a_wrong_answer_can_be_caught() -> None:
    """It names the event, and what was wrong, without what the client sent."""
    told: list[InvalidAnswer] = []

    class Asking(RoutedNamespace, namespace="/asking"):
        @emits
        def age(self) -> int: ...

        @on("ask")
        def ask(self) -> None:
            with pytest.raises(InvalidAnswer) as caught:
                self.age.call(self.sid)()
            told.append(caught.value)

    client = serve(Asking, "/asking")
    client.connect()
    client.reply("age", lambda: "secret")
    client.call("ask")
    [error] = told
    assert error.target == "Asking.age"
    text = "invalid_answer: Asking.age: answer: Expected `int`, got `str`"
    assert str(error) == text


def test_an_event_goes_out_from_outside_of_a_dispatch(client: RouterClient) -> None:
    """A live object sends its events wherever somebody has it."""
    room = client.router.live["/rooms/1"]
    assert isinstance(room, Room)
    room.said(Said("later"))
    client.reply("are you sure?", lambda question: False)
    asked = room.confirm.call(client.sid())
    assert asked("sure?") is False
    assert [one.event for one in client.received()] == ["said", "are you sure?"]


def test_a_client_that_does_not_answer_is_given_up(client: RouterClient) -> None:
    """Upstream's own exception says so."""
    room = client.router.live["/rooms/1"]
    assert isinstance(room, Room)
    with pytest.raises(socketio.exceptions.TimeoutError):
        room.confirm.call(client.sid(), timeout=0)("sure?")


class Namespaces:
    """What sends to many namespaces, as `router.of` gives it."""

    def __init__(self, socketio: SocketIO, *names: str) -> None:
        self.socketio = socketio
        self.names = names

    def emit(self, event: str, data: Any = None, **options: Any) -> None:
        for name in self.names:
            self.socketio.emit(event, data, namespace=name, **options)


def test_via_sends_with_something_else(client: RouterClient) -> None:
    """Whatever has an `emit` sends declared events, and gets the options of `to`."""
    bob = client.another()
    bob.connect("/rooms/2")
    plain = {"text": "all"}
    many = Namespaces(client.socketio, "/rooms/1", "/rooms/2")
    Room.loose.via(many)(plain)
    Room.loose.via(many).to(client.sid())(plain)
    assert len(client.received()) == 2
    assert bob.received() == [Received("/rooms/2", "loose", (plain,))]
    with pytest.raises(TypeError, match=r"asks no client: send Room.loose alone"):
        Room.loose.via(many).call(client.sid())


def test_an_event_is_sent_or_asked_as_it_is_declared(client: RouterClient) -> None:
    """What nobody answers is not asked, and what is to be answered not just sent."""
    room = client.router.live["/rooms/1"]
    assert isinstance(room, Room)
    with pytest.raises(TypeError, match=r"Base.said has no answer: annotate what"):
        room.said.call(client.sid())
    with pytest.raises(TypeError, match=r"Base.confirm has an answer: ask one client"):
        room.confirm("sure?")  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"Base.confirm has an answer"):
        room.confirm.to("x")("sure?")  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"Base.said\(said.*missing a required.*'said'"):
        room.said()  # type: ignore[call-arg]
    assert client.received() == []


def test_what_is_declared_can_be_looked_at() -> None:
    """On the class an event is its declaration."""
    said: ServerEvent[Any, Any] = Room.said
    assert (said.event, said.target) == ("said", "Base.said")
    assert repr(Room.confirm) == "<ServerEvent 'are you sure?' of Base.confirm>"
    room = Room("/rooms/1")
    assert repr(room.said).startswith("<BoundEvent 'said' of <")
    assert [*Room.__nsroute_emits__] == [
        *("said", "are you sure?", "points", "ping", "place", "who", "loose")
    ]


def test_an_event_cannot_be_replaced_on_an_object() -> None:
    """An attribute of that name would hide the event without a word."""
    with pytest.raises(AttributeError, match=r"Base.said is an event that @emits"):
        Room("/rooms/1").said = 5  # type: ignore[misc, assignment]


def test_an_event_outside_of_a_class_tells_its_name() -> None:
    """It is read without a class, too."""

    @emits
    def alone(self: Any, text: str) -> None: ...

    assert (alone.target, alone.event) == ("alone", "alone")
    assert alone.signature.wire_args(("x",), {}) == ("x",)
