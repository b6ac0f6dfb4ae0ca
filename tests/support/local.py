"""A server and its clients in this thread, without sockets: packets in, packets out.

Everything that a client is sent is encoded and decoded as on a wire, so what a packet
cannot carry does not arrive here either.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from engineio.socket import Socket
from flask import Flask
from flask_socketio import SocketIO
from socketio import packet
from werkzeug.test import EnvironBuilder

from nsroute import Dispatch, MetaRouter, dispatched
from tests.support.servers import Site

EVENTS = (packet.EVENT, packet.BINARY_EVENT)
SILENCE = object()
"""What a client has that waits for an acknowledgement and gets none."""


class Refused(Exception):
    """A CONNECT that was refused; `answer` is what the client was told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        super().__init__(answer)


def site(
    *routes: Any, config: dict[str, Any] | None = None, **router_options: Any
) -> Site:
    """Make an application with a router for these routes; it records nothing."""
    app = Flask("local", static_folder=None)
    app.config.update({"SECRET_KEY": "only for tests", **(config or {})})
    socketio = SocketIO(app, async_mode="threading")
    router = MetaRouter(routes, **{"log": False, **router_options})
    return Site(app, socketio, router.mount(socketio))


Proceed = Callable[[], Any]


class Tape:
    """The dispatches of a router, from here on, as `dispatched` tells them."""

    def __init__(self, sender: object) -> None:
        self.all: list[Dispatch] = []
        dispatched.connect(self._keep, sender=sender)

    def _keep(self, _: object, dispatch: Dispatch) -> None:
        self.all.append(dispatch)

    @property
    def last(self) -> Dispatch:
        return self.all[-1]

    def shown(self) -> list[tuple[Any, ...]]:
        return [(d.kind, d.event, d.outcome, d.code) for d in self.all]


class Wire:
    """One connection to the server; what it is sent is kept in order."""

    def __init__(self, site: Site, app: Flask | None = None) -> None:
        self._server = site.socketio.server
        self._ids = itertools.count(1)
        self.eio_sid = uuid4().hex
        self.packets: list[packet.Packet] = []
        self.sids: dict[str, str] = {}
        self.responses: dict[str, Callable[..., Any]] = {}
        """Event -> what acknowledges it when the server asks for it."""
        self._listen()
        environ = EnvironBuilder("/socket.io").get_environ()
        environ["flask.app"] = app or site.app
        self._server.eio.sockets[self.eio_sid] = Socket(self._server.eio, self.eio_sid)
        self._server._handle_eio_connect(self.eio_sid, environ)

    def _listen(self) -> None:
        """Take the place of the transport, for the connections of this kind."""
        server = self._server
        wires: dict[str, Wire] = vars(server).setdefault("_wires", {})
        wires[self.eio_sid] = self
        server.start_background_task = lambda task, *args: task(*args)
        server.eio.send_packet = lambda eio_sid, sent: wires[eio_sid]._hear(sent.data)

    def _hear(self, sent: str | bytes) -> None:
        """Take one frame: a packet, or a binary attachment of the packet before."""
        if isinstance(sent, bytes):
            complete = self.packets[-1].add_attachment(sent)
        else:
            self.packets.append(packet.Packet(encoded_packet=sent))
            complete = not self.packets[-1].attachment_count
        if complete:
            self._respond(self.packets[-1])

    def _respond(self, received: packet.Packet) -> None:
        if received.packet_type in EVENTS and received.id is not None:
            answer = self.responses[received.data[0]](*received.data[1:])
            self._say(packet.ACK, received.namespace, [answer], received.id)

    def _say(
        self, kind: int, namespace: str, data: Any = None, number: int | None = None
    ) -> None:
        said = packet.Packet(kind, data=data, namespace=namespace, id=number)
        encoded = said.encode()
        for piece in encoded if isinstance(encoded, list) else [encoded]:
            self._server._handle_eio_message(self.eio_sid, piece)

    def join(self, namespace: str, auth: Any = None) -> str:
        """Send a CONNECT; give the sid, or raise `Refused`."""
        before = len(self.packets)
        self._say(packet.CONNECT, namespace, auth)
        for received in self.packets[before:]:
            if received.packet_type == packet.CONNECT:
                self.sids[namespace] = received.data["sid"]
                return self.sids[namespace]
            if received.packet_type == packet.CONNECT_ERROR:
                raise Refused(received.data)
        raise AssertionError(f"the CONNECT to {namespace} was never answered")

    def refusal(self, namespace: str, auth: Any = None) -> Any:
        """Send a CONNECT that is refused; give what the client is told."""
        try:
            self.join(namespace, auth)
        except Refused as refused:
            return refused.answer
        raise AssertionError(f"the client was let into {namespace}")

    def emit(self, namespace: str, event: Any, *args: Any) -> None:
        """Send an event that asks for no acknowledgement."""
        self._say(packet.EVENT, namespace, [event, *args])

    def call(self, namespace: str, event: Any, *args: Any) -> Any:
        """Send an event; give what acknowledges it: one value, a tuple of several."""
        number = next(self._ids)
        self._say(packet.EVENT, namespace, [event, *args], number)
        for received in self.packets:
            if (
                received.packet_type in (packet.ACK, packet.BINARY_ACK)
                and received.id == number
                and (received.namespace or "/") == namespace
            ):
                values = tuple(received.data)
                return values[0] if len(values) == 1 else values
        return SILENCE

    def heard(self, namespace: str) -> list[tuple[Any, ...]]:
        """Give the events of a namespace that the client got, and forget them."""
        events = [
            received
            for received in self.packets
            if received.packet_type in EVENTS
            and (received.namespace or "/") == namespace
        ]
        self.packets = [one for one in self.packets if one not in events]
        return [tuple(event.data) for event in events]

    def leave(self, namespace: str) -> None:
        """Send a DISCONNECT."""
        self._say(packet.DISCONNECT, namespace)

    def close(self) -> None:
        """Lose the connection."""
        reason = self._server.reason.TRANSPORT_CLOSE
        self._server._handle_eio_disconnect(self.eio_sid, reason)
        del self._server.eio.sockets[self.eio_sid]


class Diary:
    """Middleware that notes who came by, before and after what it wraps."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.seen: list[Dispatch] = []

    def __call__(self, name: str) -> Callable[[Dispatch, Proceed], Any]:
        def note(dispatch: Dispatch, proceed: Proceed) -> Any:
            self.lines.append(f"{name} {dispatch.event}")
            self.seen.append(dispatch)
            try:
                return proceed()
            finally:
                self.lines.append(f"{dispatch.event} {name}")

        return note


def error(
    code: str, message: str | None = None, details: Any = None
) -> dict[str, dict[str, Any]]:
    """Spell the acknowledgement of an error."""
    said = {"code": code, "message": message, "details": details}
    return {"error": {name: value for name, value in said.items() if value is not None}}


def names(events: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Give the names of events alone."""
    return [event[0] for event in events]
