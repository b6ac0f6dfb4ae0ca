"""The client manager mixin, third part: what stands between it and a message queue.

Checked with python-socketio 5.18.1 (`tests/unit/upstream/test_queues.py` fails when one
changes): of `PubSubManager`, `_publish`, `_listen`, `_handle_callback` and
`_handle_disconnect`; `RedisManager._redis_listen_with_retries`; `manager_initialized`
of a server, and `Manager.initialize`, which it calls for its first client.
"""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Callable, Iterator
from importlib import import_module
from threading import Thread
from typing import Any, ClassVar, Final, cast
from uuid import uuid4
from weakref import WeakSet

import click
from socketio import PubSubManager
from socketio.packet import Packet

from nsroute.upstream.brokers import (
    has_kombus_listen,
    listen_by_kombu,
    listen_to_redis,
    publish_by,
)
from nsroute.upstream.connects import LockedTables
from nsroute.upstream.publisher import Publisher, Unpublished

_PACKET: Any = Packet  # its methods have no types
_PATCHED: Final = {
    "gevent": ("gevent.monkey", "is_module_patched"),
    "gevent_uwsgi": ("gevent.monkey", "is_module_patched"),
    "eventlet": ("eventlet.patcher", "is_monkey_patched"),
}


class QueuedManager(LockedTables):
    """A mixin that does what a manager with a message queue needs, and no other.

    - One publisher for the process; whoever emits never waits for the broker.
    - It listens from the beginning, and not from its first client on.
    - No handler and no callback runs in the thread that listens.
    """

    upstream_kind: ClassVar[type] = object
    """The class of the manager without the mixin."""
    publisher: Publisher | None = None
    """What publishes; None where there is no message queue."""
    cluster_process: Any = None
    """What processes tell each other goes through it, see `nsroute.cluster`."""
    cluster_namespace: str | None = None
    """Where messages between processes are emitted."""

    def follow(
        self,
        namespace: str,
        hear: Callable[[Any, str | None], object],
        on_listening: Callable[[], object],
    ) -> None:
        """Call `hear` with what another process tells, and for whom that is.

        `on_listening` is called when this process begins to listen.
        """
        self._hear, self._on_listening = hear, on_listening
        self.cluster_namespace = namespace
        if self.publisher is not None and self.server.manager_initialized:
            on_listening()

    def tell(self, payload: dict[str, Any], to: str | None = None) -> None:
        """Tell all other processes something, or one of them, if there may be any."""
        if self.publisher is not None:
            self.emit("nsroute", payload, namespace=self.cluster_namespace, room=to)

    def listen(self) -> bool:
        """Listen, also in a process that only writes; return whether it can."""
        if self.publisher is None:
            return False
        if not self.server.manager_initialized:
            self.server.manager_initialized = True
            if self.write_only:
                Thread(target=self._thread, daemon=True).start()
            else:
                self.initialize()
        return True

    def initialize(self) -> None:
        """Begin to listen, before the first client or for it."""
        cast("Any", super()).initialize()
        if self.publisher is not None and self.cluster_namespace is not None:
            self._on_listening()

    def _handle_emit(self, message: dict[str, Any]) -> None:
        """Emit for another process, or hear what it tells."""
        if message.get("namespace") != self.cluster_namespace:
            cast("Any", super())._handle_emit(message)
        elif message.get("host_id") != self.host_id:
            [payload, *attachments] = message["data"]
            if message.get("binary"):
                parts = [b64decode(one) for one in attachments]
                payload = _PACKET.reconstruct_binary(payload, parts)[0]
            self._hear(payload, message.get("room"))

    def install_queue(self) -> None:
        """Publish by one publisher, and begin to listen."""
        manager: Any = self
        if isinstance(manager, PubSubManager):
            self.publisher = Publisher(self._new_connection(), self._report_unpublished)
            _managers.add(self)
            self._start_listening()

    def _new_connection(self) -> Callable[[str], object]:
        upstream: Any = super()

        def publish_as_before(message: str) -> None:
            try:
                upstream._publish(self.json.loads(message))
            except Exception:  # noqa: BLE001 - trying again may not be what it needs
                self._get_logger().exception("A message was not published")

        return publish_by(self, self.upstream_kind, publish_as_before)

    def _report_unpublished(self, told: Unpublished) -> None:
        self._get_logger().error(
            "%d messages were not published, and %d wait.", told.dropped, told.waiting
        )

    def _start_listening(self) -> None:
        server = self.server
        serves = not self.write_only and not _runs_command()
        if serves and _is_patched(server.async_mode):
            self.listen()

    def begin_in_fork(self) -> None:
        """Be a process of its own, which listens from its first client on."""
        self.host_id: str = uuid4().hex
        self.server.manager_initialized = False
        cast("Publisher", self.publisher).reset(self._new_connection())

    def _publish(self, data: dict[str, Any]) -> None:
        """Leave a message to the publisher, as it is now."""
        if self.publisher is None:  # upstream publishes before the mixin is installed
            cast("Any", super())._publish(data)
            return
        try:
            message: str = self.json.dumps(data)
        except Exception:  # noqa: BLE001 - whatever the app's encoder raises
            self._get_logger().exception("A message cannot be published")
            return
        is_event = data["method"] == "emit" and not data.get("callback")
        self.publisher.put(message, essential=not is_event)

    def _listen(self) -> Iterator[Any]:
        if has_kombus_listen(self.upstream_kind):
            return listen_by_kombu(self)
        found: Iterator[Any] = cast("Any", super())._listen()
        return found

    def _redis_listen_with_retries(self) -> Iterator[Any]:
        return listen_to_redis(self)

    def _handle_disconnect(self, message: dict[str, Any]) -> None:
        handle: Callable[..., object] = cast("Any", super())._handle_disconnect
        if message.get("host_id") == self.host_id:
            handle(message)
        else:
            self.server.start_background_task(handle, message)

    def _handle_callback(self, message: dict[str, Any]) -> None:
        if message.get("host_id") == self.host_id:
            self.server.start_background_task(self._call_back, message)

    def _call_back(self, message: dict[str, Any]) -> None:
        cast("Any", super())._handle_callback(message)
        sid, namespace = message.get("sid", ""), message.get("namespace") or "/"
        with self.tables_lock:
            # Of a client in another process, upstream would keep the counter for ever.
            if not self.knows(sid, namespace) and len(self.callbacks.get(sid, ())) == 1:
                del self.callbacks[sid]


def _runs_command() -> bool:
    """Return whether this is a command, such as `flask nsroute routes`, or a worker."""
    context = click.get_current_context(silent=True)
    return context is not None and context.info_name != "run"


def _is_patched(mode: str) -> bool:
    """Return whether a queue can be listened to in an async mode."""
    if mode not in _PATCHED:
        return True
    module, function = _PATCHED[mode]
    return bool(getattr(import_module(module), function)("socket"))


_managers: WeakSet[QueuedManager] = WeakSet()


def _begin_in_fork() -> None:
    for manager in list(_managers):
        manager.begin_in_fork()


os.register_at_fork(after_in_child=_begin_in_fork)
