"""Servers that a test stops by a signal, and a balancer before two of them."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import attrs

from tests.support.servers import ROOT


@attrs.frozen
class Stopped:
    """A process that serves on a port until it is told to end."""

    process: subprocess.Popen[str]
    port: int
    notes: Path

    def noted(self) -> list[str]:
        """Return what its handlers have written to its file."""
        return self.notes.read_text().splitlines() if self.notes.exists() else []


@contextmanager
def started(
    command: list[str],
    folder: Path,
    name: str,
    mode: str,
    more: Mapping[str, str] | None = None,
) -> Iterator[Stopped]:
    """Start a command that serves on the port `PORT`, with more in its environment."""
    port = _free_port()
    notes = folder / f"{name}.txt"
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
        "ASYNC_MODE": mode,
        "NOTES": str(notes),
        "PORT": str(port),
        **(more or {}),
    }
    words = [word.replace("PORT", str(port)) for word in command]
    with (
        (folder / f"{name}.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, *words], cwd=folder, env=environ, stdout=log, stderr=log,
            text=True,
        ) as process,
    ):  # fmt: skip
        try:
            await_port(port, process)
            yield Stopped(process, port, notes)
        finally:
            process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found: int = listening.getsockname()[1]
        return found


def await_port(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until a process listens on a port."""
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
    raise AssertionError("the server did not start: see its log")


class Balancer:
    """Forwards each connection to the first of some ports that takes it.

    Once a port takes none, those that it has are ended: a client that polls has
    several, which must not lead to several processes.

    Args:
        ports: Where it forwards to.
        source: The address from which it does.
    """

    def __init__(self, ports: list[int], source: str = "127.0.0.1") -> None:
        self._ports = ports
        self._source = (source, 0)
        self._open: dict[int, list[socket.socket]] = {port: [] for port in ports}
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(
                    target=self._forward, args=(client,), daemon=True
                ).start()

    def _forward(self, client: socket.socket) -> None:
        with client:
            for port in self._ports:
                try:
                    server = socket.create_connection(
                        ("127.0.0.1", port), source_address=self._source
                    )
                except (ConnectionRefusedError, ConnectionResetError):
                    self._end_all(port)
                    continue
                self._open[port].append(server)
                with server, suppress(OSError):
                    _copy_both_ways(client, server)
                return

    def _end_all(self, port: int) -> None:
        for server in self._open[port]:
            with suppress(OSError):  # it has been closed by now
                server.shutdown(socket.SHUT_RDWR)


def _copy_both_ways(one: socket.socket, other: socket.socket) -> None:
    with closing(selectors.DefaultSelector()) as ready:
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in ready.select():
                source = key.fileobj
                assert isinstance(source, socket.socket)
                data = source.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
