"""The commands find the router of an application, or say why they do not."""

from __future__ import annotations

from typing import Any

import pytest
from engineio import WSGIApp
from flask import Flask
from flask_socketio import Namespace, SocketIO
from werkzeug.middleware.proxy_fix import ProxyFix

from nsroute import MetaRouter, RoutedNamespace
from nsroute.upstream.hosts import Host, hosts
from tests.support.cli_apps import run


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    pass


def test_the_private_parts_are_those_that_were_checked() -> None:
    """Flask-SocketIO wraps the application in a middleware that tells its server."""
    app = Flask("tested")
    inner = app.wsgi_app
    socketio = SocketIO(app, async_mode="threading", path="/ws")
    layer: Any = app.wsgi_app
    assert isinstance(layer, WSGIApp)
    assert layer.engineio_app is socketio.server
    assert layer.engineio_path == "/ws/"
    assert layer.wsgi_app == inner


def test_a_server_is_found_behind_other_middleware() -> None:
    """Servers are found through what else wraps the application, the last one first."""
    app = Flask("tested")
    first = SocketIO(app, async_mode="threading")
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    second = SocketIO(app, async_mode="threading", path="/ws")
    assert hosts(app) == [
        Host(second.server, "/ws/"),
        Host(first.server, "/socket.io/"),
    ]


def test_an_app_without_socketio_is_told_to_make_one() -> None:
    """Without a `SocketIO` the command says how to come by one."""
    result = run(Flask("bare"), "routes")
    assert result.exit_code == 1
    assert result.output == (
        "Error: The application 'bare' has no SocketIO: make it with SocketIO(app), "
        "or call its init_app(app).\n"
    )


@pytest.mark.parametrize("beside", [None, Namespace("*")])
def test_an_app_without_router_is_told_to_mount_one(beside: Any) -> None:
    """Without a router, also where another class stands at `*`, it says how."""
    app = Flask("bare")
    socketio = SocketIO(app, async_mode="threading")
    if beside is not None:
        socketio.on_namespace(beside)
    result = run(app, "match", "/rooms/1")
    assert result.exit_code == 1
    assert result.output == (
        "Error: No router is mounted on the SocketIO at /socket.io/: call "
        "MetaRouter([...]).mount(socketio).\n"
    )


def test_of_several_routers_one_is_to_be_chosen() -> None:
    """Where there are several routers, `--path` says which one is meant."""
    app = Flask("tested")
    MetaRouter([Room]).mount(SocketIO(app, async_mode="threading"))
    MetaRouter([]).mount(SocketIO(app, async_mode="threading", path="/ws"))
    result = run(app, "routes")
    assert result.exit_code == 2
    assert "There is a router at /socket.io/ and /ws/: choose with --path." in (
        result.output
    )
    assert run(app, "match", "/rooms/1", "--path", "/ws").exit_code == 1
    assert run(app, "match", "/rooms/1", "--path", "socket.io/").exit_code == 0
    result = run(app, "routes", "--path", "/elsewhere")
    assert result.exit_code == 2
    assert "There is no SocketIO at '/elsewhere': try /socket.io/ and /ws/." in (
        result.output
    )


def test_a_socketio_beside_the_one_with_the_router_does_not_matter() -> None:
    """The only router is found, whichever `SocketIO` it is on."""
    app = Flask("tested")
    MetaRouter([Room]).mount(SocketIO(app, async_mode="threading"))
    SocketIO(app, async_mode="threading", path="/ws")
    assert run(app, "match", "/rooms/1").exit_code == 0
