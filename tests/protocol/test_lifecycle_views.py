"""What is live, as a router shows it, and who gets as far as an object."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import EventError, RoutedNamespace, on
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

    class Barred(Room, namespace="/barred/<int:number>", middleware=(refuse,)):
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
