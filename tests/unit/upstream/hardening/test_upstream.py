"""Each mend is needed by the upstream that is installed, and by no mended one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import simple_websocket
from engineio.packet import Packet as EnginePacket
from engineio.socket import Socket
from flask import Flask
from flask_socketio import SocketIO
from socketio.packet import Packet

from nsroute.upstream.hardening import (
    MENDS,
    Limits,
    attachments,
    broadcasts,
    closing,
    messages,
    received,
    unread,
)
from nsroute.upstream.hardening.target import Target


def make_server(**options: Any) -> Any:
    """Make a server that nobody connects to."""
    return SocketIO(Flask("probed"), async_mode="threading", **options).server


def changed_by(mend: Callable[[Target], None], **options: Any) -> list[str]:
    """Apply one mend to a server; return what it has changed."""
    server = make_server(**options)
    target = Target(server, Limits(1, 1, lambda *_, **__: None))
    before = (server.eio._async, server._binary_packet, server.eio.handlers["message"])
    mend(target)
    after = (server.eio._async, server._binary_packet, server.eio.handlers["message"])
    names = ("websocket", "attachments", "message")
    found = [n for n, a, b in zip(names, before, after, strict=True) if a is not b]
    return [mixin.__name__ for mixin in target._mixins] + found


@pytest.mark.parametrize(
    "mend, changed",
    [
        ("bound_unread", ["BoundedUnread"]),
        ("own_binary_packets", ["OwnBinary"]),
        ("bound_attachments", ["attachments"]),
        ("quiet_bad_frames", ["QuietSocket", "message"]),
        ("close_at_once", ["ClosesAtOnce"]),
        ("bound_messages", ["websocket"]),
        ("refuse_compression", ["websocket"]),
        ("send_whole_messages", ["SendsWhole"]),
        ("read_in_turn", ["ReadsInTurn"]),
    ],
)
def test_each_mend_is_needed(mend: str, changed: list[str]) -> None:
    """Where this fails, upstream has changed: look whether the mend can go."""
    [found] = [one for one in MENDS if one.__name__ == mend]
    assert changed_by(found) == changed


def test_the_mends_are_these() -> None:
    """Each has a reason and the versions that it was checked with."""
    assert len(MENDS) == 9
    for one in MENDS:
        assert one.__doc__ is not None
        assert "Checked with" in one.__doc__


def test_a_socket_that_waits_for_nobody_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Engine.IO closes without `queue.join()`."""
    close = Socket.close
    monkeypatch.setattr(
        Socket,
        "close",
        lambda self, wait=True, **options: close(self, False, **options),
    )
    assert not closing.waits_for_clients()
    assert changed_by(closing.close_at_once) == []


def test_a_packet_that_is_encoded_for_each_transport_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Engine.IO keeps no encoding of a binary packet."""
    encode = EnginePacket.encode

    def mended(self: Any, b64: bool = False) -> Any:
        self.encode_cache = None
        return encode(self, b64)

    monkeypatch.setattr(EnginePacket, "encode", mended)
    assert not broadcasts.keeps_one_encoding()
    assert changed_by(broadcasts.own_binary_packets) == []


def test_a_queue_with_a_bound_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine.IO closes a connection that nobody reads from."""
    send = Socket.send

    def mended(self: Any, pkt: Any) -> None:
        if self.queue.length == 100:
            self.close(wait=False, abort=True)
        if not self.closed:
            send(self, pkt)

    monkeypatch.setattr(Socket, "send", mended)
    assert not unread.keeps_all_unread()
    assert changed_by(unread.bound_unread) == []


def test_attachments_with_bounds_are_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """python-socketio refuses a million of them, and one that is named twice.

    It has to do both: where it does one of them alone, the other stays open.
    """
    decode = Packet.decode

    def bounded(self: Any, encoded: Any) -> Any:
        if (count := decode(self, encoded)) > 10:
            raise ValueError("too many attachments")
        return count

    def refuse(*_: object) -> Any:
        raise ValueError("named twice")

    with monkeypatch.context() as half:
        half.setattr(Packet, "decode", bounded)
        assert attachments.takes_any_attachments()
    monkeypatch.setattr(Packet, "add_attachment", refuse)
    assert attachments.takes_any_attachments()
    monkeypatch.setattr(Packet, "decode", bounded)
    assert not attachments.takes_any_attachments()
    assert changed_by(attachments.bound_attachments) == []


def test_messages_that_are_sent_whole_are_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """simple-websocket calls `sendall`."""

    def mended(self: Any, data: str) -> None:
        self.sock.sendall(self.ws.send(data))

    monkeypatch.setattr(simple_websocket.ws.Base, "send", mended)
    assert not messages.sends_parts()
    assert changed_by(messages.send_whole_messages) == []


def test_a_websocket_that_reads_in_turn_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """simple-websocket keeps ten messages, and no more."""

    def mended(self: Any) -> bool:
        self.input_buffer += [event.data for event in self.ws.events()[:10]]
        return True

    monkeypatch.setattr(simple_websocket.ws.Base, "_handle_events", mended)
    assert not received.keeps_all_received()
    assert changed_by(received.read_in_turn) == []


class Bounded:
    """A driver that has passed a bound on."""

    def __init__(self, _handler: object, _engine: object) -> None:
        self.server_args = {"max_message_size": 1}


class Other:
    """A driver of another async mode."""

    def __init__(self, _handler: object, _engine: object) -> None:
        pass


@pytest.mark.parametrize("driver", [Bounded, Other, None])
def test_a_websocket_that_has_a_bound_is_left_alone(driver: Any) -> None:
    """Engine.IO passes one on; or the async mode has another WebSocket, or none."""
    server = make_server()
    server.eio._async = {**server.eio._async, "websocket": driver}
    before = dict(server.eio._async)
    messages.bound_messages(Target(server, Limits(1, 1, lambda *_, **__: None)))
    assert server.eio._async == before


def test_a_mode_without_websockets_has_none_to_mend() -> None:
    """UWSGI may be built without them."""
    server = make_server()
    server.eio._async = {**server.eio._async, "websocket": None}
    messages.refuse_compression(Target(server, Limits(1, 1, lambda *_, **__: None)))
    assert server.eio._async["websocket"] is None
