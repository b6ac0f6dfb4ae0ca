"""`harden(socketio)`: when it may be called, and which servers it covers."""

from __future__ import annotations

from typing import Any

import pytest
from engineio.packet import MESSAGE, Packet
from engineio.socket import Socket
from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, MountError, RoutedNamespace, on
from nsroute.hardening import harden
from nsroute.upstream.hardening import is_hardened
from nsroute.upstream.hardening.attachments import named
from nsroute.upstream.hardening.target import target_of
from tests.support.packet_client import PacketClient, inline_client
from tests.support.sites import Site


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("echo")
    def echo(self, *args: Any) -> list[Any]:
        return list(args)


def new_app() -> Flask:
    app = Flask("hardened", static_folder=None)
    app.config["SECRET_KEY"] = "only for tests"
    return app


def test_a_server_is_hardened_that_is_there_already() -> None:
    """After `SocketIO(app)`; whatever is mounted before or after."""
    socketio = SocketIO(new_app(), async_mode="threading")
    assert not is_hardened(socketio.server)
    harden(socketio)
    assert is_hardened(socketio.server)


def test_each_server_is_hardened_that_is_made_later() -> None:
    """Before `init_app`, and each time that it is called."""
    socketio = SocketIO(async_mode="threading")
    harden(socketio)
    for _ in range(2):
        socketio.init_app(new_app(), ping_interval=7)
        assert is_hardened(socketio.server)
        assert socketio.server.eio.ping_interval == 7


def test_a_later_server_is_hardened_as_the_first() -> None:
    """`init_app` makes a new one."""
    socketio = SocketIO(new_app(), async_mode="threading")
    harden(socketio)
    socketio.init_app(new_app())
    assert is_hardened(socketio.server)


def test_hardening_again_changes_the_limits_alone() -> None:
    """Nothing is wrapped twice."""
    socketio = SocketIO(new_app(), async_mode="threading")
    harden(socketio)
    engine: Any = socketio.server.eio
    before = (dict(engine.handlers), engine._async, socketio.init_app)
    harden(socketio, max_unread_bytes=7, max_attachments=3)
    assert (dict(engine.handlers), engine._async, socketio.init_app) == before
    target = target_of(engine)
    assert target is not None
    assert (target.limits.unread_bytes, target.limits.attachments) == (7, 3)
    socketio.init_app(new_app())
    assert is_hardened(socketio.server)


def test_only_the_server_that_was_meant_is_hardened() -> None:
    """Another one in the process is as before."""
    hardened, other = (SocketIO(new_app(), async_mode="threading") for _ in range(2))
    harden(hardened)
    assert not is_hardened(other.server)
    assert other.server.eio._async is not hardened.server.eio._async


def test_what_is_no_socketio_is_refused() -> None:
    """An application, or a server, is none."""
    with pytest.raises(
        MountError, match=r"takes a flask_socketio.SocketIO, not a Flask"
    ):
        harden(new_app())  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "10", None, True])
def test_a_limit_is_a_whole_number(wrong: Any) -> None:
    """Both are looked at; all that is wrong is said at once."""
    socketio = SocketIO(new_app(), async_mode="threading")
    with pytest.raises(
        MountError, match="max_attachments is a whole number of 1 or more"
    ):
        harden(socketio, max_attachments=wrong)
    with pytest.raises(ExceptionGroup) as raised:
        harden(socketio, max_attachments=wrong, max_unread_bytes=wrong)
    assert len(raised.value.exceptions) == 2
    assert not is_hardened(socketio.server)


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_clients_in_memory_work_as_before(first: bool) -> None:
    """They read at once, and what they send is upstream's to judge."""
    app = new_app()
    socketio = SocketIO(app, async_mode="threading")
    if first:
        harden(socketio, max_unread_bytes=1)
    router = MetaRouter([Room], log=False).mount(socketio)
    if not first:
        harden(socketio, max_unread_bytes=1)
    client = inline_client(Site(app, socketio, router))
    client.join("/rooms/1")
    for _ in range(3):
        assert client.call("/rooms/1", "echo", b"x" * 1000) == [b"x" * 1000]
    many = [b"x"] * 11
    assert client.call("/rooms/1", "echo", *many) == many  # never a frame: no bound
    with pytest.raises(Exception, match="too_many_attachments"):
        client.server.eio.handlers["message"](client.eio_sid, "511-/rooms/1,[]")
    with pytest.raises(ValueError, match="Unknown packet type"):
        client.server.eio.handlers["message"](client.eio_sid, "9")
    client.close()


def test_the_test_client_of_flask_socketio_works_as_before() -> None:
    """It has no connection of Engine.IO's at all."""
    app = new_app()
    socketio = SocketIO(app, async_mode="threading")
    harden(socketio)
    MetaRouter([Room], log=False).mount(socketio)
    client = socketio.test_client(app, namespace="/rooms/1")
    answer = client.emit("echo", b"on", namespace="/rooms/1", callback=True)
    assert answer == [b"on"]
    client.disconnect("/rooms/1")


class Exact(Namespace):
    def on_echo(self, text: str) -> str:
        return text


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_the_admin_ui_works_on_a_hardened_server(first: bool) -> None:
    """It has handlers of its own for the begin and the end of a connection."""
    app = new_app()
    socketio = SocketIO(app, async_mode="threading", monitor_clients=False)
    socketio.on_namespace(Exact("/exact"))
    if first:
        harden(socketio)
    admin = socketio.server.instrument(auth=False, server_stats_interval=1)
    try:
        if not first:
            harden(socketio)
        client = PacketClient(Site(app, socketio))
        client.join("/exact")
        assert client.call("/exact", "echo", "on") == "on"
        client.close()
        adopted: Any = socketio.server._handle_eio_connect
        assert "nsroute.upstream.hardening" in adopted.__module__
    finally:
        admin.shutdown()
        admin.uninstrument()


def hardened_socket(**limits: int) -> Any:
    """Make a socket of a hardened server, whose client reads nothing."""
    socketio = SocketIO(new_app(), async_mode="threading", monitor_clients=False)
    engine: Any = socketio.server.eio
    socket = engine.sockets["there"] = Socket(engine, "there")
    harden(socketio, **limits)
    return socket


def test_a_connection_that_is_open_already_is_hardened_too() -> None:
    """One that comes later is, and one that is there."""
    socket = hardened_socket()
    assert type(socket).__name__ == "HardenedSocket"
    socket.server.sockets["later"] = Socket(socket.server, "later")
    socket.server.handlers["connect"]("later", {})
    assert type(socket.server.sockets["later"]) is type(socket)


def test_a_connection_that_closes_is_there_until_it_has_closed() -> None:
    """A disconnect handler may end it once more; then nothing keeps it."""
    socket = hardened_socket()
    seen = []

    def disconnect(sid: str, _reason: str) -> None:
        socket.close(wait=True)
        seen.append(sid in socket.server.sockets)

    socket.server.on("disconnect", disconnect)
    socket.close(wait=True)
    assert seen == [True]
    assert socket.server.sockets == {}


def test_nothing_is_kept_for_a_client_once_it_is_full() -> None:
    """The packet that finds it full is dropped, and so are those behind it."""
    socket = hardened_socket(max_unread_bytes=5_000)
    ended: list[Any] = []
    socket.server.start_background_task = lambda *task: ended.append(task)
    for _ in range(10):
        socket.send(Packet(MESSAGE, "x" * 2_000))
    assert socket.queue.qsize() == 2
    [(end, unread)] = ended
    assert 2 * 2_000 < unread < 2 * 2_600
    end(unread)
    assert socket.poll() == []
    assert socket.queue.qsize() == 0
    assert socket.closed


def test_what_a_client_has_read_no_longer_counts() -> None:
    """The next poll says that the one before was read."""
    socket = hardened_socket(max_unread_bytes=5_000)
    for _ in range(20):
        socket.send(Packet(MESSAGE, b"x" * 2_000))
        assert len(socket.poll()) == 1
    assert not socket.is_full


@pytest.mark.parametrize(
    "data, numbers",
    [
        ([], []),
        (["a", {"_placeholder": True, "num": 0}], [0]),
        (["a", {"b": [{"_placeholder": True, "num": 2}], "c": {}}], [2]),
        (["a", {"_placeholder": False, "num": 0}, {"num": 0}], []),
        (["a", {"_placeholder": True}], []),
        ({"_placeholder": 1, "num": 7}, [7]),
    ],
)
def test_an_attachment_is_named_anywhere_in_the_data(
    data: Any, numbers: list[int]
) -> None:
    """As python-socketio looks for them."""
    assert list(named(data)) == numbers
