"""Connections without HTTP: Socket.IO packets into a real Engine.IO socket.

From the frame of a transport upward everything is upstream's own, in any async mode and
with any serializer: threads, queues, the tables of the manager. What a client sends is
bytes or text, also such as no client library would send.
"""

from __future__ import annotations

import itertools
from typing import Any

from engineio import packet as eio_packet
from engineio.socket import Socket
from flask import Flask
from socketio import packet
from werkzeug.test import EnvironBuilder

from nsroute import Dispatch, dispatched
from tests.support.servers import PATIENCE, Site, state_of

BINARY = {packet.BINARY_EVENT: packet.EVENT, packet.BINARY_ACK: packet.ACK}


class Refused(Exception):
    """A CONNECT that was refused; `answer` is what the client was told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        super().__init__(answer)


class Line:
    """One connection of a client; what it is sent is kept in order."""

    def __init__(self, site: Site, app: Flask | None = None) -> None:
        self.server: Any = site.socketio.server
        self.packets: list[Any] = []
        self.sids: dict[str, str] = {}
        self.closed = False
        self._ids = itertools.count(1)
        self._incomplete: Any = None
        eio = self.server.eio
        self.eio_sid: str = eio.generate_id()
        self.socket = Socket(eio, self.eio_sid)
        self.socket.last_ping = None
        self.socket.connected = self.socket.upgraded = True
        eio.sockets[self.eio_sid] = self.socket
        environ = EnvironBuilder("/socket.io/").get_environ()
        environ["flask.app"] = app or site.app
        eio._trigger_event("connect", self.eio_sid, environ, run_async=False)

    def frame(self, data: str | bytes) -> None:
        """Send a frame, as the transport would hand it over."""
        kind = eio_packet.MESSAGE
        self.socket.receive(eio_packet.Packet(kind, data=data))

    def say(
        self, kind: int, namespace: Any, data: Any = None, number: int | None = None
    ) -> None:
        """Send a packet in the server's language."""
        made = self.server.packet_class(kind, data, namespace=namespace, id=number)
        encoded = made.encode()
        for piece in encoded if isinstance(encoded, list) else [encoded]:
            self.frame(piece)

    def listen(self) -> Any:
        """Wait for the next packet; None after the end of the connection."""
        received = self.socket.queue.get(timeout=PATIENCE)
        self.socket.queue.task_done()
        if received is None or received.packet_type != eio_packet.MESSAGE:
            self.closed = True
            return None
        return self._keep(received.data)

    def _keep(self, data: Any) -> Any:
        if self._incomplete is None:
            self._incomplete = self.server.packet_class(encoded_packet=data)
            complete = not self._incomplete.attachment_count
        else:
            complete = self._incomplete.add_attachment(data)
        if not complete:
            return self.listen()
        whole, self._incomplete = self._incomplete, None
        whole.packet_type = BINARY.get(whole.packet_type, whole.packet_type)
        whole.namespace = whole.namespace or "/"
        self.packets.append(whole)
        return whole

    def drain(self) -> list[Any]:
        """Take what has come and wait for nothing more; give all packets so far."""
        while not self.closed and not self.socket.queue.empty():
            self.listen()
        return self.packets

    def wait(self, kind: int, namespace: str, number: int | None = None) -> Any:
        """Wait for a packet of a kind, whatever else comes before it."""
        while (received := self.listen()) is not None:
            found = received.packet_type == kind and received.namespace == namespace
            if found and number in (None, received.id):
                return received
        raise AssertionError("the server has closed the connection")

    def join(self, namespace: str, auth: Any = None) -> str:
        """Send a CONNECT; give the sid, or raise `Refused`.

        With `always_connect` the refusal is a DISCONNECT after the answer.
        """
        before = len(self.drain())
        self.say(packet.CONNECT, namespace, auth)
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
        """Send a CONNECT that is refused; give what the client is told."""
        try:
            self.join(namespace, auth)
        except Refused as refused:
            return refused.answer
        raise AssertionError(f"the client was let into {namespace}")

    def emit(self, namespace: str, event: Any, *args: Any) -> None:
        """Send an event that asks for no acknowledgement."""
        self.say(packet.EVENT, namespace, [event, *args])

    def call(self, namespace: str, event: Any, *args: Any) -> Any:
        """Send an event; give the one value that acknowledges it."""
        number = next(self._ids)
        self.say(packet.EVENT, namespace, [event, *args], number)
        return self.answer(namespace, number)

    def ask(self, namespace: str, event: Any, *args: Any) -> int:
        """Send an event that asks for an acknowledgement; give its number."""
        number = next(self._ids)
        self.say(packet.EVENT, namespace, [event, *args], number)
        return number

    def answer(self, namespace: str, number: int) -> Any:
        """Wait for an acknowledgement; give its one value, or None for none."""
        values = self.wait(packet.ACK, namespace, number).data
        return values[0] if values else None

    def answered(self, namespace: str, number: int) -> bool:
        """Say whether an acknowledgement is there by now."""
        return any(
            one.packet_type == packet.ACK
            and (one.namespace, one.id) == (namespace, number)
            for one in self.drain()
        )

    def heard(self, namespace: str) -> list[list[Any]]:
        """Give the events of a namespace that have come so far."""
        return [
            one.data
            for one in self.drain()
            if one.packet_type == packet.EVENT and one.namespace == namespace
        ]

    def kinds(self, namespace: str) -> list[int]:
        """Give the kinds of the packets of a namespace that have come so far."""
        return [one.packet_type for one in self.drain() if one.namespace == namespace]

    def leave(self, namespace: str) -> None:
        """Send a DISCONNECT."""
        self.say(packet.DISCONNECT, namespace)

    def close(self, reason: str = "transport close") -> None:
        """End the connection as a transport does."""
        self.socket.close(wait=False, abort=True, reason=reason)
        self.server.eio.sockets.pop(self.eio_sid, None)

    def time_out(self) -> None:
        """Have the next packet that is sent find that no pong has come for long."""
        self.socket.last_ping = 1.0


class Tape:
    """The dispatches of a router as `dispatched` tells them; safe with threads."""

    def __init__(self, site: Site, sender: object = None) -> None:
        self._queue = site.socketio.server.eio.create_queue()
        self.all: list[Dispatch] = []
        dispatched.connect(self._keep, sender=sender or site.router)

    def _keep(self, _: object, dispatch: Dispatch) -> None:
        self._queue.put(dispatch)

    def next(self) -> Dispatch:
        """Wait for a dispatch to be finished."""
        self.all.append(self._queue.get(timeout=PATIENCE))
        return self.all[-1]

    def take(self) -> list[Dispatch]:
        """Give the dispatches that are finished by now and were not taken before."""
        start = len(self.all)
        while not self._queue.empty():
            self.next()
        return self.all[start:]

    def shown(self) -> list[tuple[Any, ...]]:
        """Take dispatches, as kind, event, outcome and code."""
        return [(d.kind, d.event, d.outcome, d.code) for d in self.take()]


def left_behind(site: Site) -> dict[str, Any]:
    """Return what a server still keeps of any client."""
    server: Any = site.socketio.server
    manager: Any = server.manager
    registries = manager.registries
    kept = {
        **state_of(site),
        "binary": len(server._binary_packet),
        "clients": sum(len(one._clients._joined) for one in registries),
        "live": sum(len(one._clients.live) for one in registries),
        "joined": sum(map(len, manager.joined.values())),
        "undecided": len(manager.undecided),
        "disconnecting": len(manager.disconnecting),
    }
    return {name: value for name, value in kept.items() if value}
