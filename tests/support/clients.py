"""Real clients for tests: python-socketio, and socket.io-client in Node.

Both are a `Peer`, so that one test says the same thing to both. For what no client
library would send there is `tests.support.raw_clients`.
"""

from __future__ import annotations

import functools
import itertools
import json
import queue
import socket
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import engineio
import requests
import socketio

from tests.support.sites import PATIENCE

JS = Path(__file__).parent / "js"


@attrs.frozen
class Heard:
    """An event as a client saw it; its connects and refusals are events too."""

    namespace: str
    event: str
    args: tuple[Any, ...] = attrs.field(converter=tuple)


class Peer(ABC):
    """One connection of a client library, and what it has heard so far."""

    hangs_up = False
    """Whether it need not wait for the server to end a WebSocket: uWSGI never does."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []
        self._grown = threading.Condition()

    def hear(self, namespace: str, event: str, args: Iterable[Any] = ()) -> None:
        with self._grown:
            self._heard.append(Heard(namespace, event, args))
            self._grown.notify_all()

    def heard(self, namespace: str, event: str | None = None) -> list[Heard]:
        """Return what was heard in a namespace, in order; of one event if asked."""
        with self._grown:
            return [
                h
                for h in self._heard
                if h.namespace == namespace and event in {None, h.event}
            ]

    def wait(self, namespace: str, *events: str, count: int = 1) -> Heard:
        """Wait for one of the events in a namespace, so many times; give the last."""

        def found() -> list[Heard]:
            return [h for h in self.heard(namespace) if h.event in events]

        with self._grown:
            came = self._grown.wait_for(lambda: len(found()) >= count, PATIENCE)
        assert came, f"no {events} in {namespace}: {self.heard(namespace)}"
        return found()[count - 1]

    def join(self, namespaces: Iterable[str]) -> list[str]:
        """Wait for the answers to the connects; give the names that were refused."""
        answers = [self.wait(name, "connect", "connect_error") for name in namespaces]
        return [h.namespace for h in answers if h.event == "connect_error"]

    @abstractmethod
    def emit(self, namespace: str, event: str, *args: Any) -> None: ...

    @abstractmethod
    def call(self, namespace: str, event: str, *args: Any) -> list[Any]:
        """Emit, and wait for the acknowledgement's arguments."""

    @abstractmethod
    def leave(self, namespace: str) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class _InOrder(engineio.Client):  # type: ignore[misc]
    """An Engine.IO client that handles its messages in the order in which they came.

    Upstream starts a thread for each, and a test could not tell what came first.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._messages: queue.SimpleQueue[Callable[[], Any] | None]
        self._messages = queue.SimpleQueue()
        self._handling = threading.Thread(target=self._handle, daemon=True)
        self._handling.start()

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        if target != self.handlers["message"]:
            return super().start_background_task(target, *args, **kwargs)
        return self._messages.put(functools.partial(target, *args, **kwargs))

    def _handle(self) -> None:
        while message := self._messages.get():
            message()

    def finish(self) -> None:
        """Handle what has come so far, and no more."""
        self._messages.put(None)
        self._handling.join()


class _Client(socketio.Client):  # type: ignore[misc]
    def _engineio_client_class(self) -> type[engineio.Client]:
        return _InOrder


class PythonPeer(Peer):
    """A `socketio.Client`."""

    def __init__(
        self, url: str, transport: str, namespaces: list[str], auth: Any = None
    ) -> None:
        super().__init__()
        self._session = requests.Session()
        self._client = _Client(
            reconnection=False, http_session=self._session, request_timeout=PATIENCE
        )
        on = self._client.on
        on("connect", lambda ns: self.hear(ns, "connect"), namespace="*")
        on("connect_error", self._refused, namespace="*")
        on("disconnect", self._left, namespace="*")
        on("*", lambda event, ns, *args: self.hear(ns, event, args), namespace="*")
        self._client.connect(
            url, auth=auth, transports=[transport], namespaces=namespaces, wait=False
        )

    def _refused(self, namespace: str, data: Any = None) -> None:
        self.hear(namespace, "connect_error", [data])

    def _left(self, namespace: str, reason: str) -> None:
        self.hear(namespace, "disconnect", [reason])

    def emit(self, namespace: str, event: str, *args: Any) -> None:
        self._client.emit(event, args, namespace=namespace)

    def call(self, namespace: str, event: str, *args: Any) -> list[Any]:
        answered = threading.Event()
        answer: list[Any] = []

        def acknowledge(*values: Any) -> None:
            answer.extend(values)
            answered.set()

        self._client.emit(event, args, namespace=namespace, callback=acknowledge)
        assert answered.wait(PATIENCE), f"no acknowledgement of {event} in {namespace}"
        return answer

    def leave(self, namespace: str) -> None:
        # The client has no public way to leave one of several namespaces.
        packet = self._client.packet_class(socketio.packet.DISCONNECT, None, namespace)
        self._client._send_packet(packet)
        self._client.namespaces.pop(namespace)

    def close(self) -> None:
        """Close and wait for the server to hang up.

        The client's own `disconnect` now and then stops before its last packet is
        sent, and then waits for the next ping.
        """
        eio = self._client.eio
        if eio.state == "connected":
            for namespace in list(self._client.namespaces):
                self.leave(namespace)
            eio._send_packet(engineio.packet.Packet(engineio.packet.CLOSE))
            eio.queue.join()
        line = None if eio.ws is None else eio.ws.sock
        if self.hangs_up and line is not None:
            line.shutdown(socket.SHUT_RDWR)
        eio.wait()
        if line is not None:
            line.close()
        if eio.ws is not None:
            eio.ws.shutdown()
        eio.finish()
        self._session.close()


class JavaScriptPeer(Peer):
    """A `socket.io-client` in a Node process, driven over its pipes."""

    def __init__(
        self, url: str, transport: str, namespaces: list[str], auth: Any = None
    ) -> None:
        super().__init__()
        self._ids = itertools.count()
        self._answers: dict[int, list[Any]] = {}
        self._node = subprocess.Popen(
            ["node", str(JS / "client.mjs"), url, transport],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        for namespace in namespaces:
            self._say(do="join", namespace=namespace, auth=auth)

    def _say(self, **command: Any) -> None:
        assert self._node.stdin is not None
        self._node.stdin.write(json.dumps(command) + "\n")
        self._node.stdin.flush()

    def _read(self) -> None:
        assert self._node.stdout is not None
        for line in self._node.stdout:
            said = json.loads(line)
            if "heard" in said:
                self.hear(**said["heard"])
            else:
                with self._grown:
                    self._answers[said["id"]] = said["answer"]
                    self._grown.notify_all()

    def emit(self, namespace: str, event: str, *args: Any) -> None:
        self._say(do="emit", namespace=namespace, event=event, args=args)

    def call(self, namespace: str, event: str, *args: Any) -> list[Any]:
        number = next(self._ids)
        self._say(do="call", id=number, namespace=namespace, event=event, args=args)
        with self._grown:
            came = self._grown.wait_for(lambda: number in self._answers, PATIENCE)
        assert came, f"no acknowledgement of {event} in {namespace}"
        return self._answers.pop(number)

    def leave(self, namespace: str) -> None:
        self._say(do="leave", namespace=namespace)

    def close(self) -> None:
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.close()
        try:
            self._node.wait(PATIENCE)
        finally:
            self._node.kill()
            self._reader.join()
            self._node.stdout.close()


PEERS: dict[str, type[PythonPeer | JavaScriptPeer]] = {
    "python": PythonPeer,
    "javascript": JavaScriptPeer,
}
