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
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from flask import Flask, request
from flask_socketio import SocketIO

from nsroute import MetaRouter, RoutedNamespace, on
from tests.conftest import Connect, Serve
from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.apps import new_site
from tests.support.clients import PythonPeer
from tests.support.servers import MODES, ROOT
from tests.support.sites import PATIENCE, Site

pytestmark = pytest.mark.sockets

PAGE = ROOT / "docs" / "how-to" / "deploying.md"
COMMANDS = [
    line
    for block in blocks(PAGE, "sh")
    for line in block.splitlines()
    if line.endswith("chat:app") and "QUEUE" not in line
]

SEVERAL = [
    line
    for block in blocks(PAGE, "sh")
    for line in block.splitlines()
    if line.startswith("QUEUE=")
]
"""One of several processes each."""
QUEUES = {"redis": "RedisManager", "amqp": "KombuManager"}


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


@pytest.mark.skipif("gevent" not in MODES, reason="gevent is not in NSROUTE_MODES")
def test_with_gevent_websocket_each_websocket_is_an_error(tmp_path: Path) -> None:
    """Engine.IO leaves WebSockets to it, whatever the worker is; who polls gets in."""
    (tmp_path / "geventwebsocket.py").touch()  # all that Engine.IO does is import it
    with _serving(COMMANDS[1], tmp_path) as url:
        refused = _handshake(url, "websocket")
        assert refused.status_code == 500
        assert _handshake(url, "polling").status_code == 200


def _handshake(url: str, transport: str) -> requests.Response:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    return requests.get(
        f"{url}/socket.io/?EIO=4&transport={transport}",
        headers=upgrade if transport == "websocket" else {},
        timeout=PATIENCE,
    )


def test_the_pages_processes_listen_on_this_computer_only() -> None:
    """Without a host, gunicorn would listen on all addresses."""
    requirements.gunicorn()
    parse = import_module("gunicorn.util").parse_address
    binds = re.findall(r"--bind (\S+)", PAGE.read_text())
    assert {parse(bind)[0] for bind in binds if bind != ":8001`"} == {"127.0.0.1"}
    assert parse(":8001") == ("", 8001)  # to a socket: all of them


@pytest.mark.parametrize("line", SEVERAL, ids=["one", "two", "RabbitMQ"])
def test_gunicorn_takes_the_commands_for_several_processes(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a port of nginx's, and the page's application takes the queue."""
    requirements.gunicorn()
    if "amqp" in line:
        requirements.rabbitmq()
    setting, *words = shlex.split(line)
    name, _, url = setting.partition("=")
    monkeypatch.setattr(sys, "argv", words)
    gunicorn = import_module("gunicorn.app.wsgiapp").WSGIApplication()
    [(host, port)] = gunicorn.cfg.address
    [site] = blocks(PAGE, "nginx")
    assert f"server {host}:{port};" in site
    assert (gunicorn.cfg.workers, gunicorn.cfg.threads) == (1, 100)
    assert gunicorn.app_uri == "chat:app"
    assert f'message_queue=os.environ.get("{name}")' in blocks(PAGE, "python")[0]
    manager = SocketIO(Flask("chat"), message_queue=url).server.manager
    assert type(manager).__name__ == QUEUES[url.partition(":")[0]]
    assert (manager.redis_url if "redis" in url else manager.url) == url


def test_a_client_takes_a_silent_connection_for_lost_when_the_page_says() -> None:
    """A client adds the two times of the handshake up."""
    server = _read_page().socketio.server.eio
    seconds = server.ping_interval + server.ping_timeout
    assert f"{seconds} seconds without a ping" in PAGE.read_text()


def test_without_a_terminal_run_does_not_serve_in_threading_mode(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It raises, and names the option that the page names."""
    page = _read_page()
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(RuntimeError, match="allow_unsafe_werkzeug=True"):
        page.socketio.run(page.app)


def _read_page() -> Any:
    module = ModuleType("chat")
    code = compile("".join(blocks(PAGE, "python")), PAGE.name, "exec")
    exec(code, vars(module))
    return module


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
