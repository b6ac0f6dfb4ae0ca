"""A stage for probes: one client of an app, served by upstream or by nsroute.

A probe is a function of a stage. It runs functions as handlers of events and returns
what they found; the same probe must find the same whoever serves the events.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextvars import copy_context
from importlib.metadata import version
from typing import Any

import attrs
import pytest
from flask import Flask, Request, Response, g, session
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from flask_socketio import Namespace, SocketIO, SocketIOTestClient

from nsroute.upstream.context import ClientContext, client_context
from nsroute.upstream.objections import installed_objection
from nsroute.upstream.ordinary_context import Connection

NAMESPACE = "/probe"
Function = Callable[..., Any]

checked = pytest.mark.skipif(
    installed_objection() is not None, reason="the lean context is not used here"
)


def plain_app() -> Flask:
    """Make an app with a secret key, a page and a login."""
    app = Flask("stage", static_folder=None)
    app.config["SECRET_KEY"] = "only for tests"

    @app.route("/pages/<int:number>")
    def page(number: int) -> str:
        return str(number)

    @app.route("/login")
    def login() -> str:
        session["user"] = "ada"
        return "welcome"

    @app.route("/theme")
    def theme() -> Response:
        response = Response("dark")
        response.set_cookie("theme", "dark")
        return response

    @app.route("/session")
    def show() -> dict[str, Any]:
        return dict(session)

    return app


@attrs.frozen
class Probe:
    """A probe, with what it needs."""

    look: Callable[[Stage], Any]
    app: Callable[[], Flask] = plain_app
    lean: bool = True
    """Whether the lean context serves that app."""
    managed: tuple[bool, ...] = (True, False)
    """With which `manage_session` it looks."""
    since: tuple[int, ...] = (0,)
    """The first Flask in which it can look."""

    @property
    def name(self) -> str:
        return self.look.__name__


PROBES: list[Probe] = []
FLASK = tuple(map(int, re.findall(r"\d+", version("flask"))[:3]))


def probe(**options: Any) -> Callable[[Callable[[Stage], Any]], Callable[[Stage], Any]]:
    """Register a function as a probe."""

    def register(look: Callable[[Stage], Any]) -> Callable[[Stage], Any]:
        new = Probe(look, **options)
        if new.since <= FLASK:
            PROBES.append(new)
        return look

    return register


class Upstream(Namespace):
    """An exact class, dispatched to by Flask-SocketIO itself."""

    stage: Stage

    def on_connect(self, auth: Any) -> Any:
        return self.stage.play(auth)

    def on_disconnect(self, reason: str) -> Any:
        return self.stage.play(reason)

    def on_probe(self, *args: Any) -> Any:
        return self.stage.play(*args)


class Ordinary(Upstream):
    """The same class, its handlers run in nsroute's ordinary context."""

    def make(self, environ: dict[str, Any], sid: str) -> ClientContext:
        eio_sid = self.server.manager.eio_sid_from_sid(sid, self.namespace)
        connection = Connection.of(self.socketio, environ, eio_sid)
        return connection.client(self.namespace, sid)

    def trigger_event(self, event: str, sid: str, *args: Any) -> Any:
        if event == "connect":
            self.stage.contexts[sid] = self.make(args[0], sid)
        context = self.stage.contexts[sid]
        handler = getattr(self, f"on_{event}")
        passed = args[1:] if event == "connect" else args
        return copy_context().run(context.run, event, args, handler, *passed)


class Chosen(Ordinary):
    """The same class, its handlers run in the context that nsroute chooses."""

    def make(self, environ: dict[str, Any], sid: str) -> ClientContext:
        return client_context(self.socketio, environ, self.namespace, sid)


KINDS: Mapping[str, type[Upstream]] = {
    "upstream": Upstream,
    "ordinary": Ordinary,
    "chosen": Chosen,
}


class Stage:
    """An app with one client in the namespace `/probe`.

    Attributes:
        log: Where a probe may note what happened, whoever noted it.
    """

    def __init__(self, kind: str, app: Flask, *, manage_session: bool = True) -> None:
        self.app = app
        self.kind = kind
        self.contexts: dict[str, ClientContext] = {}
        self.log: list[Any] = []
        self.socketio = SocketIO(
            app, async_mode="threading", manage_session=manage_session
        )
        self.http = app.test_client()
        self.serve(NAMESPACE)
        exact = Upstream("/exact")
        exact.stage = self
        self.socketio.on_namespace(exact)
        self._function: Function | None = None
        self._found: Any = None
        self._sids: list[str] = []
        self._client: SocketIOTestClient | None = None

    def serve(self, namespace: str) -> None:
        """Serve a namespace in the way of this stage."""
        served = KINDS[self.kind](namespace)
        served.stage = self
        self.socketio.on_namespace(served)

    @property
    def client(self) -> SocketIOTestClient:
        """The client, connected if it was not yet."""
        if self._client is None:
            self.connect()
        assert self._client is not None
        return self._client

    def connect(
        self,
        function: Function | None = None,
        *,
        namespace: str = NAMESPACE,
        auth: Any = None,
        query: str = "v=1&v=2&w=%C3%A9",
    ) -> Any:
        """Connect the client to a namespace, with a function as connect handler."""
        self._function, self._found = function, None
        options: dict[str, Any] = {
            "namespace": namespace,
            "auth": auth,
            "query_string": query,
            "headers": {
                "Accept-Language": "de, en;q=0.5",
                "Authorization": "Basic YWRhOnNlY3JldA==",
                "Origin": "http://localhost",
                "User-Agent": "probe/1.0",
            },
        }
        if self._client is None:
            self._client = self.socketio.test_client(
                self.app, flask_test_client=self.http, **options
            )
        else:
            self._client.connect(**options)
        self._remember_sids()
        return self._found

    def event(self, function: Function, *args: Any, namespace: str = NAMESPACE) -> Any:
        """Run a function as the handler of an event, and return what it returns."""
        client = self.client
        self._function, self._found = function, None
        client.emit("probe", *args, namespace=namespace, callback=True)
        return self._found

    def failure(self, function: Function, *args: Any) -> str:
        """Run a function as a handler that raises, and tell what came out."""
        try:
            self.event(function, *args)
        except Exception as error:  # noqa: BLE001  whatever it is, it is compared
            return f"{type(error).__name__}: {error}"
        return "nothing raised"

    def disconnect(self, function: Function, namespace: str = NAMESPACE) -> Any:
        """Disconnect the client, with a function as disconnect handler."""
        client = self.client
        self._function, self._found = function, None
        client.disconnect(namespace)
        return self._found

    def received(self, namespace: str = NAMESPACE) -> list[Any]:
        """Return what the client was sent."""
        return list(self.client.get_received(namespace))

    def play(self, *args: Any) -> Any:
        """Be the handler."""
        function, self._function = self._function, None
        if function is not None:
            self._found = function(*args)

    def plain(self, value: Any) -> Any:
        """Replace in what a probe found all that differs from client to client."""
        if isinstance(value, Mapping):
            return {self.plain(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(item) for item in value]
        if isinstance(value, str):
            for number, sid in enumerate(self._sids):
                value = value.replace(sid, f"<sid {number}>")
            return re.sub(r"0x[0-9a-f]+", "<address>", value)
        return value

    def _remember_sids(self) -> None:
        manager = self.socketio.server.manager
        for rooms in manager.rooms.values():
            for sid in rooms.get(None, ()):
                if sid not in self._sids:
                    self._sids.append(sid)


def look(probe: Probe, kind: str, *, manage_session: bool) -> tuple[Any, Stage]:
    """Let a probe look; return what it found, made comparable, and its stage."""
    stage = Stage(kind, probe.app(), manage_session=manage_session)
    found = probe.look(stage)
    return stage.plain([found, stage.log]), stage


def connected(kind: str = "chosen", app: Flask | None = None, **options: Any) -> Stage:
    """Make a stage whose client is connected."""
    stage = Stage(kind, app or plain_app(), **options)
    stage.connect()
    return stage


def only_context(stage: Stage) -> ClientContext:
    """Return the context of the only client."""
    (context,) = stage.contexts.values()
    return context


class BrokenStore(SessionInterface):
    """Sessions that cannot be opened, from some moment on."""

    broken = False

    def open_session(self, app: Flask, request: Request) -> Any:
        g.connection_to_close = True
        if self.broken:
            raise ConnectionError("no store")
        return SecureCookieSessionInterface.session_class()

    def save_session(self, *args: Any) -> None:
        """Keep nothing."""
