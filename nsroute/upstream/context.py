"""The Flask request context in which the events of one client run.

The first event of a connection runs in the context that `Flask.request_context` makes.
What Flask found (the parsed environment, the match of the URL) is kept, and the later
events run in copies of it. Flask's own `push` and `pop` do the rest. Where an app
overrides a step that a copy leaves out, Flask makes a context for each event.

Private parts of upstream that are used:

- `vars` of a request, and of a context that has `_cv_tokens` (Flask 2.2 to 3.1); any
  other context is made by its public constructor, which takes about 5 µs longer;
- `_session` of a context (`session` before Flask 3.1.3) and `environ["saved_session"]`,
  as in Flask-SocketIO's own dispatch;
- `flask.globals._cv_app`: before Flask 3.2 a request context would share the `g` of the
  current app context;
- `SocketIO.sockio_mw`, and the `flask_app` of it;
- `Server.environ`, in which Flask-SocketIO's test client replaces the environment of a
  connection whenever it connects.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import attrs
import flask
from flask import Flask, Request, has_app_context, has_request_context
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from nsroute.upstream.protocols import Environ, Server, SocketIO

Result = TypeVar("Result")

_KEY: Final = "nsroute.connection"
_IMMUTABLE: Final = frozenset({str, int, float, UUID})  # from Werkzeug's converters
_app_context: Any = getattr(flask.globals, "_cv_app", ContextVar[Any]("unused"))


class ManagedSession(dict[str, Any], SessionMixin):
    """The session of a connection, which begins as a copy of Flask's."""


class RequestTemplate:
    """The first context of a connection as Flask made it, to be copied."""

    __slots__ = ("_context", "_request")

    def __init__(self, unpushed: Any) -> None:
        self._context: Any = _copy(unpushed)
        self._request: Any = _copy(unpushed.request)
        # The first request is not kept, and the URL is not matched again.
        changes = {"request": self._request, "match_request": lambda: None}
        self._context.__dict__.update(changes, _request=None)

    def keep_match(self, request: Request) -> bool:
        """Keep the match of the URL; return whether events may share it."""
        values, error = request.view_args, request.routing_exception
        self._request.url_rule = request.url_rule
        self._request.view_args = values and values.copy()
        self._request.routing_exception = error and _copy(error)  # no traceback
        return _IMMUTABLE.issuperset(map(type, (values or {}).values()))

    def new_context(self, session: SessionMixin | None) -> Any:
        """Return a context with a request of its own, not yet pushed."""
        request = _copy(self._request)
        if request.view_args:
            request.view_args = request.view_args.copy()
        if request.routing_exception is not None:
            request.routing_exception = _copy(request.routing_exception)
        request.environ["werkzeug.request"] = request
        first = self._context
        if not hasattr(first, "_cv_tokens"):  # Flask 3.2
            context = first.__class__(first.app, request=request, session=session)
            context.match_request = first.match_request
            return context
        context = _copy(first)
        context.request = request
        context._cv_tokens = []
        context._after_request_functions = []
        _set_session(context, session)
        return context


@attrs.define(eq=False)
class Connection:
    """What the clients of one connection share; it is kept in the `environ`."""

    socketio: SocketIO
    environ: Environ
    eio_sid: str
    app: Flask
    opens_session: bool
    template: RequestTemplate | None = None

    @classmethod
    def of(cls, socketio: SocketIO, environ: Environ, eio_sid: str) -> Connection:
        """Return what is kept for a connection; begin to keep it if nothing is."""
        kept: Connection | None = environ.get(_KEY)
        if kept is None:
            app: Flask = environ["flask.app"]
            # An interface of another class may do more than return a session.
            opens = not socketio.manage_session or not _is_inherited(
                app.session_interface, "open_session", SecureCookieSessionInterface
            )
            kept = environ[_KEY] = cls(socketio, environ, eio_sid, app, opens)
        return kept

    def current(self) -> Connection:
        """Return this connection, or the one whose environment has replaced its own."""
        server: Any = self.socketio.server
        environ = server.environ.get(self.eio_sid, self.environ)
        if environ is self.environ:
            return self
        return Connection.of(self.socketio, environ, self.eio_sid)

    def new_context(self) -> tuple[Any, Any]:
        """Return the context of one event, not yet pushed, and the session it has.

        Where that is None, Flask opens one.
        """
        if self.template is None:
            return self.app.request_context(self.environ), None
        saved = None if self.opens_session else self.environ.get("saved_session")
        return self.template.new_context(saved), saved

    def push(self, context: Any, session: Any) -> None:
        """Push what `new_context` has returned; if that fails, leave nothing pushed."""
        template = None
        if self.template is None and _is_cacheable(self.app):
            template = RequestTemplate(context)
        try:
            context.push()
            if template is not None and template.keep_match(context.request):
                self.template = template
            if session is None and self.socketio.manage_session:
                self._share_session(context)
        except BaseException as error:
            if has_request_context() and flask.request == context.request:
                context.pop(error)
            elif has_app_context():  # a receiver of `appcontext_pushed` has raised
                flask.globals.app_ctx.pop(error)
            raise

    def _share_session(self, context: Any) -> None:
        saved: Any = self.environ.get("saved_session")
        if saved is None:
            opened = ManagedSession(context.session)
            saved = self.environ.setdefault("saved_session", opened)
        _set_session(context, saved)


@attrs.define(eq=False)
class ClientContext:
    """The Flask context of a client; its events may run at the same time."""

    connection: Connection
    namespace: str
    sid: str

    @property
    def environ(self) -> Environ:
        """The WSGI environment of the client's connection."""
        return self.connection.environ

    @property
    def socketio(self) -> SocketIO:
        """Whom the client is connected to."""
        return self.connection.socketio

    @property
    def app(self) -> Flask:
        """The application that the client connected to."""
        return self.connection.app

    def run(
        self,
        event: str,
        args: tuple[Any, ...],
        function: Callable[..., Result],
        *function_args: Any,
    ) -> Result:
        """Run a function in the request context of one event."""
        connection = self.connection = self.connection.current()
        context, session = connection.new_context()
        # Without a current app context, Flask pushes one, with its own `g`.
        token = None if _app_context.get(None) is None else _app_context.set(None)
        try:
            connection.push(context, session)
            try:
                request = context.request
                request.sid, request.namespace = self.sid, self.namespace
                request.event = {"message": event, "args": args}
                result = function(*function_args)
                if not connection.socketio.manage_session:
                    _save_session(context)
            except BaseException as error:
                context.pop(error)
                raise
            context.pop(None)
        finally:
            if token is not None:
                _app_context.reset(token)
        return result


@attrs.define(eq=False)
class AppContext:
    """The Flask context of what no client asked for: there is no request."""

    socketio: SocketIO
    app: Flask

    def run(
        self,
        event: str,
        args: tuple[Any, ...],
        function: Callable[..., Result],
        *function_args: Any,
    ) -> Result:
        """Run a function in an application context of its own."""
        del event, args  # of a request, which there is none of
        with self.app.app_context():
            return function(*function_args)


def client_context(
    socketio: SocketIO, environ: Environ, namespace: str, sid: str
) -> ClientContext:
    """Return the context of a client that connects."""
    manager = cast("Server", socketio.server).manager
    eio_sid = manager.eio_sid_from_sid(sid, namespace) or ""
    return ClientContext(Connection.of(socketio, environ, eio_sid), namespace, sid)


def app_of(socketio: SocketIO) -> Flask:
    """Return the application that a `SocketIO` serves, where no client names one."""
    served: Any = socketio
    app: Flask = served.sockio_mw.flask_app
    return app


def forget_connection(environ: Environ) -> None:
    """Drop what is kept for a connection that has ended."""
    if _KEY in environ:
        # A handler may be iterating over the environ: its size must not change.
        environ[_KEY] = None


def _copy(original: Any) -> Any:
    """Return a shallow copy, made without `__init__` and faster than `copy.copy`."""
    kind = original.__class__
    copied = kind.__new__(kind)
    copied.__dict__ = original.__dict__.copy()
    return copied


def _is_cacheable(app: Flask) -> bool:
    """Return whether an app leaves to Flask the steps that a copy leaves out."""
    request_class: Any = app.request_class
    steps = ("request_context", "create_url_adapter")
    inherited = all(_is_inherited(app, step, Flask) for step in steps)
    return inherited and request_class.__init__ is Request.__init__


def _is_inherited(instance: object, name: str, base: type) -> bool:
    """Return whether a method of an instance is that of a base class."""
    method = getattr(instance, name)
    return getattr(method, "__func__", None) is getattr(base, name)


def _set_session(context: Any, session: SessionMixin | None) -> None:
    setattr(context, "_session" if hasattr(context, "_session") else "session", session)


def _save_session(context: Any) -> None:
    session, app = context.session, context.app
    if getattr(session, "modified", True):
        app.session_interface.save_session(app, session, app.response_class())
