"""librdkafka's mock of a Kafka broker, and how kafka-python reaches it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.sites import PATIENCE

BEFORE = {"api_version": (2, 1)}
"""The version that kafka-python takes the mock for. From 2.4 on it would ask for the
versions that the mock knows, and cannot read the answer."""


@contextmanager
def kafka_mock() -> Iterator[str]:
    """Run the mock while the block runs; give the URL of its one broker.

    Its topics have four partitions. What kafka-python has made is closed in the end.
    """
    import kafka
    from confluent_kafka import Producer

    mock = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    [broker] = mock.list_topics(timeout=PATIENCE).brokers.values()
    made: list[Any] = []

    def new_producer(**options: Any) -> Any:
        made.append(upstream(**options, **BEFORE))
        return made[-1]

    class Consumer(kafka.KafkaConsumer):
        """A consumer whose iteration can be ended, by whoever closes it."""

        def __init__(self, *topics: str, **options: Any) -> None:
            super().__init__(*topics, **options, **BEFORE)
            self.is_over = False
            self.read = threading.Lock()
            made.append(self)

        def __iter__(self) -> Iterator[Any]:
            with self.read:
                while not self.is_over:
                    for messages in self.poll(timeout_ms=100).values():
                        yield from messages

        def close(self, *args: Any, **options: Any) -> None:
            self.is_over = True
            with self.read:
                super().close(*args, **options)

    upstream = kafka.KafkaProducer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kafka, "KafkaProducer", new_producer)
        patch.setattr(kafka, "KafkaConsumer", Consumer)
        try:
            yield f"kafka://{broker.host}:{broker.port}"
        finally:
            for one in made:
                one.close()
