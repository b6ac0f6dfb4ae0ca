"""`RouterClient` does what a client on a wire does, on servers of every kind."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, session
from flask_socketio import SocketIO, emit, join_room

from nsroute import MetaRouter
from nsroute.testing import Received, RouterClient, serve
from tests.support.testing_room import Room, new_app


@pytest.fixture
def client() -> RouterClient:
    return serve(Room, "/rooms/1")


@pytest.fixture
def joined(client: RouterClient) -> RouterClient:
    assert client.connect()
    client.received()
    return client


def test_all_namespaces_of_a_connection_share_its_session(client: RouterClient) -> None:
    """One session follows a client through its namespaces, and nobody else."""
    client.connect("/rooms/1")
    client.connect("/rooms/2")
    assert client.namespaces == ("/rooms/1", "/rooms/2")
    assert client.call("session", namespace="/rooms/1") == {"joined": 2}
    other = client.another()
    other.connect()
    assert other.call("session") == {"joined": 1}


def test_the_session_begins_as_that_of_the_flask_client() -> None:
    """Who signs in by HTTP before the first connect is signed in on the connection."""
    app, _ = new_app()

    @app.post("/sign-in")
    def sign_in() -> str:
        session["user"] = "ann"
        return "welcome"

    client = RouterClient(app)
    client.flask_client.post("/sign-in")
    client.connect("/rooms/1")
    assert client.call("session") == {"user": "ann", "joined": 1}
    same = client.another(flask_client=client.flask_client)
    same.connect("/rooms/1")
    assert same.call("session") == {"user": "ann", "joined": 1}


def test_the_handshake_has_headers_and_a_query(client: RouterClient) -> None:
    """Handlers see the headers and the query of the connection, in every namespace."""
    other = client.another(query_string="?token=t1", headers={"X-Device": "phone"})
    for name in ("/rooms/1", "/rooms/2"):
        other.connect(name)
        assert other.call("request", namespace=name) == ["t1", "phone"]


def test_plain_handlers_and_rooms_work() -> None:
    """Handlers that are no classes, `emit` and `join_room` work as ever."""
    app, socketio = new_app()

    @socketio.on("join")
    def join(name: str) -> None:
        join_room(name)
        emit("joined", name, to=name)

    client = RouterClient(app)
    assert client.connect()
    assert client.namespaces == ("/",)
    client.emit("join", "a")
    assert client.received() == [Received("/", "joined", ("a",))]


def test_transport_and_session_of_the_server_work(joined: RouterClient) -> None:
    """`server.transport` and `server.session` know the connection."""
    assert joined.call("transport") == ["websocket", 1]
    assert joined.call("transport") == ["websocket", 2]


def test_msgpack_works() -> None:
    """A server that speaks msgpack is spoken to in msgpack."""
    app, _ = new_app(serializer="msgpack")
    client = RouterClient(app)
    assert not client.connect("/nowhere")
    assert client.connect("/rooms/1")
    client.emit("say", b"\x00")
    assert client.received()[-1].args == (b"\x00",)


def test_gevent_works() -> None:
    """A server in gevent mode is served without its loop."""
    app = Flask("tested")
    app.testing = True
    app.secret_key = "only for tests"
    MetaRouter([Room]).mount(SocketIO(app, async_mode="gevent"))
    with RouterClient(app) as client:
        assert client.connect("/rooms/1")
        assert client.call("return", "one") == 1


def test_an_unmanaged_session_is_flasks() -> None:
    """With `manage_session=False` each event opens the session of the handshake."""
    app, _ = new_app(manage_session=False)
    client = RouterClient(app)
    client.connect("/rooms/1")
    assert client.call("session") == {}


def test_an_app_without_socketio_is_an_error() -> None:
    """A client needs an application that has a `SocketIO`."""
    with pytest.raises(TypeError, match=r"made for each other .*'bare'> and None"):
        RouterClient(Flask("bare"))


def test_a_socketio_stands_for_its_application() -> None:
    """A client may be made of the `SocketIO`, as it was given its application."""
    app, socketio = new_app()
    other = SocketIO(app, async_mode="threading")
    assert RouterClient(app).socketio is other
    client = RouterClient(socketio)
    assert (client.app, client.socketio) == (app, socketio)
    assert client.connect("/rooms/1")


def test_a_socketio_without_an_app_is_an_error() -> None:
    """Before its `init_app`, a `SocketIO` knows no application."""
    with pytest.raises(TypeError, match=r"made for each other .*SocketIO.* and None"):
        RouterClient(SocketIO())


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("given", ["app", None, MetaRouter([Room]), Room])
def test_what_is_no_app_is_told_what_is(given: Any, place: int) -> None:
    """Anything else is refused, with what `RouterClient` takes and was given."""
    args = [given] if place == 0 else [Flask("tested"), given or Flask("other")]
    told = re.escape(repr(args[place]))
    with pytest.raises(TypeError, match=f"^RouterClient takes .*{told}"):
        RouterClient(*args)


def test_a_socketio_without_router_is_an_error() -> None:
    """`router` says so where there is none."""
    app = Flask("bare")
    SocketIO(app, async_mode="threading")
    with pytest.raises(LookupError, match="no router is mounted"):
        _ = RouterClient(app).router
