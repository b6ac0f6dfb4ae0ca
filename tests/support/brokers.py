"""Real message brokers for tests, on free ports; they end and come back."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from typing import Any

from nsroute.upstream.brokers import KombuConnection
from tests.support import requirements


def free_port() -> int:
    """Return a port that nobody listens on."""
    with create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """A broker that a test starts and stops.

    Args:
        folder: Where it may write.
    """

    scheme: str
    ready: str
    """What it prints once it can be reached."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: Any = None
        self._reader: Any = None

    @property
    def url(self) -> str:
        """What a `SocketIO` is given as `message_queue`."""
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    def command(self) -> tuple[list[str], dict[str, str]]:
        """Return how to start it, and what to add to the environment."""
        raise NotImplementedError

    def start(self) -> None:
        command, environment = self.command()
        self._process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        lines = iter(self._process.stdout.readline, "")
        assert any(self.ready in line.lower() for line in lines), "it did not start"
        self._reader = threading.Thread(target=self._process.stdout.read)
        self._reader.start()  # a broker that nobody reads would stop

    def stop(self) -> None:
        """Kill it, as if its computer had lost its power."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._reader.join()
            self._process.stdout.close()
            self._process = None

    def pause(self) -> None:
        """Let it answer nobody, until `resume`."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)


class Redis(Broker):
    """A Redis server that keeps nothing."""

    scheme, ready = "redis", "ready to accept"

    def command(self) -> tuple[list[str], dict[str, str]]:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        return [requirements.redis(), *options], {}


class RabbitMQ(Broker):
    """A RabbitMQ node of its own, with the port mapper that it needs."""

    scheme, ready = "amqp", "startup complete"

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._mapper_port = free_port()
        self._mapper: Any = None

    def command(self) -> tuple[list[str], dict[str, str]]:
        program = requirements.rabbitmq()
        mapper = {"ERL_EPMD_PORT": str(self._mapper_port)}
        if self._mapper is None:  # otherwise the node starts one that never ends
            self._mapper = subprocess.Popen(
                ["epmd", "-address", "127.0.0.1"], env={**os.environ, **mapper}
            )
        chosen = {
            "NODENAME": f"test{self.port}@localhost",
            "NODE_IP_ADDRESS": "127.0.0.1",
            "NODE_PORT": str(self.port),
            "DIST_PORT": str(free_port()),
            "MNESIA_BASE": str(Path(self.folder, "mnesia")),
            "LOG_BASE": str(Path(self.folder, "log")),
            "LOGS": "-",
            "ENABLED_PLUGINS_FILE": str(Path(self.folder, "plugins")),
            "PID_FILE": str(Path(self.folder, "pid")),
        }
        named = {f"RABBITMQ_{name}": value for name, value in chosen.items()}
        return [program], {**mapper, **named, "HOME": self.folder}

    def stop(self) -> None:
        super().stop()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()
            self._mapper = None


def end_listener(manager: Any) -> None:
    """Let the thread that listens do no more when the broker ends."""
    manager._get_logger = threading.Event().wait


def end_publisher(manager: Any) -> None:
    """Let a manager publish nothing more, and close its connection to RabbitMQ."""
    publisher = manager.publisher
    publisher.flush()
    publish, publisher._publish = publisher._publish, id
    if isinstance(publish, KombuConnection) and publish._connection is not None:
        publish._connection.close()


BROKERS = {"redis": Redis, "rabbitmq": RabbitMQ}


@contextmanager
def running(name: str) -> Iterator[Broker]:
    """Run a broker while the block runs."""
    with TemporaryDirectory() as folder:
        broker: Broker = BROKERS[name](folder)
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()
