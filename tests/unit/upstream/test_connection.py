"""The wrapped methods of the server are those that were checked, or are left alone."""

from __future__ import annotations

import inspect
from typing import Any

import flask_socketio
import pytest
import socketio
from nsroute.upstream.connection import watch
from nsroute.upstream.departures import EXPECTED, as_expected
from socketio import packet

from nsroute import MetaRouter, on
from nsroute.upstream import departures
from tests.support.concurrency import gate, run_beside, settle, wait_for
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
each_method = pytest.mark.parametrize("method", EXPECTED)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log = []


@each_method
def test_the_methods_that_are_wrapped_are_those_that_were_checked(method: str) -> None:
    """Their names and their parameters."""
    parameters = inspect.signature(getattr(socketio.Server, method)).parameters
    assert list(parameters) == EXPECTED[method]
    assert as_expected(DEFAULT_CONFIG.app().socketio.server, method)


def test_a_server_of_ones_own_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method that a subclass overrides is not the one that was checked."""

    class Own(socketio.Server):
        def _handle_connect(self, eio_sid: str, namespace: str, data: Any) -> None:
            super()._handle_connect(eio_sid, namespace, data)

    assert not as_expected(Own(async_mode="threading"), "_handle_connect")
    assert as_expected(Own(async_mode="threading"), "disconnect")
    monkeypatch.delattr(socketio.Server, "disconnect")
    assert not as_expected(Own(async_mode="threading"), "disconnect")


def test_flask_socketio_makes_the_server_that_was_checked() -> None:
    """python-socketio's own class."""
    assert flask_socketio.socketio.Server is socketio.Server
    assert type(DEFAULT_CONFIG.app().socketio.server) is socketio.Server


def test_upstream_calls_these_methods_where_they_are_looked_up() -> None:
    """On the instance, so that a wrapper there is called."""
    server: Any = socketio.Server(async_mode="threading")
    called: list[str] = []
    for name in ("_handle_connect", "_handle_disconnect"):
        setattr(server, name, lambda *_, name=name: called.append(name))
    server.environ["eio"] = {}
    server._handle_eio_message("eio", "0/a,")
    server._handle_eio_message("eio", "1/a,")
    server.manager.rooms["/a"] = {}
    server._handle_eio_disconnect("eio", "transport close")
    assert called == ["_handle_connect", "_handle_disconnect", "_handle_disconnect"]
    assert server.eio.handlers["disconnect"] == server._handle_eio_disconnect
    assert server.environ == {}


@each_method
@every_config
def test_where_a_method_is_not_as_expected_upstream_goes_its_own_way(
    config: ServerConfig, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients come, are refused, are spoofed, leave and are lost as usual."""
    monkeypatch.setitem(departures.EXPECTED, method, ["something", "else"])
    site = config.site(Room)
    client, other = PacketClient(site), PacketClient(site)
    client.join("/rooms/1")
    settle(site, lambda: ("welcome",) in client.received("/rooms/1"))
    assert client.call("/rooms/1", "say", "a") == "a"
    spoofed = client.call("/rooms/1", "disconnect", "client disconnect")
    assert spoofed["error"]["code"] == "reserved_event"
    client.refusal("/rooms/2", "refuse")
    client.refusal("/nowhere")
    sid = other.join("/rooms/1")
    settle(site, lambda: Room.event_log.count("accepted") == 2)
    site.socketio.server.disconnect(sid, "/rooms/1")
    client.leave("/rooms/1")
    client.join("/rooms/3")
    settle(site, lambda: Room.event_log.count("accepted") == 3)
    client.close()
    other.close()
    refused = ["opened", "connect", "closed"]
    assert Room.event_log == [
        "opened",
        *["connect", "accepted"],
        *refused,
        *["connect", "accepted"],
        *["server disconnect", "client disconnect", "closed"],
        *["opened", "connect", "accepted", "transport close", "closed"],
    ]
    assert left_behind(site) == {}


def test_without_the_moment_of_the_answer_a_lost_client_is_disconnected_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its connection ended while its connect handler ran."""
    monkeypatch.setitem(departures.EXPECTED, "_handle_connect", ["other"])

    class Slow(Room, namespace="/slow/<int:number>"):
        reached: Any
        go: Any

        @on("connect")
        def enter(self, auth: Any = None) -> bool:
            self.reached.set()
            wait_for(self.go)
            return super().enter(auth)

    site = DEFAULT_CONFIG.site(Slow)
    with gate(site) as (Slow.reached, Slow.go):
        client = PacketClient(site)
        joined = run_beside(site, lambda: client.send_packet(packet.CONNECT, "/slow/1"))
        wait_for(Slow.reached)
        client.close()
        Slow.go.set()
        joined()
    settle(site, lambda: not left_behind(site))
    assert Room.event_log == ["opened", "connect", "transport close", "closed"]


def test_without_the_end_of_a_connection_nobody_is_stranded_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a handler beside the router raises, upstream stops there."""
    monkeypatch.setitem(departures.EXPECTED, "_handle_eio_disconnect", ["other"])
    site = DEFAULT_CONFIG.app()

    def failing(*_: Any) -> None:
        raise RuntimeError("beside the router")

    site.socketio.on("disconnect", namespace="/a")(failing)
    site.router = MetaRouter([Room]).mount(site.socketio)
    client = PacketClient(site)
    client.join("/a")
    client.join("/rooms/1")
    client.close()
    assert Room.event_log[-2:] == ["transport close", "closed"]
    assert left_behind(site) == {}


def test_a_server_has_one_watch_whoever_asks() -> None:
    """A router, and namespaces by themselves beside it."""
    site = DEFAULT_CONFIG.site(Room)
    server: Any = site.socketio.server
    before = watch(server)
    site.socketio.on_namespace(Room("/lobby"))
    assert watch(server) is before
    assert len(before._listeners) == 2
