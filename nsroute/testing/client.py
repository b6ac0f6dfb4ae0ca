"""`RouterClient`: a client of an application, without a network and without threads."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self, cast

from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO
from socketio import packet

from nsroute.namespace import ServerEvent
from nsroute.router import MetaRouter
from nsroute.testing.received import ConnectAnswer, NoAcknowledgement, Received
from nsroute.upstream.memory_connection import MemoryConnection, move_clock
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
        flask_client: A test client of the application. Its cookies, and so its session,
            are sent with the handshake, which the first `connect` makes.

    `app`, `socketio` and `flask_client` are attributes too; `inbox` is the list of
    events that were received and not taken yet.
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
        found = _find_server(app, socketio)
        self.app: Flask = found[0]
        self.socketio: SocketIO = found[1]
        self.flask_client: FlaskClient = flask_client or self.app.test_client()
        self.inbox: list[Received] = []
        self._namespace = namespace
        self._open = partial(
            MemoryConnection,
            self.flask_client,
            self.socketio,
            on_packet=self._on_packet,
            on_closed=self._on_closed,
            headers=headers,
            query_string=query_string,
            stops_clock=True,
        )
        self._connection: MemoryConnection | None = None
        self._numbers = itertools.count(1)
        self._sids: dict[str, str] = {}
        self._answers: dict[str, ConnectAnswer] = {}
        self._acknowledgements: dict[int, tuple[Any, ...]] = {}
        self._replies: dict[tuple[str, str], Callable[..., Any]] = {}

    @property
    def router(self) -> MetaRouter:
        """The router that is mounted on the `SocketIO`; `LookupError` if none is."""
        found = class_handler(cast("Any", self.socketio), STAR)
        if not isinstance(found, MetaRouter):
            raise LookupError("no router is mounted on this SocketIO")
        return found

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that the client is in, in the order of its connects."""
        return tuple(self._sids)

    @property
    def refusals(self) -> tuple[ConnectAnswer, ...]:
        """The refusals of its connects: of each namespace, the last."""
        return tuple(one for one in self._answers.values() if not one.accepted)

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

        The namespace defaults to `/`, or to that of `serve`. If the server does not
        answer, `NoAcknowledgement` is raised; if no packet can carry the name,
        `ValueError`.
        """
        name = namespace or self._namespace or "/"
        names = (name, name.partition("?")[0])  # most serializers cut the query off
        for answered in names:
            self._answers.pop(answered, None)
        connection = self._send(packet.CONNECT, name, auth)
        connection.await_workers(lambda: not self._answers.keys() & names)
        for answered in names:
            if answered in self._answers:
                return self._answers[answered]
        raise NoAcknowledgement(name, "connect")

    def call(self, event: str, *args: Any, namespace: str | None = None) -> Any:
        """Send an event, and return its acknowledgement, as a callback gets it.

        That is None for no values, the value for one, a tuple for several. If there is
        none, `NoAcknowledgement` is raised.
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
        self,
        event: str | ServerEvent[Any, Any],
        answer: Callable[..., Any],
        namespace: str | None = None,
    ) -> None:
        """Register what acknowledges an event of the server, from now on.

        The event is its name, or what `emits` has declared. `answer` is called with the
        event's arguments; a tuple is several values. Without it the client acknowledges
        nothing, and `call` on the server times out.
        """
        name = event.event if isinstance(event, ServerEvent) else event
        self._replies[self._choose(namespace), name] = answer

    def received(self, namespace: str | None = None) -> list[Received]:
        """Take the events of a namespace, or of all, that have come since last time."""
        taken = [one for one in self.inbox if namespace in (None, one.namespace)]
        for one in taken:
            self.inbox.remove(one)
        return taken

    def advance(self, seconds: float) -> None:
        """Move the clock of `@every` and `linger`, and run here what becomes due.

        It stands still otherwise, from the first connect of a `RouterClient` on.
        `LookupError` is raised if nothing of nsroute is on the server.
        """
        move_clock(self.socketio, seconds)

    def disconnect(self, namespace: str | None = None) -> None:
        """Leave a namespace."""
        name = self._connected_namespace(namespace)
        del self._sids[name]
        self._send(packet.DISCONNECT, name)

    def close(self, reason: str = "transport close") -> None:
        """Close the connection, and so leave all namespaces for that reason."""
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
            told = "".join(f"; {one}" for one in self.refusals)
            raise RuntimeError(f"{self!r}: say which with namespace=…{told}")
        return chosen

    def _connected_namespace(self, namespace: str | None) -> str:
        chosen = self._choose(namespace)
        if chosen in self._sids:
            return chosen
        answer = self._answers.get(chosen, ConnectAnswer(chosen))
        if answer.message is None:  # it was never refused
            raise RuntimeError(f"{self!r} is not in {chosen}: connect it first")
        raise RuntimeError(f"{self!r}: {answer}")

    def _send(
        self, kind: int, namespace: str, data: Any = None, number: int | None = None
    ) -> MemoryConnection:
        connection = self._connection = self._connection or self._open()
        connection.send(kind, namespace, data, number)
        return connection

    def _on_closed(self) -> None:
        self._connection = None
        self._sids.clear()

    def _on_packet(self, arrived: Any) -> None:
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
            has_parts = isinstance(data, dict)
            refusal = cast("Any", data if has_parts else {"message": data})
            self._answers[namespace] = ConnectAnswer(namespace, **refusal)

    def _on_event(self, namespace: str, data: Any, number: int | None) -> None:
        event, *args = data
        self.inbox.append(Received(namespace, event, tuple(args)))
        answer = self._replies.get((namespace, event))
        if number is not None and answer is not None:
            value: Any = answer(*args)
            values = cast("Any", value if isinstance(value, tuple) else (value,))
            self._send(packet.ACK, namespace, [*values], number)


def _find_server(app: Any, socketio: Any) -> tuple[Flask, SocketIO]:
    """Return an application and its `SocketIO`, given one of them or both."""
    found = app, socketio
    if socketio is None and isinstance(app, SocketIO):
        # There is no `sockio_mw` before `init_app` has been called with an application.
        found = getattr(getattr(app, "sockio_mw", None), "flask_app", None), app
    elif socketio is None and isinstance(app, Flask):
        found = app, app.extensions.get("socketio")
    if isinstance(found[0], Flask) and isinstance(found[1], SocketIO):
        return found[0], found[1]
    raise TypeError(
        "RouterClient takes a Flask application, its SocketIO, or both in this order, "
        "made for each other with SocketIO(app) or init_app(app), "
        f"not {app!r} and {socketio!r}"
    )
