"""Raw clients for tests: any frame, also such as no client library would send."""

from __future__ import annotations

import json
import socket
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import requests
import websocket

from tests.support.sites import PATIENCE

SEPARATOR = "\x1e"


@contextmanager
def closed_if_it_fails(opened: Closable) -> Iterator[None]:
    """Close what nobody else can, as its client is never made."""
    with ExitStack() as stack:
        stack.callback(opened.close)
        yield
        stack.pop_all()


class Closable(Protocol):
    """A connection."""

    def close(self) -> None: ...


class _Receiving:
    def receive(self) -> str | bytes:
        raise NotImplementedError

    def receive_until(self, start: str) -> list[str | bytes]:
        """Return all packets up to the first that starts so, that one included."""
        packets = [self.receive()]
        while not str(packets[-1]).startswith(start):
            packets.append(self.receive())
        return packets


class RawWebSocket(_Receiving):
    """An Engine.IO connection over WebSocket, frame by frame.

    Frames are Socket.IO packets as upstream writes them, `2/rooms/1,["event"]`;
    Engine.IO's own `4` before them is added and taken away here.
    """

    def __init__(self, url: str, path: str = "/socket.io/") -> None:
        address = url.replace("http", "ws", 1) + path + "?EIO=4&transport=websocket"
        self._socket = websocket.create_connection(address, timeout=PATIENCE)
        with closed_if_it_fails(self._socket):
            self.opened: dict[str, Any] = json.loads(self._socket.recv()[1:])

    @property
    def connection(self) -> socket.socket:
        """The connection itself, to see whether anything has come."""
        assert self._socket.sock is not None
        return self._socket.sock

    def send(self, *packets: str | bytes) -> None:
        """Send Socket.IO packets, and bytes as binary attachments."""
        for packet in packets:
            if isinstance(packet, bytes):
                self._socket.send_binary(packet)
            else:
                self._socket.send("4" + packet)

    def receive(self) -> str | bytes:
        """Return the next Socket.IO packet or attachment; answer pings on the way."""
        while True:
            frame = self._socket.recv()
            if isinstance(frame, bytes) and frame:
                return frame
            if frame == "2":
                self._socket.send("3")
            elif frame:
                return str(frame)[1:]
            else:
                raise ConnectionError("the server has closed the connection")

    def receive_ping(self) -> None:
        """Wait for the next ping, and answer it; what comes before it is dropped."""
        while self._socket.recv() != "2":
            pass
        self._socket.send("3")

    def close(self) -> None:
        """Close without waiting for the server's answer."""
        self._socket.close(timeout=0)


class RawPolling(_Receiving):
    """An Engine.IO connection over long polling, request by request."""

    def __init__(self, url: str, path: str = "/socket.io/") -> None:
        self._session = requests.Session()
        self._address = url + path + "?EIO=4&transport=polling"
        with closed_if_it_fails(self._session):
            self.opened: dict[str, Any] = json.loads(self._get().removeprefix("0"))
        self._address += "&sid=" + self.opened["sid"]
        self._waiting: list[str] = []

    def _get(self) -> str:
        answer = self._session.get(self._address, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.text

    def post(self, *frames: str) -> None:
        """Send Engine.IO frames, prefix included, in one request."""
        payload = SEPARATOR.join(frames).encode()
        answer = self._session.post(self._address, payload, timeout=PATIENCE)
        answer.raise_for_status()

    def send(self, *packets: str | bytes) -> None:
        """Send Socket.IO packets, and bytes as attachments, in one request."""
        self.post(
            *(
                "4" + packet
                if isinstance(packet, str)
                else "b" + b64encode(packet).decode()
                for packet in packets
            )
        )

    def receive(self) -> str | bytes:
        """Return the next Socket.IO packet or attachment; answer pings on the way."""
        while True:
            while self._waiting:
                frame = self._waiting.pop(0)
                if frame == "2":
                    self.post("3")
                elif frame.startswith("b"):
                    return b64decode(frame[1:])
                elif frame.startswith("4"):
                    return frame[1:]
            self._waiting = self._get().split(SEPARATOR)

    def receive_ping(self) -> None:
        """Wait for the next ping, and answer it; what comes before it is dropped."""
        while "2" not in self._waiting:
            self._waiting = self._get().split(SEPARATOR)
        self._waiting = []
        self.post("3")

    def close(self) -> None:
        try:
            self.post("1")
        finally:
            self._session.close()
