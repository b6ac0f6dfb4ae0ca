"""Publishing and listening by Kombu and Redis, where no broker can be started.

Kombu has a broker in memory. `tests/sockets/test_brokers.py` takes real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from socketio import KombuManager

from nsroute import MetaRouter
from nsroute.upstream import brokers
from tests.support.apps import new_site
from tests.support.message_queue import silence

pytest.importorskip("kombu")
MESSAGES = ['{"method": "one"}', '{"method": "two"}']


@pytest.fixture
def kombu() -> Iterator[Any]:
    """Return a manager of Kombu whose broker is in memory."""
    manager = KombuManager("memory://", channel="of-a-test")
    with manager._connection() as connection:
        queue = manager._queue()(connection)
        queue.declare()  # or what is published before somebody listens is dropped
        manager._queue = lambda: queue
        yield manager


def test_messages_go_through_kombu(kombu: Any) -> None:
    """In their order, over one connection."""
    publish = brokers.publish_by(kombu, KombuManager, print)
    for message in MESSAGES:
        publish(message)
    assert list(islice(brokers.listen_by_kombu(kombu), 2)) == MESSAGES


def test_a_broken_connection_is_replaced(
    kombu: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be published raises, and the next attempt connects anew."""
    publish = brokers.KombuConnection(kombu)
    publish(MESSAGES[0])

    def ended(*_: object, **__: object) -> None:
        raise ConnectionResetError

    broken = publish._connection
    monkeypatch.setattr(broken, "drain_events", ended)
    with pytest.raises(ConnectionResetError):
        publish(MESSAGES[1])
    publish(MESSAGES[1])
    assert publish._connection is not broken
    assert list(islice(brokers.listen_by_kombu(kombu), 2)) == MESSAGES


def test_a_mounted_manager_listens_by_kombu() -> None:
    """In place of upstream's listener, which waits up to a minute."""
    site = new_site("threading")
    site.socketio.server.manager = KombuManager("memory://")
    site.socketio.server.manager.set_server(site.socketio.server)
    MetaRouter([], log=False).mount(site.socketio)
    manager: Any = site.socketio.server.manager
    try:
        listening = manager._listen()
        assert listening.gi_code is brokers._again_and_again.__code__
    finally:
        silence(manager)


def test_a_listener_subscribes_to_redis() -> None:
    """To the channel of its manager, on a connection of its own."""

    class Manager:
        channel = "of-a-test"
        pubsub: Any

        def _redis_connect(self) -> None:
            self.pubsub = PubSub()

    class PubSub:
        channels: tuple[str, ...] = ()

        def subscribe(self, channel: str) -> None:
            self.channels += (channel,)

        def listen(self) -> Iterator[object]:
            yield {"channels": self.channels}

    heard = brokers.listen_to_redis(Manager())
    assert next(heard) == {"channels": ("of-a-test",)}
