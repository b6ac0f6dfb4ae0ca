"""The lean context: what does not change for a connection is kept, the rest is cheap.

Each event gets a context whose parts are made when they are first looked at. The first
request of a connection is made by Flask itself. What Flask found then (the parsed
environment, the host, the match of the URL) becomes a template for those that follow.
Whatever someone registered for the end of a context is run by Flask's own `pop`; where
nobody did, there is nothing to run.

Private parts touched, checked with the versions in `objections.CHECKED`
(`tests/unit/upstream/test_context_pins.py` fails when one changes):

- `flask.globals._cv_app` and `_cv_request`, to push a context without the work that
  Flask's own `push` begins with;
- `_cv_tokens` of both contexts, so that Flask's own `push` and `pop` find what they
  left there (`stream_with_context` pushes a context a second time).
"""
# pyright: reportPrivateUsage=false
# They are named above.
# pyright: reportIncompatibleVariableOverride=false
# Only a lean connection makes a lean context.

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Flask, Request
from flask.ctx import RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import SessionMixin
from flask.signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    request_tearing_down,
)

from nsroute.upstream.lean_request import (
    LeanAppContext,
    LeanRequestContext,
    RequestTemplate,
    blank,
)
from nsroute.upstream.objections import opens_quietly
from nsroute.upstream.ordinary_context import ClientContext, Connection
from nsroute.upstream.protocols import Environ, SocketIO
from nsroute.upstream.sessions import PushedContext, open_session, shared_session

__all__ = ["LeanConnection", "LeanContext"]

_CONSTANT: Final = frozenset({str, int, float, UUID})
"""The types that Werkzeug's own converters make of a piece of a URL."""

# A signal keeps one dict of receivers for its whole life.
_on_push: Final = appcontext_pushed.receivers
_on_app_teardown: Final = appcontext_tearing_down.receivers
_on_app_pop: Final = appcontext_popped.receivers
_on_request_teardown: Final = request_tearing_down.receivers


class LeanConnection(Connection):
    """A connection that keeps the template of its requests.

    Attributes:
        opens_session: Whether Flask's session is opened for each event.
        starts_session: Whether it is opened for the next event, looked at or not.
        template: What requests are cloned from; None before the first one.
    """

    __slots__ = ("opens_session", "starts_session", "template")

    def __init__(self, socketio: SocketIO, environ: Environ, eio_sid: str) -> None:
        super().__init__(socketio, environ, eio_sid)
        interface = self.app.session_interface
        quiet = opens_quietly(interface)
        self.opens_session: bool = not (self.manage_session and quiet)
        # What a cookie holds expires: it counts as it was when the connection was made.
        cookies: str = environ.get("HTTP_COOKIE", "")
        self.starts_session: bool = (
            self.opens_session or interface.get_cookie_name(self.app) in cookies
        )
        self.template: RequestTemplate | None = None

    def client(self, namespace: str, sid: str) -> ClientContext:
        """Make the context of a client on this connection."""
        return LeanContext(self, namespace, sid)

    def request(self, context: LeanRequestContext) -> Request:
        """Make the request of an event."""
        template = self.template
        return self._first_request(context) if template is None else template.clone()

    def session(self, context: LeanRequestContext) -> SessionMixin:
        """Find the session of an event, or open it."""
        saved: SessionMixin | None = self.environ.get("saved_session")
        if saved is not None and not self.opens_session:
            return saved
        opened = open_session(context)
        if self.manage_session:
            return shared_session(opened, self.environ)
        return opened

    def _first_request(self, context: LeanRequestContext) -> Request:
        """Let Flask make a request, and learn from it."""
        made = RequestContext(self.app, self.environ)
        request = made.request
        found: dict[str, Any] = dict(request.__dict__)
        # An app's own converter may look at the request that is being matched.
        context.__dict__.update(request=request, url_adapter=made.url_adapter)
        if made.url_adapter is not None:
            made.match_request()
        values = (request.view_args or {}).values()
        if _CONSTANT.issuperset(map(type, values)):
            self.template = RequestTemplate(found, request)
        return request


class LeanContext(ClientContext):
    """The context of a client, with versions that it was checked with."""

    __slots__ = ()

    connection: LeanConnection

    def enter(self, event: str, args: tuple[Any, ...]) -> PushedContext:
        """Push the request context of one event; `exit` takes it back.

        Args:
            event: As for `run`.
            args: As for `run`.
        """
        connection = self.connection
        if connection.environs.get(connection.eio_sid) is not connection.environ:
            connection = self.connection = connection.successor()
        context: LeanRequestContext = blank(LeanRequestContext)
        context.app = app = connection.app
        context.origin = (connection, self, event, args)
        outer = _cv_app.get(None)
        below: Any = None
        if outer is None or outer.app is not app:
            below = blank(LeanAppContext)
            below.app = app
            below._cv_tokens = [_cv_app.set(below)]
            if _on_push:
                appcontext_pushed.send(app, _async_wrapper=app.ensure_sync)
        context._cv_tokens = [(_cv_request.set(context), below)]
        if connection.starts_session:
            self._start_session(context)
        return context

    def exit(self, context: Any, error: BaseException | None = None) -> None:
        """Pop what `enter` pushed; save the session, if Flask manages it.

        Args:
            context: What `enter` returned.
            error: As in the ordinary context.
        """
        if error is None and not self.connection.manage_session:
            self._save(context)
        app: Flask = context.app
        made: dict[str, Any] = context.__dict__
        request = made.get("request")
        if (
            app.teardown_request_funcs
            or _on_request_teardown
            or _cv_request.get(None) is not context
            or (request is not None and "files" in request.__dict__)
        ):
            context.pop(error)
            return
        token, below = made["_cv_tokens"].pop()
        _cv_request.reset(token)
        if request is not None:
            request.environ["werkzeug.request"] = None
        if below is None:
            return
        top: Any = _cv_app.get(None)
        if (
            app.teardown_appcontext_funcs
            or _on_app_teardown
            or _on_app_pop
            or top is not below
        ):
            below.pop(error)
        else:
            _cv_app.reset(below._cv_tokens.pop())

    def _start_session(self, context: PushedContext) -> None:
        """Open the session; where that fails, leave nothing pushed."""
        connection = self.connection
        try:
            _ = context.session
            connection.starts_session = connection.opens_session
        except BaseException as error:
            context.pop(error)
            raise
