"""`RouterClient`: one connection of a client, in any number of namespaces."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self, cast

from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO
from socketio import packet

from nsroute.router import MetaRouter
from nsroute.testing.received import (
    ConnectAnswer,
    Inbox,
    NoAcknowledgement,
    Received,
    describe_refusal,
    read_refusal,
)
from nsroute.upstream.memory_connection import MemoryConnection, Packet
from nsroute.upstream.registration import STAR, class_handler


class RouterClient:
    """A client of an application's routes, without a network and without threads.

    It is one connection, with one Flask session, in any number of namespaces. A method
    returns when the server has done its work. An exception that no handler catches is
    raised by `call` and `emit`, if the application is `TESTING` and does not set
    `PROPAGATE_EXCEPTIONS`. Where a method takes a `namespace`, it defaults to the only
    namespace that the client is in; in none, it raises `RuntimeError`.

    Args:
        app: The application, or the `SocketIO` to connect to.
        socketio: The `SocketIO` to connect to; by default the application's last.
        namespace: The default of `connect` and of events.
        headers: HTTP headers of the handshake.
        query_string: The query of the handshake's URL.
        flask_client: A test client of the application whose cookies, and so whose
            session, are sent with the handshake, which the first `connect` makes.

    Attributes:
        app: The application.
        socketio: Its `SocketIO`.
        flask_client: The test client whose cookies are sent.
        inbox: The events that were received and not taken yet, for assertions.
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
        self.app, self.socketio = _find_server(app, socketio)
        self.flask_client: FlaskClient = flask_client or self.app.test_client()
        self.inbox: Inbox = Inbox(cast("Any", self.socketio).server.eio.create_event)
        self._namespace = namespace
        self._open = partial(
            MemoryConnection,
            self.app,
            self.socketio,
            on_packet=self._on_packet,
            on_closed=self._on_closed,
            flask_client=self.flask_client,
            headers=headers,
            query_string=query_string,
        )
        self._connection: MemoryConnection | None = None
        self._numbers = itertools.count(1)
        self._sids: dict[str, str] = {}
        self._answers: dict[str, ConnectAnswer] = {}
        self._acknowledgements: dict[int, tuple[Any, ...]] = {}
        self._replies: dict[tuple[str, str], Callable[..., Any]] = {}

    @property
    def router(self) -> MetaRouter:
        """The router that is mounted on the `SocketIO`.

        Raises:
            LookupError: If there is none.
        """
        found = class_handler(cast("Any", self.socketio), STAR)
        if not isinstance(found, MetaRouter):
            raise LookupError("no router is mounted on this SocketIO")
        return found

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that the client is in, in the order of its connects."""
        return tuple(self._sids)

    def sid(self, namespace: str | None = None) -> str:
        """Return the client's session id in a namespace."""
        return self._sids[self._connected_namespace(namespace)]

    def another(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        query_string: str = "",
        flask_client: FlaskClient | None = None,
    ) -> RouterClient:
        """Return another client of the same server, with a connection of its own."""
        return RouterClient(
            self.app,
            self.socketio,
            namespace=self._namespace,
            headers=headers,
            query_string=query_string,
            flask_client=flask_client,
        )

    def connect(self, namespace: str | None = None, auth: Any = None) -> ConnectAnswer:
        """Connect to a namespace, and return the answer.

        Args:
            namespace: The name; by default `/`, or the namespace of `serve`.
            auth: What the connect handler gets as `auth`.

        Raises:
            NoAcknowledgement: If the server does not answer.
            ValueError: If a packet cannot carry the name.
        """
        name = namespace or self._namespace or "/"
        for answered in (name, name.partition("?")[0]):
            self._answers.pop(answered, None)
        self._send(packet.CONNECT, name, auth)
        answer = self._answers.get(name) or self._answers.get(name.partition("?")[0])
        if answer is None:
            raise NoAcknowledgement(name, "connect")
        return answer

    def call(self, event: str, *args: Any, namespace: str | None = None) -> Any:
        """Send an event, and return its acknowledgement.

        As a client's callback gets it: None for no values, the value for one, a tuple
        for several.

        Raises:
            NoAcknowledgement: If there is none.
        """
        name, number = self._connected_namespace(namespace), next(self._numbers)
        self._send(packet.EVENT, name, [event, *args], number)
        values = self._acknowledgements.pop(number, None)
        if values is None:
            raise NoAcknowledgement(name, event)
        return values if len(values) > 1 else next(iter(values), None)

    def emit(self, event: str, *args: Any, namespace: str | None = None) -> None:
        """Send an event without asking for an acknowledgement."""
        name = self._connected_namespace(namespace)
        self._send(packet.EVENT, name, [event, *args])

    def reply(
        self, event: str, answer: Callable[..., Any], namespace: str | None = None
    ) -> None:
        """Register what acknowledges an event of the server, from now on.

        Without it the client acknowledges nothing, and `call` on the server times out.

        Args:
            event: The name of the event.
            answer: Called with the event's arguments; a tuple is several values.
            namespace: The namespace that it comes from.
        """
        self._replies[self._choose(namespace), event] = answer

    def received(self, namespace: str | None = None) -> list[Received]:
        """Take the events of a namespace, or of all, that have come since last time."""
        return self.inbox.take(lambda one: namespace in (None, one.namespace))

    def disconnect(self, namespace: str | None = None) -> None:
        """Leave a namespace."""
        name = self._connected_namespace(namespace)
        del self._sids[name]
        self._send(packet.DISCONNECT, name)

    def close(self, reason: str = "transport close") -> None:
        """Close the connection, and so leave all namespaces.

        Args:
            reason: What disconnect handlers get as `reason`.
        """
        connection = self._connection
        self._on_closed()
        if connection is not None:
            connection.close(reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<RouterClient in {', '.join(self._sids) or 'no namespace'}>"

    def _choose(self, namespace: str | None) -> str:
        chosen = namespace or self._namespace
        candidates = self._sids if chosen or self._sids else self._answers
        if namespace is None and chosen not in self._sids and len(candidates) == 1:
            return next(iter(candidates))
        if chosen is None:
            raise RuntimeError(f"{self!r}: say which with namespace=…")
        return chosen

    def _connected_namespace(self, namespace: str | None) -> str:
        chosen = self._choose(namespace)
        if chosen in self._sids:
            return chosen
        answer = self._answers.get(chosen, ConnectAnswer(chosen))
        if answer.message is None:  # it was never refused
            raise RuntimeError(f"{self!r} is not in {chosen}: connect it first")
        raise RuntimeError(f"{self!r}: {describe_refusal(answer)}")

    def _send(
        self, kind: int, namespace: str, data: Any = None, number: int | None = None
    ) -> None:
        self._connection = self._connection or self._open()
        self._connection.send(kind, namespace, data, number)

    def _on_closed(self) -> None:
        self._connection = None
        self._sids.clear()

    def _on_packet(self, arrived: Packet) -> None:
        namespace, data = arrived.namespace or "/", arrived.data
        if arrived.packet_type == packet.EVENT:
            self._on_event(namespace, data, arrived.id)
        elif arrived.packet_type == packet.ACK:
            self._acknowledgements[arrived.id or 0] = tuple(data)
        elif arrived.packet_type == packet.CONNECT:
            self._sids[namespace] = data["sid"]
            self._answers[namespace] = ConnectAnswer(namespace, data["sid"])
        else:
            if arrived.packet_type == packet.DISCONNECT:
                self._sids.pop(namespace, None)
            self._answers[namespace] = read_refusal(namespace, data)

    def _on_event(self, namespace: str, data: Any, number: int | None) -> None:
        event, *args = data
        self.inbox.add(Received(namespace, event, tuple(args)))
        answer = self._replies.get((namespace, event))
        if number is not None and answer is not None:
            value: Any = answer(*args)
            values = cast("Any", value if isinstance(value, tuple) else (value,))
            self._send(packet.ACK, namespace, [*values], number)


def _find_server(app: Any, socketio: Any) -> tuple[Flask, SocketIO]:
    """Return an application and its `SocketIO`, given one of them or both."""
    found: list[Any] = [app, socketio]
    if socketio is None and isinstance(app, SocketIO):
        # There is no `sockio_mw` before `init_app` has been called with an application.
        middleware = getattr(app, "sockio_mw", None)
        found = [getattr(middleware, "flask_app", None), app]
        if found[0] is None:
            raise LookupError(
                "no application is known of this SocketIO: make it with SocketIO(app), "
                "call its init_app(app), or give the application to RouterClient"
            )
    elif socketio is None and isinstance(app, Flask):
        found[1] = app.extensions.get("socketio")
        if found[1] is None:
            raise LookupError(
                "no SocketIO is on this application: make it with SocketIO(app), or "
                "call its init_app(app)"
            )
    for given, kind in zip(found, (Flask, SocketIO), strict=True):
        if not isinstance(given, kind):
            raise TypeError(
                "RouterClient takes a Flask application, its SocketIO, or both in "
                f"this order, not {given!r}"
            )
    return found[0], found[1]
