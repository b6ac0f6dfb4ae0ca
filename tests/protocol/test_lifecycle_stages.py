"""How far clients and live objects have come, as the router sees and shows it."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import EventError, RoutedNamespace, on
from nsroute.pipeline.clients import Client, Occupancy, Stage
from tests.support.concurrency import gate, run_beside, wait_for
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    reached: Any = None
    go: Any = None

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        if self.reached is not None:
            self.reached.set()
            wait_for(self.go)

    @on("say")
    def say(self, text: str) -> str:
        return text


def new_client() -> Client:
    """Make a client that is joining."""
    place = Occupancy("/rooms/1", {}, None, None)  # type: ignore[arg-type]
    return Client("sid", "connection", place, None)  # type: ignore[arg-type]


def test_a_client_that_is_let_in_is_accepted_and_leaves_once() -> None:
    """Each step is taken by one of those who try."""
    made = new_client()
    made.admit()
    assert made.accept()
    assert not made.accept()
    assert made.leave("first")
    assert not made.leave("second")
    assert made.ending is None


def test_a_client_that_is_to_go_before_it_is_in_is_not_accepted() -> None:
    """The first reason is the one that counts."""
    for dismissed in (True, False):
        made = new_client()
        if dismissed:
            assert made.dismiss("first")
        else:
            assert not made.leave("first")
        assert not made.leave("second")
        made.admit()
        assert not made.accept()
        assert made.ending == "first"
        assert made.leave("third")


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.LEAVING])
def test_a_client_that_is_in_or_out_cannot_be_dismissed(stage: Stage) -> None:
    """It is disconnected as usual."""
    made = new_client()
    made.stage = stage
    assert not made.dismiss("now")


def test_an_admitted_client_may_still_be_dismissed() -> None:
    """Its answer is under way; it goes after that."""
    made = new_client()
    made.admit()
    assert made.dismiss("now")
    assert not made.accept()


def test_a_place_that_is_not_closing_is_not_waited_for() -> None:
    """Who comes at the wrong moment looks again."""
    site = DEFAULT_CONFIG.site(Room)
    place = Occupancy("/rooms/1", {}, None, site.router._live)
    place.wait_until_gone()


def test_live_objects_are_shown_once_they_are_made() -> None:
    """As a mapping, as a copy of one moment, and with how many clients they have."""
    site = DEFAULT_CONFIG.site(Room)
    live = site.router.live
    with gate(site) as (Room.reached, Room.go):
        client, other = PacketClient(site), PacketClient(site)
        joined = run_beside(
            site, lambda: client.send_packet(packet.CONNECT, "/rooms/1")
        )
        wait_for(Room.reached)
        assert len(live) == 0
        assert "/rooms/1" not in live
        with pytest.raises(KeyError, match="/rooms/1"):
            live["/rooms/1"]
        assert live.copy() == {}
        assert live.overview() == []
        Room.go.set()
        joined()
    Room.reached = None
    other.join("/rooms/1")
    copied = live.copy()
    assert copied == {"/rooms/1": live["/rooms/1"]} == dict(live)
    assert str(copied) in repr(live)
    (shown,) = live.overview()
    assert (shown.namespace, shown.pattern) == ("/rooms/1", "/rooms/<int:number>")
    client.close()
    other.close()
    assert len(live) == 0
    assert copied != {}
    assert left_behind(site) == {}


def test_a_client_that_cannot_even_enter_is_refused_and_recorded() -> None:
    """Its connection belongs to no application."""
    site = DEFAULT_CONFIG.site(Room)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    environ = site.socketio.server.environ[client.eio_sid]
    app = environ.pop("flask.app")
    assert client.refusal("/rooms/1") == {"message": "internal error"}
    assert recorder.shown() == [("connect", "connect", "error", "internal_error")]
    assert isinstance(recorder.all[0].error, KeyError)
    assert left_behind(site) == {"environ": 1}
    environ["flask.app"] = app
    client.join("/rooms/1")
    client.close()
    assert left_behind(site) == {}


def test_a_class_that_takes_over_trigger_event_gets_what_is_genuine() -> None:
    """A client's events come that way, but none that is named like the lifecycle."""

    class Own(Room, namespace="/own/<int:number>"):
        seen: list[Any]

        def trigger_event(self, event: str, *args: Any) -> Any:
            self.seen.append(event)
            return super().trigger_event(event, *args)

    Own.seen = []
    site = ServerConfig(async_handlers=False).site(Own)
    client = PacketClient(site)
    client.join("/own/1")
    assert client.call("/own/1", "say", "a") == "a"
    assert client.call("/own/1", "connect")["error"]["code"] == "reserved_event"
    assert client.call("/own/1", 5)["error"]["code"] == "invalid_event"
    client.close()
    assert Own.seen == ["connect", "say", "disconnect"]
    assert left_behind(site) == {}


def test_a_client_that_middleware_refuses_leaves_an_object_that_never_opened() -> None:
    """It was made for the client, and is dropped without `opened` and `closed`."""
    seen: list[str] = []

    def refuse(_dispatch: Any, _proceed: Any) -> Any:
        raise EventError("closed", "Not today.")

    class Barred(Room, namespace="/barred/<int:number>"):
        middleware = (refuse,)

        def opened(self) -> None:
            seen.append("opened")

        def closed(self) -> None:
            seen.append("closed")

    site = DEFAULT_CONFIG.site(Barred)
    client = PacketClient(site)
    assert client.refusal("/barred/1")["data"] == {"code": "closed"}
    client.close()
    assert seen == []
    assert left_behind(site) == {}
