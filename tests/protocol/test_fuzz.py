"""Whatever is sent, handlers run for clients that are in, once for each thing sent."""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import requests
import structlog
import websocket
from flask import request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsroute import RoutedNamespace, on
from tests.support import hostile_frames
from tests.support.hostile_sites import chats, chats_hardened
from tests.support.packet_client import PacketClient
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.server_configs import ServerConfig
from tests.support.servers import Server, in_own_process, running
from tests.support.shared_queue import eventually
from tests.support.sites import left_behind

TEXT = ServerConfig(async_handlers=False)
PACKED = ServerConfig(serializer="msgpack", async_handlers=False)
pytestmark = pytest.mark.long
slow = settings(
    deadline=None, max_examples=250, suppress_health_check=list(HealthCheck)
)
mixed = st.lists(
    st.tuples(st.integers(0, 2), hostile_frames.frames), min_size=5, max_size=20
)


class EventLog(
    RoutedNamespace, namespace=["/chats/<string:name>", "/rooms/<path:name>"]
):
    """It writes down who came, what ran and who left; a client's sid is the key."""

    stays: dict[str, list[str]] = defaultdict(list)

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        self.write("connect")
        if auth == "raise":
            raise RuntimeError("in connect")
        if auth in ("refuse", "False"):
            self.write("refused")
            return False
        return None

    @on("out")
    def out(self) -> None:
        self.write("event")
        self.disconnect(request.sid)

    @on("fall")
    def fall(self) -> None:
        self.write("event")
        raise RuntimeError("in an event")

    @on("*")
    def rest(self, event: str, *args: Any) -> Any:
        assert event not in ("connect", "disconnect")
        self.write("event")
        return list(args)

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.write("disconnect")
        raise RuntimeError("in disconnect")

    def write(self, step: str) -> None:
        assert request.namespace == self.namespace
        assert step in ("connect", "refused") or self.stays[request.sid]
        self.stays[request.sid].append(step)


def told(stays: dict[str, list[str]]) -> None:
    """Check what the event log says of each client."""
    for steps in stays.values():
        assert steps[0] == "connect"
        assert steps.count("connect") == 1
        if steps in (["connect"], ["connect", "refused"]):
            continue
        assert steps.count("disconnect") == 1
        assert set(steps[1:]) <= {"event", "disconnect"}


def converse(config: ServerConfig, frames: list[Any]) -> None:
    """Send frames; check that others are served, and that nothing stays behind."""
    site = config.site(EventLog)
    EventLog.stays.clear()
    client, good = PacketClient(site), PacketClient(site)
    client.join("/chats/a")
    client.join("/chats/b")
    sid = good.join("/chats/a")
    for frame in frames:
        client.send_frame(frame)
    assert good.call("/chats/a", "say", "still", 1) == ["still", 1]
    server: Any = site.socketio.server
    entered = {
        one
        for rooms in server.manager.rooms.values()
        for one, eio_sid in rooms.get(None, {}).items()
        if eio_sid == client.eio_sid
    }
    client.close()
    good.close()
    assert EventLog.stays.pop(sid) == ["connect", "event", "disconnect"]
    told(EventLog.stays)
    ended = {one for one, steps in EventLog.stays.items() if "disconnect" in steps}
    served = {one for one in entered if one in EventLog.stays}
    assert served <= ended
    assert left_behind(site) == {}


@pytest.mark.usefixtures("quiet")
@slow
@given(hostile_frames.conversations)
def test_any_frames_of_the_default_serializer(frames: list[str | bytes]) -> None:
    """Names, event names, placeholders, ids, nested JSON, binary cut and mixed."""
    converse(TEXT, frames)


@pytest.mark.usefixtures("quiet")
@slow
@given(hostile_frames.packed_conversations)
def test_any_frames_of_the_msgpack_serializer(frames: list[bytes]) -> None:
    """Maps of any shape, names of any type, bytes that are no map."""
    converse(PACKED, frames)


@pytest.mark.usefixtures("quiet")
@slow
@given(hostile_frames.conversations, st.sampled_from([TEXT, PACKED]))
def test_frames_of_the_other_serializer(
    frames: list[Any], config: ServerConfig
) -> None:
    """A client that speaks another language than the server."""
    converse(config, [f if isinstance(f, bytes) else f.encode() for f in frames])


@pytest.mark.usefixtures("quiet")
@slow
@given(
    st.lists(
        st.tuples(st.integers(0, 2), hostile_frames.frames), min_size=5, max_size=20
    )
)
def test_frames_of_several_connections_mixed(
    frames: list[tuple[int, str | bytes]],
) -> None:
    """Half a binary event of one is not completed by another."""
    site = TEXT.site(EventLog)
    EventLog.stays.clear()
    clients = [PacketClient(site) for _ in range(3)]
    for client in clients:
        client.join("/chats/a")
    for number, frame in frames:
        clients[number].send_frame(frame)
    for client in clients:
        client.close()
    told(EventLog.stays)
    assert left_behind(site) == {}


@pytest.fixture(scope="module", params=[chats, chats_hardened])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Run one server for all examples; a good client stays in its room."""
    before = structlog.get_config()
    # The good client answers pings only while it listens: it is asked for none.
    patient = partial(request.param, ping_interval=600)
    with running(patient, "threading") as started:
        yield started
    structlog.configure(**before)


@pytest.fixture(scope="module")
def good(server: Server) -> Iterator[RawWebSocket]:
    """A client that is in `/chats/a` all the time."""
    raw = RawWebSocket(server.url)
    raw.send("0/chats/a,")
    raw.receive_until('2/chats/a,["welcome"')
    yield raw
    raw.close()


def served(server: Server, good: RawWebSocket) -> None:
    """Check that the good client is alone again, and served as before."""
    alone = {"rooms": {"/chats/a": 1}, "environ": 1, "live": ["/chats/a"]}
    server.settle(lambda state: {k: v for k, v in state.items() if v} == alone)
    good.send('2/chats/a,["listen"]')
    good.send('2/chats/a,5["say","on"]')
    answers = good.receive_until('3/chats/a,5[["on"]]')
    assert all(str(one).startswith("2/chats/a,") for one in answers[:-1])
    eventually(lambda: _is_recorded_alone(server))


def _is_recorded_alone(server: Server) -> bool:
    """Return whether all are recorded to have left but one; records come by a pipe."""
    accepted = server.records.all("nsroute.connect", outcome="ok")
    return len(accepted) == len(server.records.all("nsroute.disconnect")) + 1


@pytest.mark.sockets
@settings(slow, max_examples=60)
@given(hostile_frames.conversations)
def test_any_frames_over_a_websocket(
    server: Server, good: RawWebSocket, frames: list[str | bytes]
) -> None:
    """Socket.IO packets and attachments, as fast as they can be sent."""
    raw = RawWebSocket(server.url)
    try:
        for frame in frames:
            raw.send(frame)
    except OSError:
        pass
    raw._socket.shutdown()
    served(server, good)


@pytest.mark.sockets
@settings(slow, max_examples=60)
@given(st.lists(hostile_frames.engine_frames, max_size=10))
def test_any_engine_frames_over_a_websocket(
    server: Server, good: RawWebSocket, frames: list[str]
) -> None:
    """Pings, pongs, upgrades, ends of the connection and nonsense between packets."""
    raw = RawWebSocket(server.url)
    try:
        for frame in frames:
            raw._socket.send(frame)
    except (OSError, websocket.WebSocketException):
        pass
    raw._socket.shutdown()
    served(server, good)


@pytest.mark.sockets
@settings(slow, max_examples=60)
@given(st.lists(hostile_frames.payloads, min_size=1, max_size=4))
def test_any_payloads_of_a_polling_client(
    server: Server, good: RawWebSocket, payloads: list[str]
) -> None:
    """Any number of frames in one request, and an end anywhere among them."""
    raw = RawPolling(server.url)
    for payload in payloads:
        raw._session.post(raw._address, payload.encode(), timeout=20)
    requests.post(raw._address, "1", timeout=20)
    raw._session.close()
    served(server, good)


hardened = pytest.mark.parametrize("server", [chats_hardened], indirect=True)


@pytest.mark.sockets
@hardened
@settings(slow, max_examples=60)
@given(hostile_frames.attached_conversations)
def test_any_attachments_over_a_websocket(
    server: Server, good: RawWebSocket, frames: list[str | bytes]
) -> None:
    """Too many, too large, too few, none; named twice, or by no number."""
    raw = RawWebSocket(server.url)
    try:
        for frame in frames:
            raw.send(frame)
    except OSError:
        pass
    raw._socket.shutdown()
    served(server, good)


@pytest.mark.sockets
@hardened
@settings(slow, max_examples=60)
@given(
    st.lists(hostile_frames.websocket_frames(), min_size=1, max_size=6), st.booleans()
)
def test_any_websocket_frames(
    server: Server,
    good: RawWebSocket,
    frames: list[tuple[bool, bool, int, bytes]],
    offered: bool,
) -> None:
    """Compressed or said to be, cut, continued or never ended."""
    offer = ["Sec-WebSocket-Extensions: permessage-deflate"] if offered else []
    address = server.url.replace("http", "ws", 1) + "/socket.io/?EIO=4"
    raw = websocket.create_connection(f"{address}&transport=websocket", header=offer)
    try:
        for is_final, is_compressed, kind, data in frames:
            frame = websocket.ABNF(is_final, is_compressed, 0, 0, kind, 1, data)
            raw.send_frame(frame)
    except OSError:
        pass
    raw.shutdown()
    served(server, good)


@pytest.mark.sockets
@hardened
@settings(slow, max_examples=60)
@given(hostile_frames.half_open)
def test_any_requests_of_a_polling_client_that_hangs_up(
    server: Server, good: RawWebSocket, requested: list[tuple[str, str]]
) -> None:
    """Nobody reads an answer; whoever serves the requests is free again."""
    raw = RawPolling(server.url)
    raw._session.close()
    host, port = server.url.removeprefix("http://").split(":")
    for method, payload in requested:
        body = payload.encode(errors="replace")
        with socket.create_connection((host, int(port))) as connection:
            head = f"{method} {raw._address.removeprefix(server.url)} HTTP/1.1\r\n"
            head += f"Host: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
    requests.post(raw._address, "1", timeout=20)
    served(server, good)


@pytest.mark.sockets
@pytest.mark.parametrize("frame", ["", "x", "²"])
def test_a_frame_that_engineio_cannot_read_ends_its_connection_in_time(
    frame: str,
) -> None:
    """Its thread dies without a word; the client goes when it answers no ping."""
    with in_own_process(
        "tests.support.hostile_sites:chats_impatient", "threading"
    ) as started:
        raw = RawWebSocket(started.url)
        raw.send("0/chats/a,")
        raw.receive_until("0/chats/a,")
        raw._socket.send(frame)
        started.records.wait("nsroute.disconnect", count=1)
        started.empty()
        raw._socket.shutdown()


@pytest.mark.sockets
@pytest.mark.parametrize("frame", ["0", "2", "6", "7"])
def test_a_payload_that_engineio_cannot_read_ends_its_connection_at_once(
    frame: str,
) -> None:
    """It answers the request only when its queue is empty, which may be never."""
    with in_own_process("tests.support.hostile_sites:chats", "threading") as started:
        raw = RawPolling(started.url)
        with pytest.raises(requests.Timeout):
            raw._session.post(raw._address, f"40/chats/a,\x1e{frame}", timeout=0.5)
        started.records.wait("nsroute.disconnect", count=1)
        started.empty()
        raw._session.close()
