"""What a client can do to Engine.IO and python-socketio, and cannot once hardened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
import websocket

from tests.conftest import Connect, Serve
from tests.support.attacks import compressed_frame
from tests.support.hardened_sites import LIMIT
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.servers import Server, in_own_process

SITES = "tests.support.hardened_sites:"
UPSTREAMS, HARDENED = SITES + "upstreams", SITES + "hardened"
RAW: dict[str, Any] = {"websocket": RawWebSocket, "polling": RawPolling}
CLOSED = (ConnectionError, OSError, websocket.WebSocketException)


Join = Callable[..., Any]


@pytest.fixture
def join(serve: Serve) -> Iterator[Join]:  # clients hang up before servers end
    """Connect a client and let it join: `join(server, transport, name)`."""
    opened: list[Any] = []

    def start(
        server: Server, transport: str = "websocket", name: str = "/rooms/1"
    ) -> Any:
        raw = RAW[transport](server.url)
        opened.append(raw)
        raw.send(f"0{name},")
        assert str(raw.receive()).startswith(f"0{name},")
        return raw

    yield start
    for raw in opened:
        if isinstance(raw, RawPolling):
            raw._session.close()
        else:
            raw._socket.shutdown()


def kept(server: Server, until: Callable[[dict[str, int]], bool]) -> dict[str, int]:
    """Ask a server what it keeps until it is as expected."""
    for _ in range(1000):
        found: dict[str, int] = requests.get(f"{server.url}/_kept", timeout=20).json()
        if until(found):
            return found
    raise AssertionError(f"the server keeps {found}")


def is_served(raw: Any, name: str = "/rooms/1") -> bool:
    """Return whether a client is served."""
    raw.send(f'2{name},7["echo",1]')
    return bool(raw.receive_until("3")[-1] == f"3{name},7[[1]]")


def _skip_other_websockets(mode: str) -> None:
    if mode not in ("threading", "gevent"):
        pytest.skip("this async mode has a WebSocket of its own, with its own bounds")


def _skip_uwsgis_websocket(mode: str, transport: str = "websocket") -> None:
    if (mode, transport) == ("gevent_uwsgi", "websocket"):
        pytest.skip("uWSGI ends no WebSocket, and takes binary frames for text")


# --- half-open polling


@pytest.mark.parametrize("frame", ["0", "2", "6", "7"])
def test_a_polling_request_pins_a_thread_until_the_server_is_hardened(
    serve: Serve, mode: str, frame: str
) -> None:
    """One byte that is no packet: upstream answers once all is read, so never."""
    for factory in (UPSTREAMS, HARDENED):
        raw = RawPolling(serve(factory, mode).url)
        raw._session.close()
        if factory == UPSTREAMS:
            with pytest.raises(requests.Timeout):
                requests.post(raw._address, frame, timeout=0.5)
        else:
            assert requests.post(raw._address, frame, timeout=20).status_code == 400


def test_ending_all_connections_waits_for_no_client(serve: Serve, join: Join) -> None:
    """`eio.disconnect()` returns although a polling client fetches nothing."""
    server = serve(HARDENED)
    assert server.site is not None
    join(server, "polling").send('2/rooms/1,["flood",1,1]')
    server.records.wait("nsroute.event")
    server.site.socketio.server.eio.disconnect()
    server.records.wait("nsroute.disconnect", count=1)


# --- messages


def compressing(url: str) -> websocket.WebSocket:
    """Open a WebSocket that offers to compress."""
    address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    offer = "Sec-WebSocket-Extensions: permessage-deflate"
    return websocket.create_connection(address, timeout=20, header=[offer])


def peak_after_inflating(factory: str, mode: str) -> tuple[str | None, int]:
    """Send 60 kB that are 60 MB; return what was negotiated, and how memory grew."""
    with in_own_process(factory, mode) as server:
        before = kept(server, lambda _: True)["peak"]
        raw = compressing(server.url)
        taken = (raw.headers or {}).get("sec-websocket-extensions")
        raw.send_frame(compressed_frame(60_000_000))
        kept(server, lambda found: not found["sockets"])
        raw.shutdown()
        return taken, kept(server, lambda _: True)["peak"] - before


@pytest.mark.sockets
def test_a_compressed_message_inflates_until_the_server_is_hardened(mode: str) -> None:
    """Sixty megabytes of one letter are 60 kB on the wire; the bound is 200 kB."""
    _skip_other_websockets(mode)
    taken, grown = peak_after_inflating(UPSTREAMS, mode)
    assert taken == "permessage-deflate"
    assert grown > 60_000_000
    taken, grown = peak_after_inflating(HARDENED, mode)
    assert taken is None
    assert grown < 4_000_000


def test_a_message_that_does_not_end_is_collected_until_the_server_is_hardened(
    serve: Serve, mode: str, join: Join
) -> None:
    """Twice the bound in fragments: upstream goes on listening; eventlet still does."""
    if mode == "gevent_uwsgi":
        pytest.skip("uWSGI has a bound of its own")
    for factory in (UPSTREAMS, HARDENED):
        server = serve(factory, mode)
        raw = join(server)
        part = b"x" * (LIMIT // 4)
        opcode = websocket.ABNF.OPCODE_BINARY
        try:
            for _ in range(8):
                frame = websocket.ABNF(0, 0, 0, 0, opcode, 1, part)
                raw._socket.send_frame(frame)
                opcode = websocket.ABNF.OPCODE_CONT
            raw._socket.ping()
            opcode, _ = raw._socket.recv_data(control_frame=True)
        except CLOSED:
            opcode = websocket.ABNF.OPCODE_CLOSE
        listens = opcode == websocket.ABNF.OPCODE_PONG
        assert listens is (factory == UPSTREAMS or mode == "eventlet")
        if not listens:
            server.records.wait("nsroute.disconnect")
            server.empty()
            kept(server, lambda found: not found["sockets"])


def test_a_message_of_the_whole_length_passes(
    serve: Serve, mode: str, join: Join
) -> None:
    """The bound is that of upstream's documentation, in one frame or in several."""
    raw = join(serve(HARDENED, mode))
    text = "x" * (LIMIT - len('42/rooms/1,1["echo",""]'))
    raw.send(f'2/rooms/1,1["echo","{text}"]')
    assert raw.receive() == f'3/rooms/1,1[["{text}"]]'


def test_a_large_message_reaches_a_client_that_reads_late(
    serve: Serve, join: Join, mode: str
) -> None:
    """In gevent upstream sends what fits, and goes on with the next in its middle."""
    server = serve(HARDENED, mode)
    raw = join(server)
    raw.send('2/rooms/1,["flood",1,20000000]')
    kept(server, lambda found: not found["unread"])  # it is on its way
    for _ in range(3):
        raw._socket.ping()  # answered beside it, and not in its middle
    assert len(raw.receive()) > 20_000_000
    assert is_served(raw)


def sent_while_nobody_asks(raw: Any, patience: float) -> int:
    """Send up to 40 MB; return what could be sent."""
    sent = 0
    raw._socket.settimeout(patience)
    raw.send("0/slow,")
    with suppress(websocket.WebSocketTimeoutException, BlockingIOError, TimeoutError):
        while sent < 40_000_000:
            raw.send(b"x" * 100_000)
            sent += 100_000
    return sent


def test_what_nobody_has_asked_for_piles_up_until_the_server_is_hardened(
    serve: Serve, mode: str
) -> None:
    """While a connect handler runs; hardened, nothing more is read until it is done."""
    _skip_other_websockets(mode)
    server = serve(UPSTREAMS, mode)
    raw = RawWebSocket(server.url)
    assert sent_while_nobody_asks(raw, patience=20) == 40_000_000
    requests.get(f"{server.url}/_go", timeout=20)
    raw._socket.shutdown()
    server.records.wait("nsroute.disconnect")  # it reads, and logs, all that first
    server = serve(HARDENED, mode)
    raw = RawWebSocket(server.url)
    assert sent_while_nobody_asks(raw, patience=1) < 20_000_000
    requests.get(f"{server.url}/_go", timeout=20)
    server.records.wait("nsroute.connect", outcome="ok")
    raw._socket.shutdown()
    server.records.wait("nsroute.disconnect")
    kept(server, lambda found: not found["sockets"])


# --- attachments


def test_attachments_are_collected_without_end_until_the_server_is_hardened(
    serve: Serve, mode: str, join: Join
) -> None:
    """A header may announce any number; nothing else is served while they come."""
    _skip_uwsgis_websocket(mode)
    for factory in (UPSTREAMS, HARDENED):
        server = serve(factory, mode)
        raw = join(server)
        raw.send('59999999999-/rooms/1,["echo"]')
        try:
            raw.send(*[b"x" * 50_000] * 20)
        except CLOSED:
            assert factory == HARDENED
        if factory == UPSTREAMS:
            kept(server, lambda found: found["attached"] == 1_000_000)
        else:
            [record] = server.records.wait("nsroute.connection_closed")
            assert record["code"] == "too_many_attachments"
            assert record["attachments"] == 9_999_999_999
            server.records.wait("nsroute.disconnect")
            kept(server, lambda found: not found["attached"])


def header(count: int, *numbers: object) -> str:
    """Make the header of an event that asks for an answer."""
    named = ",".join(f'{{"_placeholder":true,"num":{one}}}' for one in numbers)
    return f'5{count}-/rooms/1,1["echo",{named}]'


def test_attachments_have_a_bound_in_total(
    serve: Serve, mode: str, transport: str, join: Join
) -> None:
    """That of a message; so many, and so large, are answered."""
    _skip_uwsgis_websocket(mode, transport)
    server = serve(HARDENED, mode)
    raw = join(server, transport)
    raw.send(header(10, *range(10)), *[b"x"] * 10)
    assert str(raw.receive()).startswith("610-/rooms/1,1")
    assert [raw.receive() for _ in range(10)] == [b"x"] * 10
    raw.send(header(2, 0, 1))
    raw.send(b"x" * (LIMIT // 2))
    raw.send(b"x" * (LIMIT // 2 + 1))
    [record] = server.records.wait("nsroute.connection_closed")
    assert (record["code"], record["bytes"]) == ("attachments_too_large", LIMIT + 1)
    server.records.wait("nsroute.disconnect")
    server.empty()


@pytest.mark.parametrize(
    "frame",
    [
        header(1, 0, 0),
        header(2, 0),
        header(1, 1),
        header(1, -1),
        header(1, '"0"'),
        "5-/rooms/1,1[]",
        "50-/rooms/1,1[]",
    ],
)
def test_each_attachment_is_named_once_or_the_event_is_none(
    serve: Serve, frame: str, join: Join
) -> None:
    """Others had an event that was never complete; this one goes on at once."""
    server = serve(HARDENED)
    raw = join(server)
    raw.send(frame, b"x" if "51-" in frame else '2/rooms/1,["echo"]')
    raw.send('2/rooms/1,2["echo","on"]')
    assert raw.receive() == '3/rooms/1,2[["on"]]'
    assert len(server.records.all("nsroute.bad_frame")) == 1


def test_one_attachment_is_answered_many_times_until_the_server_is_hardened(
    serve: Serve, mode: str, join: Join
) -> None:
    """Five hundred names for a thousand bytes are half a million bytes in an answer."""
    _skip_uwsgis_websocket(mode)
    for factory in (UPSTREAMS, HARDENED):
        raw = join(serve(factory, mode))
        raw.send(header(1, *[0] * 500), b"x" * 1000)
        raw.send('2/rooms/1,2["echo","on"]')
        if factory == UPSTREAMS:
            raw.receive_until("6500-/rooms/1,1")
            assert [raw.receive() for _ in range(500)] == [b"x" * 1000] * 500
        else:
            assert raw.receive() == '3/rooms/1,2[["on"]]'


# --- broadcasts


@pytest.mark.parametrize("name", ["/rooms/1", "/plain"])
@pytest.mark.parametrize("first", ["polling", "websocket"])
def test_binary_reaches_polling_and_websocket_clients_once_the_server_is_hardened(
    serve: Serve, mode: str, first: str, name: str, join: Join
) -> None:
    """Upstream encodes a packet for the first of them, and sends that to all.

    In threading mode a router has each connection get its own, hardened or not.
    """
    for factory in (UPSTREAMS, HARDENED):
        server = serve(factory, mode)
        members = {}
        for transport in sorted(RAW, key=lambda one: one != first):
            members[transport] = join(server, transport, name)
        members["websocket"].send(f'2{name},["share",9]')
        received = {}
        for transport, raw in members.items():
            try:
                raw.receive_until(f"51-{name},")
                received[transport] = raw.receive()
            except requests.RequestException:
                received[transport] = None
        whole = {"polling": bytes(9), "websocket": bytes(9)}
        is_mended = factory == HARDENED or mode == "threading"
        assert (received == whole) is is_mended


# --- clients that read nothing


def flooded(server: Server, raw: Any) -> bool:
    """Ask for more than anybody can read until it piles up, or nobody listens."""
    for _ in range(100):
        try:
            raw.send('2/rooms/1,["flood",100,5000]', '2/rooms/1,["echo"]')
        except (requests.HTTPError, *CLOSED):
            return False
        if requests.get(f"{server.url}/_kept", timeout=20).json()["unread"] > 500:
            return True
    raise AssertionError("nothing piles up")


def test_what_nobody_reads_piles_up_as_upstream_has_it(
    serve: Serve, join: Join, mode: str, transport: str
) -> None:
    """Half a thousand packets wait for a client that asks for more and reads none."""
    _skip_uwsgis_websocket(mode, transport)
    server = serve(UPSTREAMS, mode)
    assert flooded(server, join(server, transport))


def test_who_reads_nothing_is_disconnected_once_the_server_is_hardened(
    serve: Serve, join: Join, mode: str, transport: str
) -> None:
    """With a record; nothing is kept for it."""
    _skip_uwsgis_websocket(mode, transport)
    server = serve(HARDENED, mode)
    assert not flooded(server, join(server, transport))
    [record] = server.records.wait("nsroute.connection_closed")
    assert record["code"] == "unread"
    assert record["unread_bytes"] > LIMIT
    server.records.wait("nsroute.disconnect", count=1)
    server.empty()
    kept(server, lambda found: not found["sockets"])
    assert is_served(join(server))


@pytest.mark.sockets
def test_who_reads_nothing_leaves_no_thread_behind(join: Join) -> None:
    """The thread that writes to it, and the one that reads from it, end."""
    with in_own_process(HARDENED, "threading") as server:
        idle = join(server)
        before = kept(server, lambda _: True)["threads"]
        assert not flooded(server, join(server))
        kept(server, lambda found: found["threads"] <= before)
        idle.close()


def test_a_client_that_reads_gets_more_than_the_bound(
    serve: Serve, mode: str, transport: str, join: Join
) -> None:
    """The bound is for what is unread at one time."""
    raw = join(serve(HARDENED, mode), transport)
    for _ in range(5):
        raw.send('2/rooms/1,["flood",10,9000]')
        much = [raw.receive() for _ in range(10)]
        assert all(str(one).startswith('2/rooms/1,["much","xxx') for one in much)
    raw.send(f'2/rooms/1,["flood",1,{5 * LIMIT}]')  # one packet, however large
    assert len(raw.receive()) > 5 * LIMIT


def test_a_client_that_reads_no_ping_is_hung_up_on(serve: Serve, join: Join) -> None:
    """Upstream closes it, and leaves the threads that read and write blocked."""
    server = serve(SITES + "impatient")
    threads = kept(server, lambda _: True)["threads"]
    raw = join(server)
    raw.send('2/rooms/1,["flood",1,20000000]')
    server.records.wait("nsroute.disconnect")
    kept(server, lambda found: found["threads"] <= threads)
    raw.close()


# --- frames that cannot be read

BAD = [
    "",
    "9",
    "2",
    "2/rooms/1,[]",
    "2/rooms/1,{}",
    "4",
    "3/rooms/1,1 5",
]


def test_a_bad_frame_writes_a_traceback_until_the_server_is_hardened(
    serve: Serve, transport: str, caplog: pytest.LogCaptureFixture, join: Join
) -> None:
    """Once, then nothing; the connection goes on as before."""
    for factory in (UPSTREAMS, HARDENED):
        caplog.clear()
        server = serve(factory)
        raw = join(server, transport)
        for frame in BAD * 3:
            raw.send(frame)
        raw.send('2/rooms/1,2["echo","on"]')
        assert raw.receive() == '3/rooms/1,2[["on"]]'
        logged = [one for one in caplog.records if one.name == "engineio.server"]
        records = server.records.all("nsroute.bad_frame")
        if factory == UPSTREAMS:
            assert len(logged) > len(BAD)
            assert logged[0].exc_info
            assert records == []
        else:
            assert logged == []
            assert len(records) == 1
            assert set(records[0]) == {"event", "eio_sid", "error", "level"}


def test_what_a_handler_raises_is_logged_as_before(
    serve: Serve, caplog: pytest.LogCaptureFixture, join: Join
) -> None:
    """Upstream runs connect handlers of the app where it reads a frame."""
    server = serve(HARDENED)
    assert server.site is not None

    @server.site.socketio.on("connect", namespace="/falls")
    def connect() -> None:
        raise ValueError("the app's")

    raw = join(server)
    raw.send("0/falls,")
    raw.send('2/rooms/1,2["echo","on"]')
    assert raw.receive() == '3/rooms/1,2[["on"]]'
    [logged] = [one for one in caplog.records if one.name == "engineio.server"]
    assert logged.exc_info is not None
    assert str(logged.exc_info[1]) == "the app's"
    assert server.records.all("nsroute.bad_frame") == []


@pytest.mark.parametrize("frame", ["", "x", "²", "b5", "4" + "[" * 100_000])
def test_a_frame_that_engineio_cannot_read_ends_its_connection_once_hardened(
    serve: Serve, mode: str, frame: str, join: Join
) -> None:
    """At once, with one line; upstream's thread dies, and nobody is told."""
    _skip_uwsgis_websocket(mode)
    server = serve(HARDENED, mode)
    raw = join(server)
    raw._socket.send(frame)
    server.records.wait("nsroute.disconnect", count=1)
    server.empty()
    kept(server, lambda found: not found["sockets"])
    assert len(server.records.all("nsroute.bad_frame")) == 1


@pytest.mark.parametrize(
    "payload", ["", "\x1e", "x", "4" * 3 + "\x1e4" * 20, "b5", "4[]\x1e\x1e"]
)
def test_a_payload_that_cannot_be_read_is_recorded_once(
    serve: Serve, caplog: pytest.LogCaptureFixture, payload: str, join: Join
) -> None:
    """It is answered as upstream does, and the connection goes on."""
    server = serve(HARDENED)
    raw = join(server, "polling")
    for _ in range(3):
        assert requests.post(raw._address, payload, timeout=20).ok
    raw.send('2/rooms/1,2["echo","on"]')
    assert raw.receive() == '3/rooms/1,2[["on"]]'
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    assert len(server.records.all("nsroute.bad_frame")) == (payload != "")


# --- good clients


def test_client_libraries_are_served_as_before(
    serve: Serve, connect: Connect, mode: str, transport: str, library: str
) -> None:
    """Text, binary, and ten attachments."""
    peer = connect(serve(HARDENED, mode), library, transport, ["/rooms/1"])
    assert peer.call("/rooms/1", "echo", "text", 1) == [["text", 1]]
    assert peer.call("/rooms/1", "share", 1000) == []
    assert len(peer.wait("/rooms/1", "shared").args) == 1
    if library == "python":  # the other has no way to be told of bytes
        many = [bytes([number]) * 1000 for number in range(10)]
        assert peer.call("/rooms/1", "echo", *many) == [many]


# --- without a router


def test_a_server_without_a_router_is_hardened_too(
    serve: Serve, mode: str, join: Join
) -> None:
    """Each attack ends, and the namespace of the app is served."""
    server = serve(SITES + "without_router", mode)
    raw = RawPolling(server.url)
    assert requests.post(raw._address, "0", timeout=20).status_code == 400
    raw = join(server, name="/plain")
    raw.send("2", "59999999999-/plain,[]", b"x")
    server.records.wait("nsroute.connection_closed", code="too_many_attachments")
    assert is_served(join(server, name="/plain"), "/plain")
