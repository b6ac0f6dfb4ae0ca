"""The session of an event: that of its connection, or Flask's own, opened and saved.

Private parts touched, checked with Flask 2.2 to 3.1.3 and Flask-SocketIO 5.7.0:

- `environ["saved_session"]`, where Flask-SocketIO keeps the session of a connection, so
  that the handlers of exact namespaces see the same one;
- `RequestContext._session`, or its `session` before Flask 3.1.3: there is no public way
  to put a session into a context.
"""

from __future__ import annotations

from typing import Any, Protocol

from flask import Flask, Request
from flask.sessions import SessionMixin

from nsroute.upstream.protocols import Environ

__all__ = [
    "ManagedSession",
    "PushedContext",
    "open_session",
    "save_session",
    "share_session",
    "shared_session",
]


class PushedContext(Protocol):
    """What is asked of a request context, whatever class of Flask has that role."""

    app: Flask

    @property
    def request(self) -> Request:
        """The request of the event."""
        ...

    @property
    def session(self) -> SessionMixin:
        """The session of the event."""
        ...

    def push(self) -> None:
        """Make it the current context."""

    def pop(self, exc: BaseException | None = ...) -> None:
        """Run what is registered for its end, and make the one before it current."""


class ManagedSession(dict[str, Any], SessionMixin):
    """The session of a connection, begun as a copy of Flask's."""


def share_session(context: PushedContext, environ: Environ) -> None:
    """Put the session of the connection in the place of Flask's."""
    session = environ.get("saved_session")
    if session is None:
        session = shared_session(context.session, environ)
    name = "_session" if hasattr(context, "_session") else "session"
    setattr(context, name, session)


def shared_session(opened: SessionMixin, environ: Environ) -> SessionMixin:
    """Return the session of the connection; begin it with the one that was opened."""
    session: SessionMixin
    session = environ.setdefault("saved_session", ManagedSession(opened))
    return session


def open_session(context: PushedContext) -> SessionMixin:
    """Open Flask's session, as Flask's own `push` does."""
    app = context.app
    interface = app.session_interface
    session = interface.open_session(app, context.request)
    return interface.make_null_session(app) if session is None else session


def save_session(context: PushedContext) -> None:
    """Save Flask's session, as Flask does after an HTTP request."""
    session = context.session
    if getattr(session, "modified", True):
        app = context.app
        app.session_interface.save_session(app, session, app.response_class())
