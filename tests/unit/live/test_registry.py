"""What upstream passes on: led to its client, or answered as what it is."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import Manager, packet

from nsroute.live import Membership
from tests.support.diary_room import Room
from tests.support.lines import Line, Tape, left_behind
from tests.support.servers import Site
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


def client_of(site: Site, sid: str, namespace: str = "/rooms/1") -> Membership:
    """Return a client of a site's router."""
    client: Membership | None = site.router._registry.client(namespace, sid)
    assert client is not None
    return client


@every_world
def test_a_client_is_found_from_its_connect_to_its_disconnect(world: World) -> None:
    """By its namespace and its sid; whatever stands in their place finds nobody."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    registry = site.router._registry
    assert client_of(site, sid).eio_sid == line.eio_sid
    for namespace, other in (("/rooms/1", "x"), ("/rooms/2", sid), ("/x", sid)):
        assert registry.client(namespace, other) is None
    line.leave("/rooms/1")
    assert registry.client("/rooms/1", sid) is None
    line.close()


@every_world
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
    world: World, event: Any, rest: tuple[Any, ...], code: str
) -> None:
    """It is answered, and recorded."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    tape = Tape(site)
    answer = site.router.trigger_event(event, "/rooms/1", sid, *rest)
    assert answer["error"]["code"] == code
    ((kind, _, outcome, told),) = tape.shown()
    assert (kind, told) == ("event", code)
    assert outcome == ("unhandled" if code == "unhandled_event" else "rejected")
    assert Room.diary == ["opened", "connect", "accepted"]
    line.close()
    assert left_behind(site) == {}


@every_world
def test_a_client_that_has_left_is_late_and_one_of_nobodys_is_not_answered(
    world: World,
) -> None:
    """Neither is acknowledged; the first is recorded."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    line.leave("/rooms/1")
    not_handled, tape = site.socketio.server.not_handled, Tape(site)
    for event in ("say", "connect", "disconnect", 5):
        assert site.router.trigger_event(event, "/rooms/1", sid) is not_handled
    assert [shown[2] for shown in tape.shown()] == ["late"] * 4
    assert site.router.trigger_event("say", "/nowhere", sid) is not_handled
    assert tape.shown() == []
    line.close()


@every_world
def test_a_genuine_disconnect_is_dispatched_once(world: World) -> None:
    """However often upstream passes it on."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    server: Any = site.socketio.server
    server.manager.pre_disconnect(sid, "/rooms/1")
    for _ in range(2):
        answer = site.router.trigger_event("disconnect", "/rooms/1", sid, "once")
        assert answer is server.not_handled
    server.manager.remove_client(sid, "/rooms/1")
    assert Room.diary[-2:] == ["once", "closed"]
    line.close()
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
    site = PLAIN.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    client_of(site, sid).lost_reason = lost
    manager: Any = site.socketio.server.manager
    if ending is not None:
        manager.ending[line.eio_sid] = ending
    manager.remove_client(sid, "/rooms/1")
    manager.ending.clear()
    assert Room.diary[-2:] == [told, "closed"]
    line.close()
    assert left_behind(site) == {}


@every_world
def test_a_connect_is_completed_once(world: World) -> None:
    """What upstream repeats, or tells of a stranger, is nothing."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    registry = site.router._registry
    for name in (sid, "unknown"):
        registry.on_connected("/rooms/1", name)
        assert not registry.disconnect_when_connected("/rooms/1", name)
    registry.on_disconnected("/rooms/1", "unknown", None)
    registry.on_connection_ended("unknown", "transport close")
    assert Room.diary == ["opened", "connect", "accepted"]
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("in_tables", [True, False])
def test_a_client_that_is_lost_while_it_is_answered_is_told_so(in_tables: bool) -> None:
    """It had its CONNECT packet; it gets a DISCONNECT, and its disconnect runs."""
    site = PLAIN.site(Room)
    line = Line(site)
    manager: Any = site.socketio.server.manager
    before = manager.registries[0].on_connected

    def lose(namespace: str, sid: str) -> None:
        if in_tables:
            client_of(site, sid).lose("server disconnect")
        else:
            Manager.basic_disconnect(manager, sid, namespace)
        before(namespace, sid)

    manager.registries[0].on_connected = lose
    line.say(packet.CONNECT, "/rooms/1")
    assert line.kinds("/rooms/1") == [packet.CONNECT, packet.DISCONNECT]
    reason = "server disconnect" if in_tables else "transport close"
    assert Room.diary == ["opened", "connect", reason, "closed"]
    del manager.registries[0].on_connected
    line.close()
    manager.joined.clear()
    assert left_behind(site) == {}


def test_a_registry_that_is_unregistered_hears_nothing_more() -> None:
    """Another one has taken its place on the server."""
    site = PLAIN.site(Room)
    registry = site.router._registry
    assert site.socketio.server.manager.registries == [registry]
    registry.unregister()
    assert site.socketio.server.manager.registries == []
    line = Line(site)
    assert line.refusal("/rooms/1") == {"message": "Invalid namespace"}
    assert Room.diary == []
    line.close()


@every_world
def test_a_client_whose_connection_ends_while_it_is_answered_leaves_once(
    world: World,
) -> None:
    """Its connect is finished before its disconnect is dispatched."""
    site = world.site(Room)
    line, tape = Line(site), Tape(site)
    server: Any = site.socketio.server
    send = server._send_packet

    def end(eio_sid: str, sent: Any) -> None:
        send(eio_sid, sent)
        line.close()

    server._send_packet = end
    line.say(packet.CONNECT, "/rooms/1")
    del server._send_packet
    kinds = [shown[0] for shown in tape.shown()]
    if world.always_connect:  # the end comes before the handler
        assert "disconnect" not in kinds
    else:
        assert kinds == ["connect", "disconnect"]
        assert Room.diary == ["opened", "connect", "transport close", "closed"]
    assert left_behind(site) == {}
