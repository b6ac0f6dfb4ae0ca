"""One client of an app, whose events are dispatched by Flask-SocketIO or by nsroute."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any

from flask import Flask
from flask_socketio import Namespace, SocketIO, SocketIOTestClient

from nsroute.upstream.context import ClientContext, client_context

NAMESPACE, EXACT = "/probe", "/exact"
HEADERS = {"Accept-Language": "de, en;q=0.5", "Authorization": "Basic YWRhOnNlY3JldA=="}
Function = Callable[..., Any]


class Upstream(Namespace):
    """An exact class that Flask-SocketIO dispatches to."""

    stage: Stage

    def on_connect(self, auth: Any) -> Any:
        return self.stage.play(auth)

    def on_disconnect(self, reason: str) -> Any:
        return self.stage.play(reason)

    def on_probe(self, *args: Any) -> Any:
        return self.stage.play(*args)


class Nsroute(Upstream):
    """The same class, with handlers that run in nsroute's context."""

    def trigger_event(self, event: str, sid: str, *args: Any) -> Any:
        contexts = self.stage.contexts
        if event == "connect":
            made = client_context(self.socketio, args[0], self.namespace, sid)
            contexts[sid] = made
        handler = getattr(self, f"on_{event}")
        passed = args[1:] if event == "connect" else args
        return copy_context().run(contexts[sid].run, event, args, handler, *passed)


class Stage:
    """An app with one client, which connects to the namespace `/probe`.

    Attributes:
        contexts: The contexts that nsroute made, by sid.
        log: What a handler, a teardown function or a receiver has noted.
    """

    def __init__(
        self, app: Flask, kind: type[Upstream] = Nsroute, **options: Any
    ) -> None:
        self.app = app
        self.kind = kind
        self.contexts: dict[str, ClientContext] = {}
        self.log: list[Any] = self.app.config.setdefault("LOG", [])
        self.socketio = SocketIO(self.app, async_mode="threading", **options)
        self.http = self.app.test_client()
        self.serve(NAMESPACE, kind)
        self.serve(EXACT, Upstream)
        self._function: Function | None = None
        self._found: Any = None
        self._sids: list[str] = []
        self._client: SocketIOTestClient | None = None

    def serve(self, namespace: str, kind: type[Upstream]) -> None:
        """Register a namespace."""
        served = kind(namespace)
        served.stage = self
        self.socketio.on_namespace(served)

    @property
    def client(self) -> SocketIOTestClient:
        """The client; it connects now if it has not yet."""
        if self._client is None:
            self.connect()
        assert self._client is not None
        return self._client

    def connect(
        self, function: Function | None = None, namespace: str = NAMESPACE, **more: Any
    ) -> Any:
        """Connect the client to a namespace, with a function as connect handler."""
        self._function, self._found = function, None
        more = {"query_string": "v=1&v=2&w=%C3%A9", "headers": HEADERS} | more
        if self._client is None:
            self._client = self.socketio.test_client(
                self.app, namespace, flask_test_client=self.http, **more
            )
        else:
            self._client.connect(namespace, **more)
        for rooms in self.socketio.server.manager.rooms.values():
            self._sids += [sid for sid in rooms[None] if sid not in self._sids]
        return self._found

    def event(self, function: Function, *args: Any, namespace: str = NAMESPACE) -> Any:
        """Run a function as the handler of an event and return what it returns."""
        client = self.client
        self._function, self._found = function, None
        client.emit("probe", *args, namespace=namespace, callback=True)
        return self._found

    def attempt(self, function: Function, *args: Any) -> Any:
        """Run a function as a handler; return its result, or the text of its error."""
        try:
            return self.event(function, *args)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is compared
            return f"{type(error).__name__}: {error}"

    def disconnect(self, function: Function | None = None) -> Any:
        """Disconnect the client, with a function as disconnect handler."""
        client = self.client
        self._function, self._found = function, None
        client.disconnect(NAMESPACE)
        return self._found

    def received(self) -> list[Any]:
        """Return what the client was sent."""
        return list(self.client.get_received(NAMESPACE))

    def play(self, *args: Any) -> Any:
        """Run the function that was set as the next handler."""
        function, self._function = self._function, None
        if function is not None:
            self._found = function(*args)

    def comparable(self, value: Any) -> Any:
        """Replace in a value all that differs from client to client."""
        if isinstance(value, Mapping):
            return {str(key): self.comparable(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.comparable(item) for item in value]
        if isinstance(value, str):
            for number, sid in enumerate(self._sids):
                value = value.replace(sid, f"<sid {number}>")
            return re.sub(r"0x[0-9a-f]+|\d{12,}", "<address>", value)
        return value
