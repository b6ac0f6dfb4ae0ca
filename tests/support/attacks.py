"""What hostile clients do to a server, one function each; they end by themselves."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import Any

import requests
import websocket

from tests.support.raw_clients import RawPolling, RawWebSocket

Attack = Callable[[str], None]
NAME = "/chats/attacked"
FAILED = (OSError, websocket.WebSocketException, requests.RequestException)


@contextmanager
def _joined(url: str) -> Iterator[Any]:
    raw = RawWebSocket(url)
    try:
        with suppress(*FAILED):
            raw.send(f"0{NAME},")
            yield raw
    finally:
        raw._socket.shutdown()


def half_open_polling(url: str) -> None:
    """Send one byte that is no packet, and hang up."""
    raw = RawPolling(url)
    raw._session.close()
    with suppress(*FAILED):
        requests.post(raw._address, "0", timeout=0.2)


def compressed(url: str) -> None:
    """Offer to compress, and send a megabyte in a kilobyte."""
    address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    offer = ["Sec-WebSocket-Extensions: permessage-deflate"]
    raw = websocket.create_connection(address, timeout=5, header=offer)
    with suppress(*FAILED):
        for _ in range(5):
            raw.send_frame(compressed_frame(1_000_000))
    raw.shutdown()


def compressed_frame(size: int) -> websocket.ABNF:
    """Make a compressed frame that inflates to a text of so many letters."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflate.compress(b"4" + b"a" * size) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return websocket.ABNF(1, 1, 0, 0, websocket.ABNF.OPCODE_TEXT, 1, data[:-4])


def endless_message(url: str) -> None:
    """Send a message in fragments, none of them the last."""
    with _joined(url) as raw:
        for number in range(20):
            kind = 0 if number else 2
            frame = websocket.ABNF(0, 0, 0, 0, kind, 1, bytes(50_000))
            raw._socket.send_frame(frame)


def endless_attachments(url: str) -> None:
    """Announce millions of attachments, and begin to send them."""
    with _joined(url) as raw:
        raw.send(f'59999999-{NAME},["say"]', *[bytes(50_000)] * 20)


def one_attachment_for_many(url: str) -> None:
    """Name one attachment a thousand times, and ask for the answer."""
    with _joined(url) as raw:
        named = ",".join(['{"_placeholder":true,"num":0}'] * 1_000)
        raw.send(f'51-{NAME},1["say",{named}]', bytes(1_000))
        raw.send(f'2{NAME},2["say"]')
        raw.receive_until(f"3{NAME},2")


def reads_nothing(url: str) -> None:
    """Ask for megabytes, and read none; stay until the server hangs up."""
    end = monotonic() + 10
    with _joined(url) as raw:
        while monotonic() < end:
            raw.send(f'2{NAME},["flood",50,5000]')
            sleep(0.01)


def bad_frames(url: str) -> None:
    """Send what is no packet, and end with what is no frame."""
    with _joined(url) as raw:
        raw.send(*["9", "2", f"2{NAME},[]", f"50-{NAME},[]"] * 20)
        raw._socket.send("x")


def only_refused(url: str) -> None:
    """Send nothing but what reaches no handler."""
    with _joined(url) as raw:
        raw.send(*["0/nowhere,", f'2{NAME},["connect"]', f"2{NAME},[7]"] * 50)


ATTACKS: list[Attack] = [
    half_open_polling,
    compressed,
    endless_message,
    endless_attachments,
    one_attachment_for_many,
    reads_nothing,
    bad_frames,
    only_refused,
]
