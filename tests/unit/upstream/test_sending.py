"""An event with attachments reaches a client whole, whoever else sends to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty
from sys import getsizeof
from typing import Any

import pytest
from engineio.packet import MESSAGE, Packet
from engineio.socket import Socket

from nsroute import RoutedNamespace, on
from nsroute.upstream.sending import Parts, WholeQueue
from tests.support.concurrency import gate, run_beside, wait_for
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import PATIENCE, Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
WHERE = "/rooms/1"


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("read")
    def read(self) -> list[bytes]:
        return [b"one", b"two"]


def held_put(client: PacketClient, reached: Any, go: Any) -> None:
    """Hold whoever puts the first packet into the queue of a client, once it is in."""
    put: Callable[..., Any] = client.socket.queue.put

    def hold(one: Any, *options: Any) -> None:
        put(one, *options)
        if not reached.is_set():
            reached.set()
            wait_for(go)

    client.socket.queue.put = hold


@every_config
@pytest.mark.parametrize("other", ["text", b"bytes"], ids=["text", "binary"])
def test_what_another_task_emits_comes_before_or_after_it(
    config: ServerConfig, other: object
) -> None:
    """A client gets both events, though one was emitted amid the other."""
    site = config.site(Room)
    client = PacketClient(site)
    client.join(WHERE)
    with gate(site) as (reached, go):
        held_put(client, reached, go)
        first = run_beside(
            site, lambda: emit(site, "first", {"parts": [b"one", b"two"]})
        )
        wait_for(reached)
        second = run_beside(site, lambda: emit(site, "second", other))
        second()
        go.set()
        first()
    expected = [("first", {"parts": [b"one", b"two"]}), ("second", other)]
    assert sorted(client.received(WHERE), key=str) == sorted(expected, key=str)
    client.close()
    assert left_behind(site) == {}


def emit(site: Site, event: str, data: object) -> None:
    site.socketio.emit(event, data, namespace=WHERE)


@every_config
def test_an_acknowledgement_with_attachments_is_whole(config: ServerConfig) -> None:
    """What a handler returns travels in one piece as well."""
    client = PacketClient(config.site(Room))
    client.join(WHERE)
    assert client.call(WHERE, "read") == [b"one", b"two"]
    client.close()


def message(data: object) -> Packet:
    return Packet(MESSAGE, data=data)


def test_the_queue_of_a_thread_takes_the_parts_of_an_event_in_one_step() -> None:
    """Each counts as one, and others come before or after them."""
    queue = WholeQueue()
    header, attachment = message('51-["event"]'), message(b"attachment")
    for item in (message("before"), Parts([header, attachment]), message("after")):
        queue.put(item)
    taken = [queue.get(block=False).data for _ in range(4)]
    assert taken == ["before", header.data, b"attachment", "after"]
    for _ in taken:
        queue.task_done()
    queue.join()


def test_who_joins_the_queue_waits_until_everything_was_taken() -> None:
    """Of an event, the last attachment too."""
    queue = WholeQueue()
    queue.put(Parts([message('51-["event"]'), message(b"attachment")]))
    done = threading.Event()
    joining = threading.Thread(target=lambda: (queue.join(), done.set()))
    joining.start()
    queue.get(timeout=PATIENCE)
    assert not done.wait(0.05)
    assert queue.get(timeout=PATIENCE).data == b"attachment"
    joining.join(PATIENCE)
    assert done.is_set()
    with pytest.raises(Empty):
        queue.get(block=False)
    with pytest.raises(Empty):
        queue.get(timeout=0.001)


def test_each_packet_is_taken_once_whoever_takes_it() -> None:
    """As when one client polls twice at a time."""
    queue, taken = WholeQueue(), list[Any]()
    for number in range(2000):
        parts = [message(f"{number}:{part}") for part in range(3)]
        queue.put(Parts(parts))

    def take() -> None:
        with suppress(Empty):
            while True:
                taken.append(queue.get(block=False).data)

    takers = [threading.Thread(target=take) for _ in range(3)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join(PATIENCE)
    assert len(taken) == 6000
    assert len(set(taken)) == 6000


def test_an_app_may_have_a_queue_of_upstreams_kind() -> None:
    """`create_queue` is a public method of Engine.IO's server."""
    engine: Any = DEFAULT_CONFIG.site(Room).socketio.server.eio
    assert engine.create_queue(maxsize=1).maxsize == 1


def test_parts_are_as_large_as_their_packets_and_the_binary_ones_are_their_own() -> (
    None
):
    """A bound of what is unread counts them; no two transports share an encoding."""
    header, attachment = message('51-["event"]'), message(b"a" * 1000)
    parts = Parts([header, attachment])
    bytes_of_all = getsizeof(header.data) + getsizeof(attachment.data)
    assert bytes_of_all <= getsizeof(parts.data) <= bytes_of_all + 32
    assert parts.packets[0] is header
    assert parts.packets[1] is not attachment
    assert parts.packets[1].data is attachment.data
    assert parts.data == ""  # what a log line shows of it


def test_a_socket_takes_its_queue_from_the_server(mode: str) -> None:
    """By the method that is replaced, where threads are."""
    site = ServerConfig(mode).site(Room)
    socket: Any = Socket(site.socketio.server.eio, "a sid")
    assert isinstance(socket.queue, WholeQueue) == (mode == "threading")


def test_parts_of_a_connection_that_has_gone_are_dropped() -> None:
    """As everything that is sent to it."""
    site = DEFAULT_CONFIG.site(Room)
    server: Any = site.socketio.server
    send = server.eio.send_packet
    send("nobody", message('51-["event",{"_placeholder":true,"num":0}]'))
    send("nobody", message(b"attachment"))
    assert server.manager.parts.begun == {}


def test_an_event_that_nobody_completes_is_dropped() -> None:
    """With its connection, or by the next packet of the same task."""
    site = DEFAULT_CONFIG.site(Room)
    one, two = PacketClient(site), PacketClient(site)
    server: Any = site.socketio.server
    send, sent = server.eio.send_packet, list[Any]()
    for client in (one, two):
        client.socket.queue.put = lambda pkt: sent.append(pkt.data)
        send(client.eio_sid, message('52-["event"]'))
    server.manager.parts.forget(one.eio_sid)
    send(one.eio_sid, message(b"no attachment"))
    send(two.eio_sid, message("text"))
    send(two.eio_sid, message(b"no attachment either"))
    assert sent == [b"no attachment", "text", b"no attachment either"]


def test_a_disconnect_handler_may_emit_while_parts_are_sent() -> None:
    """Sending may find that the connection is dead; nobody waits for anybody."""
    site = DEFAULT_CONFIG.site(Leaving)
    client = PacketClient(site)
    client.join("/leaving/1")
    client.time_out()
    site.socketio.emit("parts", [b"one"], namespace="/leaving/1")
    assert Leaving.left == ["ping timeout"]


class Leaving(RoutedNamespace, namespace="/leaving/<int:number>"):
    left: list[str] = []

    @on("disconnect")
    def leave(self, reason: str) -> None:
        self.emit("parts", [b"two"])
        self.left.append(reason)
