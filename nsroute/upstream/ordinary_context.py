"""The ordinary context: Flask builds a request context anew for each event.

It does what Flask-SocketIO's own dispatch (`SocketIO._handle_event`) does, at the same
cost, with whatever Flask is installed.

Private parts touched, checked with python-socketio 5.18.1, besides those of
`nsroute.upstream.sessions`:

- `Server.environ`, to see that Flask-SocketIO's test client has put another environment
  in the place of a connection's, as it does whenever it connects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Self, TypeVar, cast

from flask import Flask, has_request_context, request

from nsroute.upstream.protocols import Environ, Server, SocketIO
from nsroute.upstream.sessions import PushedContext, save_session, share_session

__all__ = ["ClientContext", "Connection", "forget_connection"]

_KEY: Final = "nsroute.connection"

Result = TypeVar("Result")


class Connection:
    """What the clients on one connection share, kept in its `environ`.

    Attributes:
        app: The application that the connection was made to.
        eio_sid: Its Engine.IO session id.
        environ: The WSGI environment of its handshake.
        environs: Those of all connections of the server.
        manage_session: Whether Flask-SocketIO's `manage_session` is on.
        socketio: Whom the connection belongs to.
    """

    __slots__ = (
        "__weakref__", "app", "eio_sid", "environ", "environs", "manage_session",
        "socketio",
    )  # fmt: skip

    def __init__(self, socketio: SocketIO, environ: Environ, eio_sid: str) -> None:
        self.socketio: SocketIO = socketio
        self.environ: Environ = environ
        self.eio_sid: str = eio_sid
        self.app: Flask = environ["flask.app"]
        self.environs: dict[str, Environ] = cast("Server", socketio.server).environ
        self.manage_session: bool = socketio.manage_session

    @classmethod
    def of(cls, socketio: SocketIO, environ: Environ, eio_sid: str) -> Self:
        """Find what is kept for a connection, or begin to keep it."""
        kept = environ.get(_KEY)
        if type(kept) is not cls:
            kept = environ[_KEY] = cls(socketio, environ, eio_sid)
        return kept

    def successor(self) -> Self:
        """Find the connection whose environment is now in the place of this one's."""
        environ = self.environs.get(self.eio_sid, self.environ)
        if environ is self.environ:
            return self
        return self.of(self.socketio, environ, self.eio_sid)

    def client(self, namespace: str, sid: str) -> ClientContext:
        """Make the context of a client on this connection."""
        return ClientContext(self, namespace, sid)


def forget_connection(environ: Environ) -> None:
    """Let go of what is kept for a connection, once it has ended."""
    if _KEY in environ:
        # A handler that still runs may be walking through it: its size must not change.
        environ[_KEY] = None


class ClientContext:
    """The Flask context in which the events of one client run.

    A client is one connection in one namespace. Any number of its events may be inside
    at the same time, in any threads.
    """

    __slots__ = ("connection", "namespace", "sid")

    def __init__(self, connection: Connection, namespace: str, sid: str) -> None:
        self.connection: Connection = connection
        self.namespace: str = namespace
        self.sid: str = sid

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

    def enter(self, event: str, args: tuple[Any, ...]) -> PushedContext:
        """Push the request context of one event; `exit` takes it back.

        Args:
            event: As for `run`.
            args: As for `run`.
        """
        connection = self.connection = self.connection.successor()
        context = connection.app.request_context(connection.environ)
        self._begin(context, event, args)
        return context

    def exit(self, context: PushedContext, error: BaseException | None = None) -> None:
        """Pop what `enter` pushed; save the session, if Flask manages it.

        Args:
            context: What `enter` returned.
            error: The exception with which the event ended: the teardown functions get
                it, and the session is not saved.
        """
        if error is None and not self.connection.manage_session:
            self._save(context)
        context.pop(error)

    def describe(self, request: Any, event: str, args: tuple[Any, ...]) -> None:
        """Give a request the attributes that Flask-SocketIO gives it."""
        request.sid = self.sid
        request.namespace = self.namespace
        request.event = {"message": event, "args": args}

    def _begin(self, context: PushedContext, event: str, args: tuple[Any, ...]) -> None:
        """Push a context that Flask made; where that fails, leave nothing pushed."""
        try:
            context.push()
            if self.connection.manage_session:
                share_session(context, self.connection.environ)
            self.describe(context.request, event, args)
        except BaseException as error:
            if has_request_context() and request == context.request:
                context.pop(error)
            raise

    def _save(self, context: PushedContext) -> None:
        """Save the session; where that fails, leave nothing pushed."""
        try:
            save_session(context)
        except BaseException as error:
            context.pop(error)
            raise
