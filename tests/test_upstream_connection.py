"""Where a server answers a CONNECT, disconnects a client, and ends a connection."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any

import engineio
import flask_socketio
import pytest
import socketio
from engineio import packet as eio_packet
from engineio.exceptions import SocketIsClosedError
from flask_socketio import disconnect
from socketio import packet

from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.upstream import departures, sending
from nsroute.upstream.connection import watch
from nsroute.upstream.departures import EXPECTED, as_expected
from tests.lines import (
    PLAIN,
    WORLDS,
    Line,
    World,
    gate,
    left_behind,
    run_beside,
    settle,
    wait_for,
)

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
each_method = pytest.mark.parametrize("method", EXPECTED)


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    diary: list[Any]

    def opened(self) -> None:
        self.diary.append("opened")

    @on("connect")
    def enter(self, auth: Any = None) -> bool:
        self.diary.append("connect")
        return auth != "refuse"

    def accepted(self) -> None:
        self.diary.append("accepted")
        self.emit("welcome")

    @on("say")
    def say(self, text: str) -> str:
        return text

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.diary.append(reason)

    def closed(self) -> None:
        self.diary.append("closed")


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


@each_method
def test_the_methods_that_are_wrapped_are_those_that_were_checked(method: str) -> None:
    """Their names and their parameters."""
    parameters = inspect.signature(getattr(socketio.Server, method)).parameters
    assert list(parameters) == EXPECTED[method]
    assert as_expected(PLAIN.app().socketio.server, method)


def test_a_server_of_ones_own_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method that a subclass overrides is not the one that was checked."""

    class Own(socketio.Server):
        def _handle_connect(self, eio_sid: str, namespace: str, data: Any) -> None:
            super()._handle_connect(eio_sid, namespace, data)

    assert not as_expected(Own(async_mode="threading"), "_handle_connect")
    assert as_expected(Own(async_mode="threading"), "disconnect")
    monkeypatch.delattr(socketio.Server, "disconnect")
    assert not as_expected(Own(async_mode="threading"), "disconnect")


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
@every_world
def test_where_a_method_is_not_as_expected_upstream_goes_its_own_way(
    world: World, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients come, are refused, are spoofed, leave and are lost as usual."""
    monkeypatch.setitem(departures.EXPECTED, method, ["something", "else"])
    site = world.site(Room)
    line, other = Line(site), Line(site)
    line.join("/rooms/1")
    settle(site, lambda: ["welcome"] in line.heard("/rooms/1"))
    assert line.call("/rooms/1", "say", "a") == "a"
    spoofed = line.call("/rooms/1", "disconnect", "client disconnect")
    assert spoofed["error"]["code"] == "reserved_event"
    line.refusal("/rooms/2", "refuse")
    line.refusal("/nowhere")
    sid = other.join("/rooms/1")
    settle(site, lambda: Room.diary.count("accepted") == 2)
    site.socketio.server.disconnect(sid, "/rooms/1")
    line.leave("/rooms/1")
    line.join("/rooms/3")
    settle(site, lambda: Room.diary.count("accepted") == 3)
    line.close()
    other.close()
    refused = ["opened", "connect", "closed"]
    assert Room.diary == [
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

    site = PLAIN.site(Slow)
    with gate(site) as (Slow.reached, Slow.go):
        line = Line(site)
        joined = run_beside(site, lambda: line.say(packet.CONNECT, "/slow/1"))
        wait_for(Slow.reached)
        line.close()
        Slow.go.set()
        joined()
    settle(site, lambda: not left_behind(site))
    assert Room.diary == ["opened", "connect", "transport close", "closed"]


def test_without_the_end_of_a_connection_nobody_is_stranded_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a handler beside the router raises, upstream stops there."""
    monkeypatch.setitem(departures.EXPECTED, "_handle_eio_disconnect", ["other"])
    site = PLAIN.app()

    def failing(*_: Any) -> None:
        raise RuntimeError("beside the router")

    site.socketio.on("disconnect", namespace="/a")(failing)
    site.router = MetaRouter([Room]).mount(site.socketio)
    line = Line(site)
    line.join("/a")
    line.join("/rooms/1")
    line.close()
    assert Room.diary[-2:] == ["transport close", "closed"]
    assert left_behind(site) == {}


def test_a_server_has_one_watch_whoever_asks() -> None:
    """A router, and namespaces by themselves beside it."""
    site = PLAIN.site(Room)
    server: Any = site.socketio.server
    before = watch(server)
    site.socketio.on_namespace(Room("/lobby"))
    assert watch(server) is before
    assert len(before._listeners) == 2


def test_a_connect_after_the_end_of_its_connection_is_nothing() -> None:
    """One polling payload may hold both."""
    site = PLAIN.site(Room)
    line = Line(site)
    line.close()
    site.socketio.server._handle_eio_message(line.eio_sid, "0/rooms/1,")
    assert Room.diary == []
    assert left_behind(site) == {}


def closing(namespaces: int) -> Counter[str]:
    """Count what upstream's manager is asked when one of many connections ends."""
    site = PLAIN.site(Room)
    crowd = [Line(site) for _ in range(namespaces // 50)]
    for number in range(namespaces):
        crowd[number % len(crowd)].join(f"/rooms/{number + 10}")
    line = Line(site)
    for number in range(10):
        line.join(f"/rooms/{number}")
    manager: Any = site.socketio.server.manager
    asked: Counter[str] = Counter()
    for name in ("sid_from_eio_sid", "is_connected", "pre_disconnect", "disconnect"):
        method = getattr(manager, name)

        def count(*args: Any, name: str = name, method: Any = method, **kw: Any) -> Any:
            asked[name] += 1
            return method(*args, **kw)

        setattr(manager, name, count)
    manager.get_namespaces = None
    line.close()
    assert len(manager.rooms) == namespaces
    return asked


def test_closing_a_connection_costs_what_its_own_namespaces_cost() -> None:
    """The work is the same whether the server has fifty namespaces or a thousand."""
    few, many = closing(50), closing(1000)
    assert few == many
    assert few["pre_disconnect"] == few["disconnect"] == 10


def test_a_connection_that_is_older_than_the_router_is_left_everywhere() -> None:
    """Nobody counted where it is, so all namespaces are asked, as upstream does."""
    site = PLAIN.app(namespaces="*")
    line = Line(site)
    line.frame("0/before,")
    assert line.listen().packet_type == packet.CONNECT
    site.router = MetaRouter([Room]).mount(site.socketio)
    line.join("/rooms/1")
    line.close()
    assert Room.diary[-1] == "closed"
    assert left_behind(site) == {}


def failing_once(target: Any, name: str, error: BaseException) -> None:
    """Let a method fail the first time it is called."""
    method = getattr(target, name)

    def fail(*_: Any, **__: Any) -> Any:
        setattr(target, name, method)
        raise error

    setattr(target, name, fail)


@every_world
def test_where_upstream_fails_to_let_a_client_in_it_is_told_so(world: World) -> None:
    """After the handler let it in: it was in, and is put out again."""
    site = world.site(Room)
    line = Line(site)
    failing_once(site.socketio.server.manager, "connect", KeyError("/rooms/1"))
    line.say(packet.CONNECT, "/rooms/1")
    assert line.kinds("/rooms/1")[-1] == packet.DISCONNECT
    # With `always_connect` upstream fails before the handler is asked.
    last = [] if world.always_connect else ["transport close", "closed"]
    assert Room.diary[-2:] == last
    assert left_behind(site) == {"environ": 1}
    line.join("/rooms/1")
    line.close()
    assert left_behind(site) == {}


@every_world
def test_where_upstream_fails_before_the_handler_the_client_is_refused(
    world: World,
) -> None:
    """It gets an answer, and nothing of it stays."""
    site = world.site(Room)
    line = Line(site)
    failing_once(site.socketio.server, "_trigger_event", RuntimeError("upstream"))
    line.say(packet.CONNECT, "/rooms/1")
    refused = packet.DISCONNECT if world.always_connect else packet.CONNECT_ERROR
    assert line.kinds("/rooms/1")[-1] == refused
    assert Room.diary == []
    assert left_behind(site) == {"environ": 1}
    line.join("/rooms/1")
    line.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("error", [KeyError("gone"), RuntimeError("gone")])
def test_where_it_fails_because_the_connection_has_ended_nothing_stays(
    world: World, error: Exception
) -> None:
    """Whoever is told then does not hear it."""
    site = world.site(Room)
    line = Line(site)
    server: Any = site.socketio.server

    def end(*_: Any, **__: Any) -> Any:
        del server._trigger_event
        line.close()
        raise error

    server._trigger_event = end
    line.say(packet.CONNECT, "/rooms/1")
    assert Room.diary == []
    assert left_behind(site) == {}


def test_what_the_app_serves_fails_as_it_did_before() -> None:
    """A function that raises in its connect leaves its client to upstream."""
    site = PLAIN.app()

    def failing() -> None:
        raise RuntimeError("the app's")

    site.socketio.on("connect", namespace="/a")(failing)
    site.router = MetaRouter([Room]).mount(site.socketio)
    line = Line(site)
    line.say(packet.CONNECT, "/a")
    assert line.drain() == []
    assert site.socketio.server.manager.pending_connect != {}
    line.close()


@pytest.mark.parametrize("error", [None, RuntimeError("a"), KeyError("a")])
def test_a_connect_beside_the_router_that_outlives_its_connection_leaves_no_ghost(
    error: Exception | None,
) -> None:
    """Upstream would count it as connected, or as connecting, for ever."""
    site = PLAIN.app()
    lines: list[Line] = []

    def outlive() -> None:
        lines[0].close()
        if error is not None:
            raise error

    site.socketio.on("connect", namespace="/a")(outlive)
    site.router = MetaRouter([Room]).mount(site.socketio)
    lines.append(Line(site))
    lines[0].say(packet.CONNECT, "/a")
    assert left_behind(site) == {}


def test_a_client_whose_sid_upstream_takes_for_a_connections_is_put_out() -> None:
    """Its tables had lost the client between its answer and its entry."""
    site = PLAIN.site(Room)
    line = Line(site)
    manager: Any = site.socketio.server.manager
    connect = manager.connect

    def lost(sid: str, namespace: str) -> Any:
        manager.connect = connect
        manager.disconnect(sid, namespace)
        return connect(sid, namespace)

    manager.connect = lost
    line.say(packet.CONNECT, "/rooms/1")
    assert line.kinds("/rooms/1")[-1] == packet.DISCONNECT
    assert Room.diary[-2:] == ["transport close", "closed"]
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert left_behind(site) == {}


def test_what_a_disconnect_raises_for_reasons_of_its_own_comes_out() -> None:
    """A `KeyError` of a function handler is no sign of a client that has left."""
    site = PLAIN.app()

    def failing(*_: Any) -> None:
        raise KeyError("the app's")

    site.socketio.on("disconnect", namespace="/a")(failing)
    site.socketio.on("out", namespace="/a")(disconnect)
    site.router = MetaRouter([Room]).mount(site.socketio)
    line = Line(site)
    sid = line.join("/a")
    with pytest.raises(KeyError, match="the app's"):
        site.socketio.server.disconnect(sid, "/a")
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert left_behind(site) == {}


def test_the_admin_uis_handler_of_the_end_finds_the_watch() -> None:
    """It calls the server's attribute, so the watch has to be there."""
    site = PLAIN.site(Room)
    server: Any = site.socketio.server
    seen: list[str] = []

    def instrumented(eio_sid: str, reason: str) -> Any:
        seen.append(reason)
        return server._handle_eio_disconnect(eio_sid, reason)

    server.eio.on("disconnect", instrumented)
    line = Line(site)
    line.join("/rooms/1")
    line.close()
    assert seen == ["transport close"]
    assert Room.diary[-1] == "closed"
    assert left_behind(site) == {}


@pytest.mark.parametrize("error", [TypeError("a"), RuntimeError("a"), SystemExit(1)])
def test_what_a_handler_beside_the_router_raises_at_the_end_is_not_hidden(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """Engine.IO would take a `TypeError` for an old signature, and log its own."""
    site = PLAIN.app()

    def failing(*_: Any) -> None:
        raise error

    site.socketio.on("disconnect", namespace="/a")(failing)
    site.router = MetaRouter([Room]).mount(site.socketio)
    line = Line(site)
    line.join("/a")
    line.join("/rooms/1")
    line.close()
    (record,) = [r for r in caplog.records if r.name == "engineio.server"]
    assert record.exc_info is not None
    raised = record.exc_info[1]
    assert error in (raised, getattr(raised, "__cause__", None))
    assert Room.diary[-1] == "closed"
    assert left_behind(site) == {}


def test_flask_socketio_makes_the_server_that_was_checked() -> None:
    """python-socketio's own class."""
    assert flask_socketio.socketio.Server is socketio.Server
    assert type(PLAIN.app().socketio.server) is socketio.Server


def test_engineio_raises_where_a_connection_closes_between_look_and_send() -> None:
    """Out of `emit`, and what comes after it in the room is not sent."""
    site = PLAIN.app()
    line = Line(site)
    line.socket.closed = True
    with pytest.raises(SocketIsClosedError) as raised:
        line.socket.send(eio_packet.Packet(eio_packet.NOOP))
    assert raised.value.args == ()
    parameters = inspect.signature(engineio.Server.send_packet).parameters
    assert list(parameters) == sending.EXPECTED


@every_world
def test_a_connection_that_closes_just_now_harms_nobody_else(world: World) -> None:
    """Who emits gets its answer, and everybody else in the room what was emitted."""

    class Shouter(Room, namespace="/shouters/<int:number>"):
        @on("shout")
        def shout(self) -> str:
            self.emit("shouted")
            return "done"

    site = world.site(Shouter)
    lines = [Line(site) for _ in range(4)]
    for line in lines:
        line.join("/shouters/1")
    looked = site.socketio.server.eio._get_socket

    def close_after_looking(sid: str) -> Any:
        found = looked(sid)
        if sid == lines[1].eio_sid:
            found.closed = True
        return found

    site.socketio.server.eio._get_socket = close_after_looking
    assert lines[0].call("/shouters/1", "shout") == "done"
    for line in (lines[0], lines[2], lines[3]):
        assert ["shouted"] in line.heard("/shouters/1")
    lines[1].socket.closed = False
    for line in lines:
        line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("how", ["another signature", "another class"])
def test_a_way_of_sending_that_is_not_as_expected_stays_as_it_is(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients are served all the same."""
    site = PLAIN.app()
    engine: Any = site.socketio.server.eio
    if how == "another class":

        class Own(type(engine)):  # type: ignore[misc]
            def send_packet(self, sid: str, pkt: object) -> None:
                super().send_packet(sid, pkt)

        engine.__class__ = Own
    else:
        monkeypatch.setattr(sending, "EXPECTED", ["other"])
    site.router = MetaRouter([Room]).mount(site.socketio)
    assert "send_packet" not in vars(engine)
    line = Line(site)
    line.join("/rooms/1")
    assert line.call("/rooms/1", "say", "a") == "a"
    line.close()
    assert left_behind(site) == {}
