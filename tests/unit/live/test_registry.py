"""What upstream passes on: led to its client, or answered as what it is."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import Manager, packet

from nsroute.live import Membership
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


def client_of(site: Site, sid: str, namespace: str = "/rooms/1") -> Membership:
    """Return a client of a site's router."""
    client: Membership | None = site.router._registry.client(namespace, sid)
    assert client is not None
    return client


@every_config
def test_a_client_is_found_from_its_connect_to_its_disconnect(
    config: ServerConfig,
) -> None:
    """By its namespace and its sid; whatever stands in their place finds nobody."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    registry = site.router._registry
    assert client_of(site, sid).eio_sid == client.eio_sid
    for namespace, other in (("/rooms/1", "x"), ("/rooms/2", sid), ("/x", sid)):
        assert registry.client(namespace, other) is None
    client.leave("/rooms/1")
    assert registry.client("/rooms/1", sid) is None
    client.close()


@every_config
@pytest.mark.parametrize(
    "event, rest, code",
    [
        ("connect", (), "reserved_event"),
        ("connect", ({},), "reserved_event"),
        ("disconnect", ("client disconnect",), "reserved_event"),
        ("disconnect", (), "reserved_event"),
        (5, (), "invalid_event"),
        (None, (), "invalid_event"),
        ("nothing like it", (), "unhandled_event"),
    ],
)
def test_what_only_looks_like_the_lifecycle_runs_none_of_it(
    config: ServerConfig, event: Any, rest: tuple[Any, ...], code: str
) -> None:
    """It is answered, and recorded."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    recorder = DispatchRecorder(site)
    answer = site.router.trigger_event(event, "/rooms/1", sid, *rest)
    assert answer["error"]["code"] == code
    ((kind, _, outcome, told),) = recorder.shown()
    assert (kind, told) == ("event", code)
    assert outcome == ("unhandled" if code == "unhandled_event" else "rejected")
    assert Room.event_log == ["opened", "connect", "accepted"]
    client.close()
    assert left_behind(site) == {}


@every_config
def test_a_client_that_has_left_is_late_and_one_of_nobodys_is_not_answered(
    config: ServerConfig,
) -> None:
    """Neither is acknowledged; the first is recorded."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    client.leave("/rooms/1")
    not_handled, recorder = site.socketio.server.not_handled, DispatchRecorder(site)
    for event in ("say", "connect", "disconnect", 5):
        assert site.router.trigger_event(event, "/rooms/1", sid) is not_handled
    assert [shown[2] for shown in recorder.shown()] == ["late"] * 4
    assert site.router.trigger_event("say", "/nowhere", sid) is not_handled
    assert recorder.shown() == []
    client.close()


@every_config
def test_a_genuine_disconnect_is_dispatched_once(config: ServerConfig) -> None:
    """However often upstream passes it on."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    server: Any = site.socketio.server
    server.manager.pre_disconnect(sid, "/rooms/1")
    for _ in range(2):
        answer = site.router.trigger_event("disconnect", "/rooms/1", sid, "once")
        assert answer is server.not_handled
    server.manager.remove_client(sid, "/rooms/1")
    assert Room.event_log[-2:] == ["once", "closed"]
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize(
    "lost, ending, told",
    [
        ("ping timeout", "transport close", "ping timeout"),
        (None, "transport close", "transport close"),
        (None, None, "client disconnect"),
    ],
)
def test_a_client_that_upstream_removes_without_a_word_leaves_for_a_reason(
    lost: str | None, ending: str | None, told: str
) -> None:
    """That for which it had to leave, that of its connection, or its own."""
    site = DEFAULT_CONFIG.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    client_of(site, sid).lost_reason = lost
    manager: Any = site.socketio.server.manager
    if ending is not None:
        manager.ending[client.eio_sid] = ending
    manager.remove_client(sid, "/rooms/1")
    manager.ending.clear()
    assert Room.event_log[-2:] == [told, "closed"]
    client.close()
    assert left_behind(site) == {}


@every_config
def test_a_connect_is_completed_once(config: ServerConfig) -> None:
    """What upstream repeats, or tells of a stranger, is nothing."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    registry = site.router._registry
    for name in (sid, "unknown"):
        registry.on_connected("/rooms/1", name)
        assert not registry.disconnect_when_connected("/rooms/1", name)
    registry.on_disconnected("/rooms/1", "unknown", None)
    registry.on_connection_ended("unknown", "transport close")
    assert Room.event_log == ["opened", "connect", "accepted"]
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("in_tables", [True, False])
def test_a_client_that_is_lost_while_it_is_answered_is_told_so(in_tables: bool) -> None:
    """It had its CONNECT packet; it gets a DISCONNECT, and its disconnect runs."""
    site = DEFAULT_CONFIG.site(Room)
    client = PacketClient(site)
    manager: Any = site.socketio.server.manager
    before = manager.registries[0].on_connected

    def lose(namespace: str, sid: str) -> None:
        if in_tables:
            client_of(site, sid).lose("server disconnect")
        else:
            Manager.basic_disconnect(manager, sid, namespace)
        before(namespace, sid)

    manager.registries[0].on_connected = lose
    client.send_packet(packet.CONNECT, "/rooms/1")
    assert client.kinds("/rooms/1") == [packet.CONNECT, packet.DISCONNECT]
    reason = "server disconnect" if in_tables else "transport close"
    assert Room.event_log == ["opened", "connect", reason, "closed"]
    del manager.registries[0].on_connected
    client.close()
    manager.joined.clear()
    assert left_behind(site) == {}


def test_a_registry_that_is_unregistered_hears_nothing_more() -> None:
    """Another one has taken its place on the server."""
    site = DEFAULT_CONFIG.site(Room)
    registry = site.router._registry
    assert site.socketio.server.manager.registries == [registry]
    registry.unregister()
    assert site.socketio.server.manager.registries == []
    client = PacketClient(site)
    assert client.refusal("/rooms/1") == {"message": "Invalid namespace"}
    assert Room.event_log == []
    client.close()


@every_config
def test_a_client_whose_connection_ends_while_it_is_answered_leaves_once(
    config: ServerConfig,
) -> None:
    """Its connect is finished before its disconnect is dispatched."""
    site = config.site(Room)
    client, recorder = PacketClient(site), DispatchRecorder(site)
    server: Any = site.socketio.server
    send = server._send_packet

    def end(eio_sid: str, sent: Any) -> None:
        send(eio_sid, sent)
        client.close()

    server._send_packet = end
    client.send_packet(packet.CONNECT, "/rooms/1")
    del server._send_packet
    kinds = [shown[0] for shown in recorder.shown()]
    if config.always_connect:  # the end comes before the handler
        assert "disconnect" not in kinds
    else:
        assert kinds == ["connect", "disconnect"]
        assert Room.event_log == ["opened", "connect", "transport close", "closed"]
    assert left_behind(site) == {}
