"""How messages get to a broker and from it: Redis, and what Kombu reaches.

Upstream logs what it cannot publish and goes on, so nobody could try again; and its
listeners wait up to a minute before they do.

Private parts touched, checked with python-socketio 5.18.1, redis-py 8.1.0 and
Kombu 5.7.0 (`tests/unit/upstream/test_queues.py` fails when one changes):
`PubSubManager._publish` and `_listen`, which its docstring has subclasses implement;
`RedisManager._redis_connect` and `_redis_listen_with_retries`;
`KombuManager._connection`, `_exchange` and `_queue`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any

from socketio import KafkaManager, KombuManager, RedisManager

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between two attempts to listen."""

Publish = Callable[[str], object]
_REDIS: Any = RedisManager  # their methods have no types
_KOMBU: Any = KombuManager
_KAFKA: Any = KafkaManager


def publish_by(manager: Any, kind: type, otherwise: Publish) -> Publish:
    """Return what publishes a message for a manager of a class, or raises.

    `otherwise` is for the classes that are not known here, and for those with a
    `_publish` of their own.
    """
    method = getattr(kind, "_publish", None)
    if method is _REDIS._publish:
        return RedisConnection(manager)
    if method is _KOMBU._publish:
        return KombuConnection(manager)
    if method is _KAFKA._publish:
        return KafkaConnection(manager)
    return otherwise


class RedisConnection:
    """The connection on which a Redis manager publishes."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def __call__(self, message: str) -> None:
        """Publish a message, or raise.

        The client of the manager is not replaced if this fails: redis-py connects
        again by itself, and the listener uses the same client.
        """
        manager = self._manager
        if not manager.connected:
            manager._redis_connect()
        manager.redis.publish(manager.channel, message)


class KombuConnection:
    """The connection on which a Kombu manager publishes."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._connection: Any = None
        self._producer: Any = None

    def __call__(self, message: str) -> None:
        """Publish a message, or raise."""
        try:
            self._connect()
            self._producer.publish(message)
        except BaseException:
            connection, self._connection = self._connection, None
            with suppress(Exception):  # it is broken
                connection.close()
            raise

    def _connect(self) -> None:
        if self._connection is None:
            manager = self._manager
            connection = self._connection = manager._connection()
            connection.ensure_connection(max_retries=1, interval_start=0)
            self._producer = connection.Producer(
                exchange=manager._exchange(), **manager.producer_options
            )
        else:
            # A broker that has ended says so, and nobody else reads here.
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=0.000_001)


class KafkaConnection:
    """The connection on which a Kafka manager publishes."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def __call__(self, message: str) -> None:
        """Publish a message, or raise.

        kafka-python takes bytes, not a text. Messages of one key are in one partition,
        and so stay in their order.
        """
        manager, key = self._manager, self._manager.host_id.encode()
        producer = manager.producer
        sent = producer.send(manager.channel, value=message.encode(), key=key)
        producer.flush()
        sent.get(0)


def has_kombus_listen(kind: type) -> bool:
    """Return whether a class of managers listens as upstream's does by Kombu."""
    return getattr(kind, "_listen", None) is _KOMBU._listen


def listen_by_kombu(manager: Any) -> Iterator[Any]:
    """Yield the messages that a Kombu manager receives; connect again and again."""

    def messages() -> Iterator[Any]:
        with manager._connection() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
            with connection.SimpleQueue(manager._queue()) as queue:
                while True:
                    message = queue.get(block=True)
                    message.ack()
                    yield message.payload

    return _again_and_again(manager, messages)


def listen_to_redis(manager: Any) -> Generator[Any, None, None]:
    """Yield what a Redis manager receives; connect again and again."""

    def messages() -> Iterator[Any]:
        manager._redis_connect()
        manager.pubsub.subscribe(manager.channel)
        yield from manager.pubsub.listen()

    return _again_and_again(manager, messages)


def _again_and_again(
    manager: Any, messages: Callable[[], Iterator[Any]]
) -> Generator[Any, None, None]:
    pause = FIRST_PAUSE
    while True:
        try:
            for message in messages():
                pause = FIRST_PAUSE
                yield message
        except Exception as error:  # noqa: BLE001 - whatever a broker's client raises
            logger = manager._get_logger()
            logger.error("The message queue cannot be heard: %s", error)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
