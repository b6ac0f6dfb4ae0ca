"""The client manager and its message queue, whatever queue that is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import click
import pytest
from socketio import KombuManager, RedisManager
from socketio.pubsub_manager import PubSubManager

from nsroute.upstream import brokers, queues
from nsroute.upstream.manager import client_manager
from tests.support.concurrency import settle
from tests.support.manager_rooms import Bus
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import PATIENCE

pytestmark = pytest.mark.usefixtures("quiet")


class Listening(Bus):
    """A queue whose listener ends at once, and says that it began."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.listened = threading.Event()

    def initialize(self) -> None:
        PubSubManager.initialize(self)

    def _listen(self) -> Iterator[Any]:
        self.listened.set()
        return iter(())


def mounted(manager: Any, config: ServerConfig = DEFAULT_CONFIG) -> Any:
    site = config.app(client_manager=manager)
    return client_manager(site.socketio.server)


def test_it_listens_before_its_first_client() -> None:
    """Upstream begins then, and misses what comes before it has subscribed."""
    manager = mounted(Listening())
    assert manager.listened.wait(PATIENCE)
    assert manager.server.manager_initialized


def test_a_manager_that_only_writes_listens_to_nothing() -> None:
    """So does one in a command, and one in an async mode that is not patched."""
    assert not mounted(Listening(write_only=True)).server.manager_initialized
    with click.Context(click.Command("routes"), info_name="routes"):
        assert not mounted(Listening()).server.manager_initialized
    with click.Context(click.Command("run"), info_name="run"):
        assert mounted(Listening()).server.manager_initialized


@pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
def test_only_a_patched_mode_can_listen(config: ServerConfig) -> None:
    """In the others upstream refuses to, when the first client comes."""
    patched = queues._is_patched(config.mode)
    assert patched is (config.mode == "threading" or _sockets_are_patched())
    assert mounted(Listening(), config).server.manager_initialized is patched


def _sockets_are_patched() -> bool:
    import socket

    return socket.socket.__module__ != "socket"


def test_what_is_published_is_what_it_was_when_it_was_emitted() -> None:
    """The publisher comes later, and the application may have changed it by then."""
    manager = mounted(Bus())
    said = ["as it was"]
    manager.emit("said", said, namespace="/a")
    said.append("changed")
    assert manager.publisher.flush(PATIENCE)
    assert manager.published[0]["data"] == [["as it was"]]


def test_what_cannot_be_published_is_logged_and_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As upstream does it, for an emit that concerns no client of this process."""
    manager = mounted(Bus())
    with caplog.at_level("ERROR"):
        manager.emit("said", object(), namespace="/a")
        manager.emit("said", "text", namespace="/a")
    assert manager.publisher.flush(PATIENCE)
    assert [message["data"] for message in manager.published] == [["text"]]
    assert "cannot be published" in caplog.text


def test_events_are_dropped_before_all_else() -> None:
    """Answers and disconnects are essential: nobody sends them a second time."""
    manager = mounted(Bus())
    put: list[bool] = []
    manager.publisher.put = lambda _, essential: put.append(essential)
    manager.emit("said", "text", namespace="/a")
    manager.emit("said", "text", namespace="/a", room="b", callback=print)
    manager.close_room("b", "/a")
    assert put == [False, True, True]


def test_what_is_dropped_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Where no router records it."""
    manager = mounted(Bus())
    manager.publisher.limit = 0
    with caplog.at_level("ERROR"):
        manager.emit("said", "text", namespace="/a")
    assert "1 messages were not published, and 0 wait." in caplog.text


def received(manager: Any, **message: Any) -> None:
    """Let a manager receive a message of another process."""
    getattr(manager, f"_handle_{message['method']}")({"namespace": "/a", **message})


def test_a_disconnect_from_another_process_is_handled_beside_the_listener() -> None:
    """Its handler may take long; the process hears others meanwhile."""
    manager = mounted(Bus())
    threads: list[threading.Thread] = []
    done = threading.Event()

    def disconnect(**_: Any) -> None:
        threads.append(threading.current_thread())
        done.set()

    manager.server.disconnect = disconnect
    received(manager, method="disconnect", sid="1", host_id=manager.host_id)
    assert threads.pop() is threading.current_thread()
    done.clear()
    received(manager, method="disconnect", sid="1", host_id="another")
    assert done.wait(PATIENCE)
    assert threads[0] is not threading.current_thread()


def test_an_answer_from_another_process_leaves_nothing_behind() -> None:
    """Upstream keeps a counter for each client that was ever called."""
    site = DEFAULT_CONFIG.app(client_manager=Bus())
    manager: Any = client_manager(site.socketio.server)
    answers: list[Any] = []
    for _ in range(2):
        manager.emit("ask", None, namespace="/a", room="1", callback=answers.append)
    own = {"method": "callback", "host_id": manager.host_id, "sid": "1"}
    received(manager, **own | {"host_id": "another"}, id=1, args=["for another"])
    received(manager, **own, id=1, args=["tea"])
    settle(site, lambda: answers == ["tea"])
    assert list(manager.callbacks) == ["1"]
    received(manager, **own, id=2, args=["milk"])
    settle(site, lambda: not manager.callbacks)
    assert answers == ["tea", "milk"]


def test_a_forked_process_is_one_of_its_own() -> None:
    """It listens from its first client on, for it may serve nobody."""
    manager = mounted(Listening())
    before = manager.host_id
    manager.begin_in_fork()
    assert manager.host_id != before
    assert not manager.server.manager_initialized
    manager.emit("said", "text", namespace="/a")
    assert manager.publisher.flush(PATIENCE)
    assert len(manager.published) == 1


def test_each_manager_is_told_of_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """`os.fork` calls it, whoever forks."""
    manager = mounted(Bus())
    monkeypatch.setattr(queues, "_managers", [manager])
    before = manager.host_id
    queues._begin_in_fork()
    assert manager.host_id != before


def test_a_manager_without_a_queue_publishes_nothing() -> None:
    """There is nothing to reset either, where a process is forked."""
    manager = mounted(None)
    assert manager.publisher is None
    assert manager not in list(queues._managers)


class OwnPublish(RedisManager):
    """A manager of an application, which publishes in its own way."""

    def _publish(self, data: Any) -> None:
        self.sent = data


@pytest.mark.parametrize(
    "kind, expected",
    [
        (RedisManager, brokers.RedisConnection),
        (type("Mine", (RedisManager,), {}), brokers.RedisConnection),
        (KombuManager, brokers.KombuConnection),
        (OwnPublish, None),
        (Bus, None),
    ],
)
def test_a_publish_of_the_applications_own_is_called(
    kind: type, expected: type | None
) -> None:
    """What nsroute knows is upstream's own `_publish`, of Redis and of Kombu."""
    found = brokers.publish_by(None, kind, print)
    assert found is print if expected is None else isinstance(found, expected)


def test_the_method_that_an_app_overrides_gets_what_was_emitted() -> None:
    """As it would from upstream."""
    manager = mounted(OwnPublish(write_only=True))
    manager.emit("said", "text", namespace="/a")
    assert manager.publisher.flush(PATIENCE)
    assert manager.sent["data"] == ["text"]


class FailingPublish(Bus):
    """A manager whose queue refuses what it gets."""

    def _publish(self, data: Any) -> None:
        super()._publish(data)
        raise TypeError("not like this")


def test_what_an_unknown_queue_refuses_is_logged_and_not_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody here can tell whether waiting would help."""
    manager = mounted(FailingPublish())
    with caplog.at_level("ERROR"):
        for text in ("one", "two"):
            manager.emit("said", text, namespace="/a")
        assert manager.publisher.flush(PATIENCE)
    assert [message["data"] for message in manager.published] == [["one"], ["two"]]
    assert "not published" in caplog.text


def test_kafka_gets_bytes_and_a_key() -> None:
    """Upstream gives kafka-python a text, which it refuses, and no key."""
    calls: list[Any] = []

    class Producer:
        def send(self, channel: str, value: bytes, key: bytes) -> Producer:
            calls.append((channel, value, key))
            return self

        def flush(self) -> None:
            calls.append("flush")

        def get(self, timeout: float) -> None:
            calls.append(timeout)

    made = {"channel": "here", "host_id": "me", "producer": Producer()}
    manager = type("Manager", (), made)
    publish = brokers.publish_by(manager, brokers.KafkaManager, print)
    publish("text")
    assert calls == [("here", b"text", b"me"), "flush", 0]


class Logger:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def error(self, text: str, *args: Any) -> None:
        self.lines.append(text % args)


def test_a_listener_waits_two_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Upstream waits up to a minute before it tries to hear a broker again."""
    pauses: list[float] = []
    monkeypatch.setattr(brokers.time, "sleep", pauses.append)
    logger = Logger()

    class Manager:
        def _get_logger(self) -> Logger:
            return logger

    tries: list[Any] = [OSError("gone")] * 7 + [["a"], [], SystemExit()]

    def messages() -> Iterator[Any]:
        found = tries.pop(0)
        if isinstance(found, BaseException):
            raise found
        return iter(found)

    heard = brokers._again_and_again(Manager(), messages)
    assert next(heard) == "a"
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    with pytest.raises(SystemExit):
        next(heard)
    assert pauses[7:] == [0.1, 0.2]
    assert logger.lines == ["The message queue cannot be heard: gone"] * 7


def test_before_the_mixin_is_installed_upstream_publishes() -> None:
    """Another thread may emit while a router is mounted."""
    manager = mounted(Bus())
    manager.publisher = None
    manager.emit("said", "text", namespace="/a")
    assert manager.published[0]["data"] == ["text"]


def test_whoever_publishes_first_connects() -> None:
    """The publisher or the listener; a process that only writes has no listener."""
    calls: list[Any] = []

    class Manager:
        connected = False
        channel = "here"

        def _redis_connect(self) -> None:
            self.connected, self.redis = True, self
            calls.append("connect")

        def publish(self, channel: str, message: str) -> None:
            calls.append((channel, message))

    publish = brokers.RedisConnection(Manager())
    publish("one")
    publish("two")
    assert calls == ["connect", ("here", "one"), ("here", "two")]
