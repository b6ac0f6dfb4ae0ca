"""Real clients for tests: python-socketio, and socket.io-client in Node.

Both are a `Peer`, so that one test says the same thing to both. For what no client
library would send there is `tests.support.raw_clients`.
"""

from __future__ import annotations

import itertools
import json
import queue
import socket
import subprocess
import threading
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engineio
import requests
import socketio
import websocket

from tests.support.ordered_client import OrderedClient
from tests.support.peer import Peer
from tests.support.sites import PATIENCE

JS = Path(__file__).parent / "js"


class PythonPeer(Peer):
    """A `socketio.Client`."""

    def __init__(
        self,
        url: str,
        transport: str,
        namespaces: list[str],
        auth: Any = None,
        reconnection: bool = False,
        serializer: str = "default",
    ) -> None:
        super().__init__()
        self._session = requests.Session()
        self._made: list[Any] = []
        self._client = OrderedClient(
            reconnection=reconnection,
            reconnection_delay=0.05,
            http_session=self._session,
            request_timeout=PATIENCE,
            websocket_extra_options={"class_": self._new_websocket},
            serializer=serializer,
        )
        on = self._client.on
        on("connect", lambda ns: self.hear(ns, "connect"), namespace="*")
        on("connect_error", self._refused, namespace="*")
        on("disconnect", self._left, namespace="*")
        on("*", lambda event, ns, *args: self.hear(ns, event, args), namespace="*")
        self._client.connect(
            url, auth=auth, transports=[transport], namespaces=namespaces, wait=False
        )

    def _new_websocket(self, **options: Any) -> Any:
        """Keep each WebSocket: the client leaves those open that were ended."""
        self._made.append(websocket.WebSocket(**options))
        return self._made[-1]

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

    def attempt(
        self, namespace: str, event: str, *args: Any, seconds: float = PATIENCE
    ) -> Callable[[], Any]:
        told: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def call() -> None:
            try:
                told.put(self._client.call(event, args, namespace, seconds))
            except socketio.exceptions.SocketIOError as error:
                told.put(type(error).__name__)

        threading.Thread(target=call).start()
        return lambda: told.get(timeout=PATIENCE)

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
        # It would try to connect again for ever, each time after a time of `random`.
        self._client.reconnection = False
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
        eio.finish()
        self._client.shutdown()
        for made in self._made:
            made.shutdown()
        self._session.close()


class AnyJavaScriptPeer(Peer):
    """A `socket.io-client` that runs `peer.mjs`, wherever that is."""

    def __init__(self) -> None:
        super().__init__()
        self._ids = itertools.count()
        self._answers: dict[int, Any] = {}

    @abstractmethod
    def _say(self, **command: Any) -> None: ...

    def _take(self, said: dict[str, Any]) -> None:
        """Take what the client tells."""
        if "heard" in said:
            heard = said["heard"]
            self.hear(heard["namespace"], heard["event"], _binary(heard["args"]))
            return
        with self._grown:
            answer = said.get("failure") or _binary(said["answer"])
            self._answers[said["id"]] = answer
            self._grown.notify_all()

    def _ask(self, **command: Any) -> Callable[[], Any]:
        number = next(self._ids)
        self._say(id=number, **command)

        def answer() -> Any:
            came = self._await(lambda: number in self._answers)
            assert came, f"no answer: {command}"
            return self._answers.pop(number)

        return answer

    def join_later(self, namespace: str, auth: Any = None) -> None:
        """Ask for one more namespace on the connection that is there."""
        self._say(do="join", namespace=namespace, auth=auth)

    def join_again(self, namespace: str) -> None:
        """Join a namespace that the client was put out of."""
        self._say(do="join_again", namespace=namespace)

    def emit(self, namespace: str, event: str, *args: Any) -> None:
        self._say(do="emit", namespace=namespace, event=event, args=_wrapped(args))

    def call(self, namespace: str, event: str, *args: Any) -> list[Any]:
        given = {"namespace": namespace, "event": event, "args": _wrapped(args)}
        answer: list[Any] = self._ask(do="call", **given)()
        return answer

    def attempt(
        self, namespace: str, event: str, *args: Any, seconds: float = PATIENCE
    ) -> Callable[[], Any]:
        given = {"namespace": namespace, "event": event, "args": _wrapped(args)}
        return self._ask(do="attempt", milliseconds=seconds * 1000, **given)

    def leave(self, namespace: str) -> None:
        self._say(do="leave", namespace=namespace)


def _binary(told: Any) -> Any:
    """Return bytes for what stands for them, `{"bytes": […]}`."""
    if isinstance(told, list):
        return [_binary(one) for one in told]
    if isinstance(told, dict):
        given = told.get("bytes")
        return bytes(given) if given else {k: _binary(v) for k, v in told.items()}
    return told


def _wrapped(args: tuple[Any, ...]) -> list[Any]:
    """Return arguments with what stands for bytes."""
    return [{"bytes": list(x)} if isinstance(x, bytes) else x for x in args]


class JavaScriptPeer(AnyJavaScriptPeer):
    """A `socket.io-client` in a Node process, driven over its pipes."""

    def __init__(
        self,
        url: str,
        transport: str,
        namespaces: list[str],
        auth: Any = None,
        reconnection: bool = False,
    ) -> None:
        super().__init__()
        reconnects = ["reconnects"] if reconnection else []
        self._node = subprocess.Popen(
            ["node", str(JS / "client.mjs"), url, transport, *reconnects],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        for namespace in namespaces:
            self.join_later(namespace, auth)

    def _say(self, **command: Any) -> None:
        assert self._node.stdin is not None
        self._node.stdin.write(json.dumps(command) + "\n")
        self._node.stdin.flush()

    def _read(self) -> None:
        assert self._node.stdout is not None
        for line in self._node.stdout:
            self._take(json.loads(line))

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
