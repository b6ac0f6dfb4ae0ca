"""The connection without a network is one among the others of its server."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from engineio.socket import Socket
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO
from socketio import Server

from nsroute import MetaRouter, RoutedNamespace, on, on_server
from nsroute.testing import NoAcknowledgement, RouterClient, serve
from nsroute.upstream import memory_connection
from tests.conftest import Connect, Serve
from tests.support import apps
from tests.support.shared_queue import eventually
from tests.support.sites import PATIENCE


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("say")
    def say(self, *words: Any) -> str:
        self.emit("said", words)
        return "ok"


@pytest.fixture
def app() -> Flask:
    app = Flask("tested")
    app.testing = True
    app.secret_key = "only for tests"
    MetaRouter([Room]).mount(SocketIO(app, async_mode="threading"))
    return app


@pytest.mark.parametrize(
    "method, parameters",
    [
        (Socket.__init__, ["self", "server", "sid"]),
        (Socket.send, ["self", "pkt"]),
        (Socket.close, ["self", "wait", "abort", "reason"]),
        (
            Server._handle_event_internal,
            ["self", "server", "sid", "eio_sid", "data", "namespace", "id"],
        ),
        (Server._handle_eio_connect, ["self", "eio_sid", "environ"]),
        (Server._handle_eio_message, ["self", "eio_sid", "data"]),
    ],
)
def test_the_private_parts_are_those_that_were_checked(
    method: Callable[..., Any], parameters: list[str]
) -> None:
    """What the connection calls has the parameters that it had when it was checked."""
    assert list(inspect.signature(method).parameters) == parameters


def test_the_cookies_of_a_flask_client_can_be_had() -> None:
    """Flask's test client has one of the two ways to its cookies."""
    client = Flask("tested").test_client()
    assert isinstance(client, FlaskClient)
    assert hasattr(client, "_add_cookies_to_wsgi") or hasattr(client, "cookie_jar")


def test_nothing_of_the_server_is_replaced(app: Flask) -> None:
    """The server is neither made synchronous nor given other methods."""
    server = app.extensions["socketio"].server
    before = dict(vars(server))
    with RouterClient(app) as client:
        client.connect("/rooms/1")
        client.call("say", "hello")
        after = dict(vars(server))
    assert {name for name in after if after[name] is not before.get(name)} == {
        "manager_initialized"
    }


@pytest.mark.parametrize("plain_first", [True, False])
def test_plain_test_clients_may_stand_beside(app: Flask, plain_first: bool) -> None:
    """Flask-SocketIO's own test client and this one hear each other."""
    client = RouterClient(app)
    if not plain_first:
        client.connect("/rooms/1")
    plain = app.extensions["socketio"].test_client(app, namespace="/rooms/1")
    if plain_first:
        client.connect("/rooms/1")
    assert client.call("say", "a") == "ok"
    assert plain.emit("say", b"b", namespace="/rooms/1", callback=True) == "ok"
    assert [one["args"] for one in plain.get_received("/rooms/1")] == [["a"], [b"b"]]
    assert [one.args for one in client.received()] == [("a",), (b"b",)]
    client.disconnect()
    plain.disconnect("/rooms/1")
    assert not client.router.live


@pytest.mark.sockets
def test_real_clients_may_stand_beside(serve: Serve, connect: Connect) -> None:
    """A client on a real socket hears this one, is heard, and is served as before."""
    server = serve(apps.rooms)
    assert server.site is not None
    peer = connect(server, "python", "websocket", ["/rooms/1"])
    peer.wait("/rooms/1", "welcome")
    with RouterClient(server.site.app) as client:
        client.connect("/rooms/1")
        assert client.call("say", "in memory") == "room 1"
        assert peer.wait("/rooms/1", "said").args == ("in memory",)
        assert peer.call("/rooms/1", "say", "by wire") == ["room 1"]
        peer.wait("/rooms/1", "said", count=2)
    peer.close()
    server.empty()


def test_what_a_disconnect_handler_raises_comes_out(app: Flask) -> None:
    """What a plain handler raises at the end of the connection is not hidden."""
    socketio = app.extensions["socketio"]

    @socketio.on("connect", namespace="/plain")
    def join() -> None: ...

    @socketio.on("disconnect", namespace="/plain")
    def leave(reason: str) -> None:
        raise ValueError(reason)

    client = RouterClient(app)
    client.connect("/plain")
    with pytest.raises(ValueError, match="transport close"):
        client.close()
    assert not socketio.server.eio.sockets
    client.connect("/plain")
    with pytest.raises(ValueError, match="client disconnect"):
        client.disconnect("/plain")
    assert client.namespaces == ()


def test_an_event_for_a_namespace_that_was_left_meanwhile_is_dropped(
    app: Flask,
) -> None:
    """An event reaches nobody if upstream has forgotten the client, as on the wire."""
    client = RouterClient(app)
    client.connect("/rooms/1")
    server = app.extensions["socketio"].server
    server.manager.disconnect(client.sid(), "/rooms/1", ignore_queue=True)
    client.emit("say", "nobody hears this")
    assert client.received() == []


class InTurn(RoutedNamespace, namespace="/turns/<int:number>", order="namespace"):
    """A namespace that does one thing at a time, also at the word of others."""

    turns: ClassVar[list[Callable[[], None]]] = []

    @on_server("turn")
    def turn(self) -> None:
        self.turns.pop()()


@pytest.mark.usefixtures("quiet")
def test_a_connect_waits_for_what_another_thread_does_in_the_namespace() -> None:
    """It is answered there, when its turn has come."""
    client = serve(InTurn, "/turns/1")
    client.connect()
    begun, other = threading.Event(), client.another()
    workers = client.socketio.server.manager.workers

    def turn() -> None:
        begun.set()
        eventually(lambda: workers.waiting)  # for the connect

    InTurn.turns.append(turn)
    served = client.router.of(InTurn)
    asking = threading.Thread(target=served.server_side_emit, args=("turn",))
    asking.start()
    assert begun.wait(PATIENCE)
    assert other.connect()
    asking.join()


@pytest.mark.usefixtures("quiet")
def test_a_connect_that_nothing_answers_is_waited_for_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While others are busy it may yet be; not for ever."""
    client = serve(InTurn, "/turns/1")
    client.connect()
    released, begun, other = threading.Event(), threading.Event(), client.another()

    def turn() -> None:
        begun.set()
        released.wait(PATIENCE)

    InTurn.turns.append(turn)
    served = client.router.of(InTurn)
    asking = threading.Thread(target=served.server_side_emit, args=("turn",))
    asking.start()
    assert begun.wait(PATIENCE)
    monkeypatch.setattr(memory_connection, "LONGEST_WAIT", 0)
    with pytest.raises(NoAcknowledgement):
        other.connect()
    released.set()
    asking.join()
