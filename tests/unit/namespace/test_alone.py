"""A namespace that stands by itself: `socketio.on_namespace(Room("/rooms/lobby"))`."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO

from nsroute import RoutedNamespace, dispatched, on
from tests.support.alone import Room, served
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client, names
from tests.support.sites import PATIENCE, Site, error, site


def test_it_works_without_a_router() -> None:
    """Events, answers, emits and `client` are those of a routed class."""
    room = Room("/rooms/lobby")
    here = served(room)
    ann, bob = inline_client(here), inline_client(here)
    ann.join("/rooms/lobby", "ann")
    bob.join("/rooms/lobby", "bob")
    assert ann.call("/rooms/lobby", "say", "hi") == ["ann", 2, {}]
    assert names(bob.received("/rooms/lobby")) == ["said"]
    assert set(room.clients) == {ann.sids["/rooms/lobby"], bob.sids["/rooms/lobby"]}


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
    client = inline_client(served(Room("/rooms/lobby")))
    client.join("/rooms/lobby")
    assert client.call("/rooms/lobby", event, *args)["error"]["code"] == code


def test_refusals_leave_nothing_behind() -> None:
    """A client that is refused is told so and is not kept."""
    room = Room("/rooms/lobby")
    here = served(room)
    told = inline_client(here).refusal("/rooms/lobby", "nobody")
    assert told == {"message": "Connection rejected by server"}
    assert dict(room.clients) == {}
    assert here.socketio.server.manager.rooms == {}


def test_it_opens_and_closes_anew_each_time() -> None:
    """The one object is opened for each first client and closed behind each last."""
    room = Room("/rooms/lobby")
    client = inline_client(served(room))
    for _ in range(2):
        client.join("/rooms/lobby")
        client.leave("/rooms/lobby")
    assert room.steps == ["opened", "join", "accepted", "part", "closed"] * 2


@pytest.mark.parametrize("way", ["leave", "close"])
def test_it_lets_its_clients_go_however_they_leave(way: str) -> None:
    """Leaving the namespace and losing the connection both end a client, once."""
    room = Room("/rooms/lobby")
    here = served(room)
    client = inline_client(here)
    client.join("/rooms/lobby")
    if way == "leave":
        client.leave("/rooms/lobby")
    else:
        client.close()
    assert room.steps.count("part") == 1
    assert dict(room.clients) == {}
    assert here.socketio.server.manager.rooms == {}


def test_it_may_be_registered_before_the_app_is_there() -> None:
    """`on_namespace` works before `init_app`, and after a later one again."""
    socketio = SocketIO(async_mode="threading")
    room = Room("/rooms/lobby")
    socketio.on_namespace(room)
    for _ in range(2):
        app = Flask("late")
        socketio.init_app(app)
        client = inline_client(Site(app, socketio))
        client.join("/rooms/lobby", "ann")
        assert client.call("/rooms/lobby", "say", "hi") == ["ann", 1, {}]


def test_it_stands_beside_a_router() -> None:
    """An exact namespace goes before the router's patterns, and is no object of its."""
    here = site(Room)
    exact = Room("/rooms/0")
    here.socketio.on_namespace(exact)
    client = inline_client(here)
    client.join("/rooms/0")
    client.join("/rooms/1")
    assert list(here.router.live) == ["/rooms/1"]
    assert set(exact.clients) == {client.sids["/rooms/0"]}
    client.close()
    assert exact.steps[-1] == "closed"
    assert here.socketio.server.manager.rooms == {}


def test_it_sends_its_dispatches_itself() -> None:
    """The sender of `dispatched` is the object; the pattern is the name, or its own."""
    lobby, room = Room("/rooms/lobby"), Room("/rooms/42")
    here = served(lobby, room)
    recorders = [DispatchRecorder(here, lobby), DispatchRecorder(here, room)]
    client = inline_client(here)
    client.join("/rooms/lobby")
    client.join("/rooms/42")
    assert [recorder.last.pattern for recorder in recorders] == [
        "/rooms/lobby",
        "/rooms/<int:room_id>",
    ]
    assert [recorder.last.instance for recorder in recorders] == [lobby, room]
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

    client = inline_client(served(Curious("/curious")))
    client.join("/curious")
    assert client.call("/curious", "say") == "said"
    client.leave("/curious")
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

    here = served(Slow("/slow"))
    Gate.waiting.clear()
    here.socketio.server.eio.create_event = Gate
    ann, bob = inline_client(here), inline_client(here)
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
    client = inline_client(served(Room("/rooms/lobby")))
    client.join("/rooms/lobby")
    told = client.call("/rooms/lobby", "boom")
    assert told == error("internal_error", "internal error")
