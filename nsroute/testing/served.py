"""The application and the `SocketIO` that a test client is a client of."""

from __future__ import annotations

from typing import Any, Never

from flask import Flask
from flask_socketio import SocketIO

__all__ = ["served"]


def served(app: Any, socketio: Any) -> tuple[Flask, SocketIO]:
    """Find an application or its `SocketIO` by the other, if only one is given.

    Args:
        app: The application, or its `SocketIO`.
        socketio: The `SocketIO` to use, if one was given.

    Raises:
        LookupError: If the other is not known.
        TypeError: If something else was given.
    """
    if socketio is None and isinstance(app, SocketIO):
        app, socketio = _app_of(app), app
    if not isinstance(app, Flask):
        _refuse(app)
    if not isinstance(socketio, SocketIO | None):
        _refuse(socketio)
    return app, socketio or _socketio_of(app)


def _refuse(given: object) -> Never:
    raise TypeError(
        "RouterClient takes a Flask application, its SocketIO, or both in this order, "
        f"not {given!r}"
    )


def _app_of(socketio: Any) -> Flask:
    # There is none before `init_app` has been called with an application.
    found: Flask | None = getattr(
        getattr(socketio, "sockio_mw", None), "flask_app", None
    )
    if found is None:
        raise LookupError(
            "no application is known of this SocketIO: make it with SocketIO(app), "
            "call its init_app(app), or give the application to RouterClient"
        )
    return found


def _socketio_of(app: Flask) -> SocketIO:
    found: SocketIO | None = app.extensions.get("socketio")
    if found is None:
        raise LookupError(
            "no SocketIO is on this application: make it with SocketIO(app), or call "
            "its init_app(app)"
        )
    return found
