"""Which servers an application has, where, and what is registered on them.

Private parts touched, checked with Flask-SocketIO 5.7.0 and python-engineio 4.15.1
(`tests/unit/cli/test_finding.py` fails when one changes): `SocketIO.init_app` wraps
`Flask.wsgi_app` in an `engineio.WSGIApp`, whose attributes `engineio_app`,
`engineio_path` and `wsgi_app` are not documented. The application's `extensions` know
the last `SocketIO` only. Of a server, see `nsroute.upstream.registration`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from engineio import WSGIApp
from flask import Flask
from flask_socketio import Namespace

from nsroute.upstream.protocols import Server


@attrs.frozen
class Host:
    """A Socket.IO server of an application."""

    server: Server
    path: str
    """The path of its URL, with a slash at both ends."""


def hosts(app: Flask) -> list[Host]:
    """Return the Socket.IO servers of an application, the last one first."""
    return [Host(layer.engineio_app, layer.engineio_path) for layer in _layers(app)]


def _layers(app: Flask) -> Iterator[Any]:
    """Yield the WSGI middleware around an application that is a Socket.IO server."""
    layer: Any = app.wsgi_app
    while layer is not None:
        if isinstance(layer, WSGIApp):
            yield layer
        layer = getattr(layer, "wsgi_app", None) or getattr(layer, "app", None)


def functions_of(server: Server) -> Mapping[str, Mapping[str, Callable[..., Any]]]:
    """Return the function handlers of a server: namespace -> event -> function."""
    return {name: dict(found) for name, found in list(server.handlers.items())}


def classes_of(server: Server) -> Mapping[str, Namespace]:
    """Return the class-based namespaces of a server: name -> object."""
    return dict(server.namespace_handlers)
