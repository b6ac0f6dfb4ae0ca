"""`RouterClient`: one connection of a client, in as many namespaces as wanted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeGuard, cast

from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO
from socketio import packet

from nsroute.router import MetaRouter
from nsroute.testing.answers import ConnectAnswer, NoAcknowledgement, read_refusal
from nsroute.testing.inbox import Inbox, Received
from nsroute.testing.served import served
from nsroute.upstream.acceptance import STAR, class_handler
from nsroute.upstream.memory_connection import MemoryConnection, Packet

__all__ = ["RouterClient"]


class RouterClient:
    """A client of an application's routes, without a network and without threads.

    It is one connection, with one Flask session, in any number of namespaces. Each of
    its methods returns when the server has done what it was asked. What a handler
    raises and nobody handles comes out of `call` and `emit`, if the app is `TESTING`
    and does not set `PROPAGATE_EXCEPTIONS`. Events without a `namespace` go to the only
    one that the client is in.

    Args:
        app: The application; or its `SocketIO`, to connect to that.
        socketio: The `SocketIO` to connect to; by default the application's last.
        namespace: Where `connect` and events go by default.
        headers: HTTP headers of the handshake.
        query_string: The query of the handshake's URL.
        flask_client: A test client of the application whose cookies, and so whose
            session, are sent with the handshake, which the first `connect` makes.

    Attributes:
        app: The application.
        socketio: Its `SocketIO`.
        flask_client: The test client whose cookies are sent.
        inbox: What has been received and nobody has taken; for assertions.
    """

    def __init__(
        self,
        app: Flask | SocketIO,
        socketio: SocketIO | None = None,
        *,
        namespace: str | None = None,
        headers: Mapping[str, str] | None = None,
        query_string: str = "",
        flask_client: FlaskClient | None = None,
    ) -> None:
        self.app: Flask
        self.socketio: SocketIO
        self.app, self.socketio = served(app, socketio)
        self.flask_client: FlaskClient = flask_client or self.app.test_client()
        self._home = namespace
        self._headers = headers
        self._query_string = query_string
        self._connection: MemoryConnection | None = None
        self._numbers = itertools.count(1)
        self._sids: dict[str, str] = {}
        self._answers: dict[str, ConnectAnswer] = {}
        self._acknowledgements: dict[int, tuple[Any, ...]] = {}
        self._replies: dict[tuple[str, str], Callable[..., Any]] = {}
        self.inbox: Inbox = Inbox(cast("Any", self.socketio).server.eio.create_event)

    @property
    def router(self) -> MetaRouter:
        """The router that stands on the `SocketIO`.

        Raises:
            LookupError: If there is none.
        """
        found = class_handler(cast("Any", self.socketio), STAR)
        if not isinstance(found, MetaRouter):
            raise LookupError("no router is mounted on this SocketIO")
        return found

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that the client is in, in the order in which it joined."""
        return tuple(self._sids)

    def sid(self, namespace: str | None = None) -> str:
        """Give the client's session id in a namespace.

        Raises:
            RuntimeError: If it is not in there.
        """
        return self._sids[self._joined(namespace)]

    def another(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        query_string: str = "",
        flask_client: FlaskClient | None = None,
    ) -> RouterClient:
        """Make another client of the same server, with a connection of its own.

        Args:
            headers: As of the class.
            query_string: As of the class.
            flask_client: As of the class.
        """
        return RouterClient(
            self.app,
            self.socketio,
            namespace=self._home,
            headers=headers,
            query_string=query_string,
            flask_client=flask_client,
        )

    def connect(self, namespace: str | None = None, auth: Any = None) -> ConnectAnswer:
        """Ask to be let into a namespace; give the answer.

        Args:
            namespace: The name; by default `/`, or the one that `serve` serves.
            auth: What the connect handler gets as `auth`.

        Raises:
            NoAcknowledgement: If the server does not answer.
            ValueError: If no packet can carry the name.
        """
        name = namespace or self._home or "/"
        self._answers.clear()
        self._connected().send(packet.CONNECT, name, auth)
        answer = self._answers.get(name) or self._answers.get(name.partition("?")[0])
        if answer is None:
            raise NoAcknowledgement(name, "connect")
        return answer

    def call(self, event: str, *args: Any, namespace: str | None = None) -> Any:
        """Send an event; give the acknowledgement as a client's callback gets it.

        That is None for no values, the value for one, a tuple for several.

        Args:
            event: The event's name.
            *args: Its arguments: whatever a packet can carry.
            namespace: Where it goes.

        Raises:
            NoAcknowledgement: If there is none.
            RuntimeError: If the client is not in the namespace.
        """
        where, number = self._joined(namespace), next(self._numbers)
        self._connected().send(packet.EVENT, where, [event, *args], number)
        values = self._acknowledgements.pop(number, None)
        if values is None:
            raise NoAcknowledgement(where, event)
        return values if len(values) > 1 else next(iter(values), None)

    def emit(self, event: str, *args: Any, namespace: str | None = None) -> None:
        """Send an event without asking for an acknowledgement.

        Args:
            event: The event's name.
            *args: Its arguments: whatever a packet can carry.
            namespace: Where it goes.

        Raises:
            RuntimeError: If the client is not in the namespace.
        """
        where = self._joined(namespace)
        self._connected().send(packet.EVENT, where, [event, *args])

    def reply(
        self, event: str, answer: Callable[..., Any], namespace: str | None = None
    ) -> None:
        """Say how the client acknowledges an event of the server, from now on.

        Without this it acknowledges nothing, and `call` on the server waits in vain.

        Args:
            event: The event's name.
            answer: Called with the event's arguments; a tuple is several values.
            namespace: Where it comes from.
        """
        self._replies[self._default(namespace), event] = answer

    def received(self, namespace: str | None = None) -> list[Received]:
        """Take what the server has emitted since it was taken last.

        Args:
            namespace: Where it came from; None for anywhere.
        """
        return self.inbox.take_all(lambda one: namespace in (None, one.namespace))

    def disconnect(self, namespace: str | None = None) -> None:
        """Leave a namespace.

        Raises:
            RuntimeError: If the client is not in there.
        """
        where = self._joined(namespace)
        del self._sids[where]
        self._connected().send(packet.DISCONNECT, where)

    def close(self, reason: str = "transport close") -> None:
        """End the connection, and so be disconnected from all namespaces.

        Args:
            reason: What disconnect handlers get as `reason`.
        """
        connection, self._connection = self._connection, None
        self._sids.clear()
        if connection is not None:
            connection.close(reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<RouterClient in {', '.join(self._sids) or 'no namespace'}>"

    def _connected(self) -> MemoryConnection:
        if self._connection is None:
            self._connection = MemoryConnection(
                self.app,
                self.socketio,
                on_packet=self._hear,
                on_closed=self._ended,
                flask_client=self.flask_client,
                headers=self._headers,
                query_string=self._query_string,
            )
        return self._connection

    def _default(self, namespace: str | None) -> str:
        chosen = namespace or self._home
        if namespace is None and chosen not in self._sids and len(self._sids) == 1:
            return next(iter(self._sids))
        if chosen is None:
            raise RuntimeError(f"{self!r}: say which with namespace=…")
        return chosen

    def _joined(self, namespace: str | None) -> str:
        chosen = self._default(namespace)
        if chosen not in self._sids:
            raise RuntimeError(f"{self!r} is not in {chosen}: connect it first")
        return chosen

    def _ended(self) -> None:
        self._connection = None
        self._sids.clear()

    def _hear(self, arrived: Packet) -> None:
        namespace, data = arrived.namespace or "/", arrived.data
        if arrived.packet_type == packet.EVENT:
            self._hear_event(namespace, data, arrived.id)
        elif arrived.packet_type == packet.ACK:
            self._acknowledgements[arrived.id or 0] = tuple(data)
        elif arrived.packet_type == packet.CONNECT:
            self._sids[namespace] = data["sid"]
            self._answers[namespace] = ConnectAnswer(namespace, data["sid"])
        else:
            if arrived.packet_type != packet.CONNECT_ERROR:
                self._sids.pop(namespace, None)
            self._answers[namespace] = read_refusal(namespace, data)

    def _hear_event(self, namespace: str, data: Any, number: int | None) -> None:
        event, *args = data
        self.inbox.add(Received(namespace, event, tuple(args)))
        answer = self._replies.get((namespace, event))
        if number is not None and answer is not None:
            value = answer(*args)
            values = value if _is_several(value) else (value,)
            self._connected().send(packet.ACK, namespace, [*values], number)


def _is_several(value: Any) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)
