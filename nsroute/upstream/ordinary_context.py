"""The ordinary context: Flask builds a request context anew for each event.

It does what Flask-SocketIO's own dispatch (`SocketIO._handle_event`) does, at the same
cost, with whatever Flask is installed.

Private parts touched, checked with Flask 3.1.3 and Flask-SocketIO 5.7.0:

- `environ["saved_session"]`, where Flask-SocketIO keeps the session of a connection, so
  that the handlers of exact namespaces see the same one;
- `RequestContext._session`, or its `session` before Flask 3.1.3: there is no public way
  to put a session into a context.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask
from flask.ctx import RequestContext
from flask.sessions import SessionMixin
from flask_socketio import SocketIO

__all__ = ["ClientContext", "Connection", "ManagedSession"]

Result = TypeVar("Result")


class ManagedSession(dict[str, Any], SessionMixin):
    """The session of a connection, begun as a copy of Flask's."""


class Connection:
    """What all namespaces of one connection share.

    Attributes:
        environ: The WSGI environment of the handshake.
        app: The application that it was made to.
        manage_session: Whether Flask-SocketIO's `manage_session` is on.
    """

    __slots__ = ("_eio_sid", "_environs", "app", "environ", "manage_session")

    def __init__(
        self, socketio: SocketIO, environ: dict[str, Any], eio_sid: str | None
    ) -> None:
        untyped = cast("Any", socketio)
        self.environ = environ
        self.app: Flask = environ["flask.app"]
        self.manage_session: bool = untyped.manage_session
        self._environs: dict[str | None, dict[str, Any]] = untyped.server.environ
        self._eio_sid = eio_sid


class ClientContext:
    """The Flask context in which the events of one client run.

    A client is one connection in one namespace. Any number of its events may be inside
    at the same time, in any threads.
    """

    __slots__ = ("connection", "namespace", "sid")

    def __init__(self, connection: Connection, namespace: str, sid: str) -> None:
        self.connection = connection
        self.namespace = namespace
        self.sid = sid

    def run(
        self,
        event: str,
        args: tuple[Any, ...],
        function: Callable[..., Result],
        *function_args: Any,
    ) -> Result:
        """Run a function inside the request context of one event.

        Args:
            event: The event's name, as `request.event["message"]`.
            args: The wire arguments, as `request.event["args"]`; of a connect
                `(environ, auth)`, of a disconnect `(reason,)`.
            function: What to run.
            *function_args: What to call it with.
        """
        context = self.enter(event, args)
        try:
            result = function(*function_args)
        except BaseException as error:
            self.exit(context, error)
            raise
        self.exit(context)
        return result

    def enter(self, event: str, args: tuple[Any, ...]) -> RequestContext:
        """Push the request context of one event; `exit` takes it back."""
        connection = self.connection
        context = connection.app.request_context(connection.environ)
        context.push()
        try:
            if connection.manage_session:
                _share_session(context, connection.environ)
            request: Any = context.request
            request.sid = self.sid
            request.namespace = self.namespace
            request.event = {"message": event, "args": args}
        except BaseException as error:
            context.pop(error)
            raise
        return context

    def exit(self, context: RequestContext, error: BaseException | None = None) -> None:
        """Pop what `enter` pushed; save the session, if Flask manages it.

        Args:
            context: What `enter` returned.
            error: The exception with which the event ended: the teardown functions get
                it, and the session is not saved.
        """
        if error is None and not self.connection.manage_session:
            try:
                _save_session(context)
            except BaseException as failure:
                context.pop(failure)
                raise
        context.pop(error)


def _share_session(context: RequestContext, environ: dict[str, Any]) -> None:
    """Put the session of the connection into the context."""
    session = environ.get("saved_session")
    if session is None:
        session = ManagedSession(context.session)
        session = environ.setdefault("saved_session", session)
    name = "_session" if hasattr(context, "_session") else "session"
    setattr(context, name, session)


def _save_session(context: RequestContext) -> None:
    """Save Flask's session after an event, as after an HTTP request."""
    session = context.session
    if getattr(session, "modified", True):
        app = context.app
        app.session_interface.save_session(app, session, app.response_class())
