"""`RouterClient.advance`: a clock that tests move."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_socketio import SocketIO

from nsroute import RoutedNamespace, every, on
from nsroute.testing import RouterClient, serve


class Room(RoutedNamespace, namespace="/rooms/<int:number>", linger=60):
    @every(10)
    def tick(self) -> None:
        self.emit("tick")

    @on("say")
    def say(self) -> None:
        pass


def test_time_stands_still_unless_a_test_moves_it() -> None:
    """Nothing runs beside a test; in it, in this thread, in the order of time."""
    client = serve(Room, "/rooms/1")
    client.connect()
    scheduler = client.socketio.server.manager.scheduler  # type: ignore[union-attr]
    now = scheduler.now
    assert client.received() == []
    assert scheduler.now == now
    client.advance(25)
    assert scheduler.now == now + 25
    assert [one.event for one in client.received()] == ["tick", "tick"]


def test_it_may_be_moved_when_all_have_left() -> None:
    """So that a linger ends."""
    client = serve(Room, "/rooms/1")
    client.connect()
    client.close()
    assert list(client.router.live) == ["/rooms/1"]
    client.another().advance(60)
    assert list(client.router.live) == []


def test_time_does_not_go_back() -> None:
    """A test that tries is wrong."""
    with pytest.raises(ValueError, match="time does not go back: -1 seconds"):
        serve(Room, "/rooms/1").advance(-1)


def test_without_a_router_there_is_no_clock() -> None:
    """It says so, as `router` does."""
    app = Flask("none")
    SocketIO(app, async_mode="threading")
    with pytest.raises(LookupError, match="no router is mounted"):
        RouterClient(app).advance(1)


@pytest.mark.parametrize("moment", [0.0, 0.1, 1e3 / 3, 12_345.678, 1e6 / 7])
def test_twenty_ticks_of_a_twentieth_are_a_second(moment: float) -> None:
    """Whenever it begins: floats round the sum up or down."""
    client = serve(Racing, "/racing/1")
    client.another().advance(moment)
    client.connect()
    client.advance(1)
    assert len(client.received()) == 20


class Racing(RoutedNamespace, namespace="/racing/<int:number>"):
    @every(0.05)
    def tick(self) -> None:
        self.emit("tick")
