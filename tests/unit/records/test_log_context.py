"""What a handler's own log lines carry, while it runs and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.contextvars import (
    bind_contextvars,
    bound_contextvars,
    get_contextvars,
    merge_contextvars,
)
from structlog.testing import LogCapture

from nsroute import Dispatch, RoutedNamespace, dispatched, keep_log_context, on
from tests.conftest import Connect, Serve
from tests.support.packet_client import PacketClient
from tests.support.recorded_site import STAGES, Room, note
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig

every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)

Lines = list[Any]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Capture log lines, with what is bound."""
    before, captured = structlog.get_config(), LogCapture()
    structlog.configure(processors=[merge_contextvars, captured])
    yield captured.entries
    structlog.configure(**before)


def own(lines: Lines) -> Lines:
    """Leave out the records of nsroute itself."""
    return [line for line in lines if not line["event"].startswith("nsroute.")]


def live(client: PacketClient) -> str:
    """Live through all stages of a room; return the sid."""
    sid = client.join("/rooms/7")
    client.call("/rooms/7", "work", 1)
    client.call("/rooms/7", "fail")
    client.close()
    return sid


@every_config
def test_lines_carry_who_is_served_and_where(
    lines: Lines, config: ServerConfig
) -> None:
    """At every stage, in every kind of server, a line has namespace, sid and event."""
    site = config.site(Room, middleware=[note])
    sid = live(PacketClient(site))
    assert [line["event"] for line in own(lines)] == STAGES
    assert {(line["namespace"], line["sid"]) for line in own(lines)} == {
        ("/rooms/7", sid)
    }
    assert [line["sio_event"] for line in own(lines)] == [
        *(["connect"] * 4 + ["work"] * 2 + ["fail"] * 3 + ["disconnect"] * 3)
    ]


@every_config
def test_nothing_stays_bound(lines: Lines, config: ServerConfig) -> None:
    """After a dispatch the context is what it was, the same names included."""
    site = config.site(Room, middleware=[note])
    with bound_contextvars(request_id="r1", sid="somebody"):
        before = get_contextvars()
        live(PacketClient(site))
        assert get_contextvars() == before


def test_under_flask_socketios_test_client_it_is_just_so(lines: Lines) -> None:
    """With `socketio.test_client` lines carry the same, and nothing stays bound."""
    site = ServerConfig().site(Room, middleware=[note])
    with bound_contextvars(request_id="r1"):
        client: Any = site.socketio.test_client(site.app, namespace="/rooms/7")
        client.emit("work", 1, namespace="/rooms/7")
        client.emit("fail", namespace="/rooms/7")
        client.disconnect("/rooms/7")
        assert get_contextvars() == {"request_id": "r1"}
    assert [line["event"] for line in own(lines)] == STAGES
    assert {(line["namespace"], line["request_id"]) for line in own(lines)} == {
        ("/rooms/7", "r1")
    }


@pytest.mark.parametrize(
    "event, bound",
    [
        ("x" * 200, "x" * 200),
        ("x" * 100_000, "x" * 199 + "…"),
        ("a\x1b[31m\nb", r"a\x1b[31m\nb"),
        ("\x00" * 100_000, (r"\x00" * 50)[:199] + "…"),
    ],
    ids=["fits", "long", "unprintable", "both"],
)
def test_a_name_that_a_stranger_made_up_is_cut_and_on_one_line(
    lines: Lines, event: str, bound: str
) -> None:
    """A handler for every name gets it whole; its lines carry it as the record does."""

    class Anything(RoutedNamespace, namespace="/any"):
        @on("*")
        def anything(self, event: str) -> int:
            structlog.get_logger().info("own")
            return len(event)

    client = PacketClient(ServerConfig(async_handlers=False).site(Anything))
    client.join("/any")
    assert client.call("/any", event) == len(event)
    assert [r["sio_event"] for r in lines[1:]] == [bound, bound]


def test_what_is_bound_around_a_dispatch_is_kept(lines: Lines) -> None:
    """Lines carry what was bound outside besides, and the record does too."""
    config = ServerConfig(async_handlers=False)
    with bound_contextvars(request_id="r1"):
        live(PacketClient(config.site(Room)))
    assert {line.get("request_id") for line in lines} == {"r1"}


def test_what_a_handler_binds_is_in_the_record_of_its_dispatch_only(
    lines: Lines,
) -> None:
    """`bind_contextvars` in a handler holds for this dispatch, its record included."""

    class Tagged(RoutedNamespace, namespace="/tagged"):
        @on("tag")
        def tag(self, value: str) -> None:
            bind_contextvars(tag=value)

    client = PacketClient(ServerConfig(async_handlers=False).site(Tagged))
    client.join("/tagged")
    client.call("/tagged", "tag", "blue")
    client.leave("/tagged")
    assert [(r["sio_event"], r.get("tag")) for r in lines] == [
        ("connect", None),
        ("tag", "blue"),
        ("disconnect", None),
    ]


def test_what_receivers_log_carries_the_same(lines: Lines) -> None:
    """They run once a handler has ended; an unrouted name has no sid."""

    def receive(_: object, dispatch: Dispatch) -> None:
        structlog.get_logger().info("received")

    site = ServerConfig(async_handlers=False).site(Room)
    with dispatched.connected_to(receive), bound_contextvars(sid="somebody"):
        sid = live(PacketClient(site))
        PacketClient(site).refusal("/nowhere")
        assert get_contextvars() == {"sid": "somebody"}
    received = [line for line in lines if line["event"] == "received"]
    assert [(r["sio_event"], r["namespace"], r.get("sid")) for r in received] == [
        ("connect", "/rooms/7", sid),
        ("work", "/rooms/7", sid),
        ("fail", "/rooms/7", sid),
        ("disconnect", "/rooms/7", sid),
        ("connect", "/nowhere", None),
    ]


def test_a_record_has_its_own_fields_and_nothing_bound_twice(lines: Lines) -> None:
    """For each variable that is bound, structlog takes longer than to write one."""
    bound: list[Any] = []

    def look(_logger: object, _method: str, fields: Any) -> Any:
        if fields["event"].startswith("nsroute."):
            bound.append(get_contextvars())
        return fields

    structlog.configure(processors=[look, *structlog.get_config()["processors"]])
    live(PacketClient(ServerConfig(async_handlers=False).site(Room)))
    assert bound == [{}] * 4
    records = [line for line in lines if line not in own(lines)]
    assert {r["namespace"] for r in records} == {"/rooms/7"}


def test_a_dispatch_inside_another_has_a_context_of_its_own(lines: Lines) -> None:
    """A disconnect that a handler causes carries its own event, then the outer one."""

    class Door(RoutedNamespace, namespace="/doors"):
        @on("leave")
        def leave(self) -> None:
            self.server.disconnect(self.client["sid"], self.namespace)
            structlog.get_logger().info("after")

        @on("connect")
        def enter(self) -> None:
            self.client["sid"] = get_contextvars()["sid"]

        @on("disconnect")
        def gone(self) -> None:
            structlog.get_logger().info("gone")

    client = PacketClient(ServerConfig(async_handlers=False).site(Door))
    client.join("/doors")
    client.emit("/doors", "leave")
    assert [(r["event"], r["sio_event"]) for r in lines[1:]] == [
        ("gone", "disconnect"),
        ("nsroute.disconnect", "disconnect"),
        ("after", "leave"),
        ("nsroute.event", "leave"),
    ]


def test_a_kept_context_is_that_of_the_call() -> None:
    """`keep_log_context` binds what was bound when it was called, and nothing after."""

    def work(*args: int, **kwargs: int) -> Any:
        return args, kwargs, get_contextvars()

    with bound_contextvars(room=1):
        kept = keep_log_context(work)
    with bound_contextvars(room=2, other=3):
        assert kept(4, x=5) == ((4,), {"x": 5}, {"room": 1, "other": 3})
        assert get_contextvars() == {"room": 2, "other": 3}
    assert get_contextvars() == {}
    assert kept.__name__ == "work"


@pytest.mark.parametrize("factory", ["site", "in_order"])
def test_real_servers_keep_the_lines_of_clients_apart(
    serve: Serve, connect: Connect, mode: str, transport: str, factory: str
) -> None:
    """Handlers that run side by side each log with their own namespace and sid."""
    server = serve(f"tests.support.recorded_site:{factory}", mode)
    names = [f"/rooms/{number}" for number in range(5)]
    peer = connect(server, "python", transport, names)
    for name in names:
        peer.emit(name, "work", 10)
    server.records.wait("nsroute.event", 5)
    found = {
        name: {
            (line["sid"], line["sio_event"])
            for line in server.records.all("event", namespace=name)
        }
        for name in names
    }
    assert all(len(who) == 1 for who in found.values())
    assert len(set.union(*found.values())) == 5
    assert len(server.records.all("event")) == 50
    assert [peer.call(name, "context")[0]["namespace"] for name in names] == names


def test_background_tasks_keep_the_context_if_asked(
    serve: Serve, connect: Connect, mode: str
) -> None:
    """A task started with `keep_log_context` logs as the handler that started it."""
    server = serve("tests.support.recorded_site:site", mode)
    peer = connect(server, "python", "websocket", ["/rooms/1"])
    assert peer.call("/rooms/1", "start") == ["started"]
    [line] = server.records.wait("with")
    [started] = server.records.wait("nsroute.event")
    assert (line["namespace"], line["sid"], line["sio_event"], line["task"]) == (
        "/rooms/1",
        started["sid"],
        "start",
        True,
    )
    [without] = server.records.wait("without")
    if mode == "threading":
        assert "sid" not in without
