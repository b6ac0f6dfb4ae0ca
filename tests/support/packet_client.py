"""The client of protocol tests: packets and raw frames, in memory.

It stands on the connection of `nsroute.testing.RouterClient`. Everything from the frame
upward is upstream's own, in any async mode and with any serializer.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

from engineio import packet as eio_packet
from flask import Flask
from socketio import packet

from nsroute import Route
from nsroute.upstream.memory_connection import MemoryConnection
from tests.support.sites import PATIENCE, Site, site

NO_ACKNOWLEDGEMENT = object()
"""What `call` of an inline client returns where the server acknowledges nothing."""


class Refused(Exception):
    """A CONNECT that was refused; `answer` is what the client was told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        super().__init__(answer)


class PacketClient:
    """One connection of a client; the packets that it receives are kept in order.

    Args:
        site: The site to connect to.
        app: The application in the environment; by default the site's.
        inline: Whether the server handles an event in this thread, before `emit` and
            `call` return, rather than in one of its own.
    """

    def __init__(
        self, site: Site, app: Flask | None = None, *, inline: bool = False
    ) -> None:
        self.server: Any = site.socketio.server
        self.packets: list[Any] = []
        self.sids: dict[str, str] = {}
        self.replies: dict[str, Callable[..., Any]] = {}
        """Event -> the function that acknowledges it when the server asks for it."""
        self.closed = False
        self.inline = inline
        self._numbers = itertools.count(1)
        self._arrived = self.server.eio.create_queue()
        self._taken: set[int] = set()
        self._connection = MemoryConnection(
            (app or site.app).test_client(),
            site.socketio,
            on_packet=self._receive,
            on_closed=lambda: self._arrived.put(None),
        )
        self.eio_sid = self._connection.eio_sid
        self.socket = self._connection.socket

    def _receive(self, received: Any) -> None:
        received.namespace = received.namespace or "/"
        self._arrived.put(received)
        if received.packet_type == packet.EVENT and received.id is not None:
            event, *args = received.data
            if event in self.replies:
                answer = self.replies[event](*args)
                self.send_packet(packet.ACK, received.namespace, [answer], received.id)

    def send_frame(self, frame: str | bytes) -> None:
        """Send a frame, as a transport hands it over."""
        self.socket.receive(eio_packet.Packet(eio_packet.MESSAGE, data=frame))

    def send_packet(
        self, kind: int, namespace: Any, data: Any = None, number: int | None = None
    ) -> None:
        """Send a packet in the server's serializer."""
        if self.inline:
            self._connection.send(kind, namespace, data, number)
            return
        # What a connect or its end sets off has been done when this returns.
        lifecycle = kind in (packet.CONNECT, packet.DISCONNECT)
        with self._connection.in_place() if lifecycle else nullcontext():
            for frame in self._connection.encode(kind, namespace, data, number):
                self.send_frame(frame)

    def next_packet(self) -> Any:
        """Wait for the next packet; None after the end of the connection."""
        received = self._arrived.get(timeout=PATIENCE)
        if received is None:
            self.closed = True
        else:
            self.packets.append(received)
        return received

    def drain(self) -> list[Any]:
        """Take what has come and wait for nothing more; return all packets so far."""
        while not self.closed and not self._arrived.empty():
            self.next_packet()
        return self.packets

    def wait_for(self, kind: int, namespace: str, number: int | None = None) -> Any:
        """Wait for a packet of a type, whatever else comes before it."""
        while (received := self.next_packet()) is not None:
            found = received.packet_type == kind and received.namespace == namespace
            if found and number in (None, received.id):
                return received
        raise AssertionError("the server has closed the connection")

    def join(self, namespace: str, auth: Any = None) -> str:
        """Send a CONNECT; return the sid, or raise `Refused`.

        With `always_connect` the refusal is a DISCONNECT after the answer.
        """
        before = len(self.drain())
        self.send_packet(packet.CONNECT, namespace, auth)
        answers = [one for one in self.drain()[before:] if one.namespace == namespace]
        refused = [one for one in answers if one.packet_type == packet.CONNECT_ERROR]
        if self.server.always_connect:
            refused += [one for one in answers if one.packet_type == packet.DISCONNECT]
        if refused:
            raise Refused(refused[0].data)
        accepted = [one for one in answers if one.packet_type == packet.CONNECT]
        assert accepted, f"the CONNECT to {namespace} was never answered"
        self.sids[namespace] = accepted[0].data["sid"]
        return self.sids[namespace]

    def refusal(self, namespace: str, auth: Any = None) -> Any:
        """Send a CONNECT that is refused; return what the client is told."""
        try:
            self.join(namespace, auth)
        except Refused as refused:
            return refused.answer
        raise AssertionError(f"the client was let into {namespace}")

    def emit(self, namespace: str, event: Any, *args: Any) -> None:
        """Send an event that asks for no acknowledgement."""
        self.send_packet(packet.EVENT, namespace, [event, *args])

    def call(self, namespace: str, event: Any, *args: Any) -> Any:
        """Send an event; return the one value of its acknowledgement, or a tuple."""
        number = self.ask(namespace, event, *args)
        if self.inline and not self.is_acknowledged(namespace, number):
            return NO_ACKNOWLEDGEMENT
        return self.acknowledgement(namespace, number)

    def ask(self, namespace: str, event: Any, *args: Any) -> int:
        """Send an event that asks for an acknowledgement; return its number."""
        number = next(self._numbers)
        self.send_packet(packet.EVENT, namespace, [event, *args], number)
        return number

    def acknowledgement(self, namespace: str, number: int) -> Any:
        """Wait for an acknowledgement; return its one value, or a tuple."""
        found = self._acknowledgement(namespace, number)
        values = tuple((found or self.wait_for(packet.ACK, namespace, number)).data)
        return values[0] if len(values) == 1 else values

    def is_acknowledged(self, namespace: str, number: int) -> bool:
        """Return whether an acknowledgement has come by now."""
        self.drain()
        return self._acknowledgement(namespace, number) is not None

    def _acknowledgement(self, namespace: str, number: int) -> Any:
        wanted = (packet.ACK, namespace, number)
        for one in self.packets:
            if (one.packet_type, one.namespace, one.id) == wanted:
                return one
        return None

    def received(self, namespace: str) -> list[tuple[Any, ...]]:
        """Return the events of a namespace that have come since the last time."""
        events = [
            one
            for one in self.drain()
            if one.packet_type == packet.EVENT
            and one.namespace == namespace
            and id(one) not in self._taken
        ]
        self._taken.update(map(id, events))
        return [tuple(one.data) for one in events]

    def kinds(self, namespace: str) -> list[int]:
        """Return the types of the packets of a namespace that have come so far."""
        return [one.packet_type for one in self.drain() if one.namespace == namespace]

    def leave(self, namespace: str) -> None:
        """Send a DISCONNECT."""
        self.send_packet(packet.DISCONNECT, namespace)

    def close(self, reason: str = "transport close") -> None:
        """End the connection as a transport does."""
        if self.inline:
            self._connection.close(reason)
            return
        with self._connection.in_place():
            self.socket.close(wait=False, abort=True, reason=reason)
        self.server.eio.sockets.pop(self.eio_sid, None)

    def time_out(self) -> None:
        """Make the next packet that is sent find that no pong has come for long."""
        self.socket.last_ping = 1.0


def inline_client(site: Site, app: Flask | None = None) -> PacketClient:
    """Return a client whose events the server handles in this thread."""
    return PacketClient(site, app, inline=True)


def served_class(target: Any) -> Callable[..., Any]:
    """Serve a class at one name, and return what sends it an event."""
    client = inline_client(site(Route("/it", target)))
    client.join("/it")
    return functools.partial(client.call, "/it")


def code(answer: Any) -> Any:
    """Return the code of an error's acknowledgement."""
    return answer["error"]["code"]


def names(events: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Return the names of events alone."""
    return [event[0] for event in events]
