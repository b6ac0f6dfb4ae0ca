"""Where events and CONNECTs come in: before upstream starts a thread for an event.

Private parts touched, checked with python-socketio 5.18.1
(`tests/unit/upstream/test_incoming.py` fails when one changes): `Server._handle_event`
and `_handle_connect`, set on the instance, for which there is no extension point before
the thread; `Server._handle_event_internal` and `_trigger_event`, called where somebody
has replaced them (the admin UI does); `Server._get_event_handler`; `_send_packet`.
"""

from __future__ import annotations

from collections.abc import Callable
from logging import INFO, Logger
from typing import Any, Final, Protocol, TypeGuard

from socketio import Server as UpstreamServer
from socketio import packet
from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.upstream.packets import AckPacket, EventPacket
from nsroute.upstream.registration import STAR, HostedNamespace

_NEVER_BINARY: Final = frozenset({str, int, float, bool, type(None)})
_REPLACEABLE: Final = ("_trigger_event", "_handle_event_internal")

Packet = tuple[str, str, int | None, list[Any]]
"""An event: the connection, the namespace, the number of its acknowledgement, the
arguments with the event before them."""


def _is_several(answer: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(answer, tuple)


class Receiver(Protocol):
    """Who takes what comes in for its clients."""

    def take_event(self, sent: Packet) -> bool:
        """Queue an event of one of its clients; return whether it is one."""
        ...

    def take_connect(self, eio_sid: str, namespace: str, data: Any) -> bool:
        """Queue a CONNECT that waits, or turn it away; return whether it was one."""
        ...

    def is_busy(self, eio_sid: str) -> bool:
        """Return whether anything of a connection has begun, or waits for its turn."""
        ...

    def has_clients(self, eio_sid: str | None) -> bool:
        """Return whether a connection, or (None) any, is in its namespaces."""
        ...


class Incoming:
    """Passes events and CONNECTs on to its receivers first, and then to upstream."""

    def __init__(self, server: Any) -> None:
        self.server: Any = server
        self.is_draining: bool = False
        """Whether nobody may come any more: the process is about to end."""
        self._receivers: list[Receiver] = []
        self._handle_event: Callable[..., object] = server._handle_event
        self.handle_connect: Callable[..., object] = server._handle_connect
        """Upstream's way of a CONNECT."""
        kind = server.__class__
        self._is_subclassed = any(
            getattr(kind, name) is not getattr(UpstreamServer, name)
            for name in _REPLACEABLE
        )
        server._handle_event = self._receive_event

    def register(self, receiver: Receiver, *, connects: bool) -> None:
        """Pass events on to a receiver, and `connects` whether CONNECTs too."""
        self._receivers.append(receiver)
        if connects:
            self.server._handle_connect = self._receive_connect

    def drain(self) -> None:
        """Let the receivers turn away who comes from now on."""
        self.is_draining = True
        self.server._handle_connect = self._receive_connect

    def is_busy(self, eio_sid: str) -> bool:
        """Return whether anything of a connection has begun, or waits for its turn."""
        return any(receiver.is_busy(eio_sid) for receiver in self._receivers)

    def has_clients(self, eio_sid: str | None) -> bool:
        """Return whether a connection, or (None) any, is in a routed namespace."""
        return any(receiver.has_clients(eio_sid) for receiver in self._receivers)

    def unregister(self, receiver: Receiver) -> None:
        """Pass nothing more on to a receiver."""
        self._receivers.remove(receiver)

    def _receive_event(
        self,
        eio_sid: str,
        namespace: str | None,
        id: int | None,  # noqa: A002 - upstream's name
        data: Any,
    ) -> None:
        if data.__class__ is list and data:
            sent: Packet = (eio_sid, namespace or "/", id, data)
            for receiver in self._receivers:
                if receiver.take_event(sent):
                    return
        self._handle_event(eio_sid, namespace, id, data)

    def _receive_connect(self, eio_sid: str, namespace: Any, data: Any) -> None:
        named = namespace or "/"
        for receiver in self._receivers if isinstance(named, str) else ():
            if receiver.take_connect(eio_sid, named, data):
                return
        self.handle_connect(eio_sid, namespace, data)

    def is_for(self, host: HostedNamespace, namespace: str, event: object) -> bool:
        """Return whether upstream would pass an event on to a namespace object."""
        server = self.server
        functions = server.handlers
        if (
            (STAR in functions or namespace in functions)
            and isinstance(event, str)
            and server._get_event_handler(event, namespace, ())[0]
        ):
            return False
        classes = server.namespace_handlers
        found = classes.get(namespace) or classes.get(STAR)
        return found is host and host.server is server  # not an earlier one

    @property
    def is_replaced(self) -> bool:
        """Whether somebody else wants to see each event that is handled."""
        own: dict[str, Any] = self.server.__dict__
        return (
            self._is_subclassed
            or "_trigger_event" in own
            or "_handle_event_internal" in own
        )

    def log(self, sent: Packet, sid: str) -> None:
        """Write the line that upstream writes for an event."""
        logger = self.server.logger
        if not isinstance(logger, Logger) or logger.isEnabledFor(INFO):
            logger.info('received event "%s" from %s [%s]', sent[3][0], sid, sent[1])

    def handle(self, sent: Packet, sid: str) -> None:
        """Handle an event in upstream's way, but in this thread."""
        eio_sid, namespace, number, data = sent
        server = self.server
        server._handle_event_internal(server, sid, eio_sid, data, namespace, number)

    def acknowledge(self, sent: Packet, answer: Any) -> None:
        """Send what a handler returned, a tuple as several values."""
        eio_sid, namespace, number, _ = sent
        if number is None or answer is self.server.not_handled:
            return
        data: list[Any] = [] if answer is None else [answer]
        binary: bool | None = False
        if answer.__class__ not in _NEVER_BINARY:
            binary = None  # upstream looks through it
            if _is_several(answer):
                data = [*answer]
        server = self.server
        kind: Any = server.packet_class
        if kind is EventPacket:
            kind = AckPacket
        ack = kind(packet.ACK, data, namespace=namespace, id=number, binary=binary)
        server._send_packet(eio_sid, ack)

    def refuse(self, eio_sid: str, namespace: str, refused: Refused) -> None:
        """Send the refusal of a CONNECT."""
        server, answer = self.server, refused.error_args
        refusal = server.packet_class(
            packet.CONNECT_ERROR, data=answer, namespace=namespace
        )
        server._send_packet(eio_sid, refusal)
