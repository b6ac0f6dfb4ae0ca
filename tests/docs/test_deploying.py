"""The page on deployment: its commands serve, and what it says of processes is true."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import request
from flask_socketio import SocketIO

from nsroute import MetaRouter, RoutedNamespace, on
from tests.conftest import Connect, Serve
from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.apps import new_site
from tests.support.clients import PythonPeer
from tests.support.message_queue import await_listeners, connections_closed, redis_queue
from tests.support.servers import ROOT
from tests.support.sites import Site

pytestmark = pytest.mark.sockets

PAGE = ROOT / "docs" / "how-to" / "deploying.md"
COMMANDS = [
    line
    for block in blocks(PAGE, "sh")
    for line in block.splitlines()
    if line.endswith("chat:app") and "QUEUE" not in line
]


@contextmanager
def _serving(command: str, folder: Path, **environ: str) -> Iterator[str]:
    """Run a command of the page on a free port; give the server's address."""
    requirements.gunicorn()
    (folder / "chat.py").write_text("".join(blocks(PAGE, "python")))
    run = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0"]
    words = ["env", *shlex.split(command)]
    at = words.index("gunicorn")
    words[at : at + 1] = run
    path = os.pathsep.join([str(ROOT), str(folder)])
    with subprocess.Popen(
        words,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            yield _address(process.stderr)
        finally:
            process.terminate()
            process.stderr.read()


def _address(lines: Iterator[str]) -> str:
    for line in lines:
        if found := re.search(r"Listening at: (http://\S+)", line):
            return found[1]
    raise AssertionError("gunicorn did not start")


@pytest.mark.parametrize("command", COMMANDS, ids=["threads", "gevent"])
def test_the_pages_gunicorn_commands_serve(
    command: str, transport: str, tmp_path: Path
) -> None:
    """Each command serves the page's application, by both transports."""
    with _serving(command, tmp_path) as url:
        ann = PythonPeer(url, transport, ["/rooms/1"])
        assert ann.join(["/rooms/1"]) == []
        assert ann.call("/rooms/1", "say", "hello") == []
        assert ann.wait("/rooms/1", "said").args == ("hello",)
        ann.close()


def _read_page() -> Any:
    module = ModuleType("chat")
    code = compile("".join(blocks(PAGE, "python")), PAGE.name, "exec")
    exec(code, vars(module))
    return module


def test_the_pages_worker_reaches_the_clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`announce`, in a process that serves nobody, is heard in the room."""
    monkeypatch.delenv("QUEUE", raising=False)
    worker = _read_page()
    with (
        redis_queue(requirements.redis()) as queue,
        _serving(COMMANDS[0], tmp_path, QUEUE=queue) as url,
    ):
        ann = PythonPeer(url, "websocket", ["/rooms/1"])
        assert ann.join(["/rooms/1"]) == []
        await_listeners(queue, 1)
        monkeypatch.setenv("QUEUE", queue)
        with connections_closed():
            worker.announce(1, "from a worker")
        assert ann.wait("/rooms/1", "said").args == ("from a worker",)
        ann.close()


class Threads(RoutedNamespace, namespace="/threads"):
    """It tells in which threads its handlers run."""

    @on("connect")
    def join(self) -> None:
        self.client["reader"] = threading.get_ident()

    @on("where")
    def where(self) -> bool:
        return threading.get_ident() == self.client["reader"]

    @on("ask")
    def ask(self) -> Any:
        try:
            return self.call("favourite", to=request.sid)
        except RuntimeError as refusal:
            return str(refusal)


@pytest.mark.parametrize("async_handlers", [False, True], ids=["ordered", "parallel"])
def test_events_run_where_the_page_says(
    serve: Serve, connect: Connect, async_handlers: bool
) -> None:
    """With `async_handlers=False` events run in the thread that reads, no `call`."""

    def site(mode: str) -> Site:
        made = new_site(mode, async_handlers=async_handlers)
        made.router = MetaRouter([Threads]).mount(made.socketio)
        return made

    ann = connect(serve(site), "python", "websocket", ["/threads"])
    assert ann.call("/threads", "where") == [not async_handlers]
    refusal = "Cannot use call() when async_handlers is False."
    assert ann.call("/threads", "ask") == ([] if async_handlers else [refusal])


def test_flask_run_serves_in_threading_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under `flask run` nobody has to name the mode."""
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    assert SocketIO(_read_page().app).async_mode == "threading"
