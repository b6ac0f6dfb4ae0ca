"""The page on troubleshooting: what a beginner sees is caused and cured as it says."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
import socketio
from flask import Flask
from flask.cli import run_command
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionError
from werkzeug.debug import DebuggedApplication
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.docs.test_readme import blocks
from tests.support.servers import ROOT
from tests.support.sites import PATIENCE

pytestmark = pytest.mark.usefixtures("quiet")

PAGE = ROOT / "docs" / "how-to" / "troubleshooting.md"
CLOSE = b"\x88\x82\0\0\0\0" + struct.pack("!H", 1000)
"""A masked frame that closes a WebSocket."""
CLOSED = b"\x88\x02" + struct.pack("!H", 1000)
"""What the server answers."""
HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
    b"Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: c29ja2V0LmlvIG5zcm91dGU=\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)


class Handler(WSGIRequestHandler):
    """It keeps the lines of its log."""

    lines: list[str]

    def log(self, type: str, message: str, *args: Any) -> None:
        self.lines.append(message % args)


@contextmanager
def _serving(*, debugger: bool) -> Iterator[tuple[int, list[str]]]:
    """Serve the page's application as `flask run` does."""
    module = ModuleType("chat")
    exec(compile(blocks(PAGE, "python")[0], PAGE.name, "exec"), vars(module))
    handler = type("KeepingHandler", (Handler,), {"lines": []})
    served: Any = DebuggedApplication(module.app) if debugger else module.app
    httpd = make_server("127.0.0.1", 0, served, threaded=True, request_handler=handler)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield httpd.server_port, handler.lines
    finally:
        module.socketio.server.shutdown()
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def _closed_websocket(port: int) -> bytes:
    """Open a WebSocket and close it; return what comes then."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(HANDSHAKE)
        opened = b""
        while b'"sid"' not in opened:
            opened += client.recv(4096)
        client.sendall(CLOSE)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.sockets
def test_the_debugger_writes_its_page_behind_a_websocket() -> None:
    """Which a browser takes for a frame, and which is logged as a 500."""
    with _serving(debugger=True) as (port, lines):
        sent = _closed_websocket(port)
    page = sent.removeprefix(CLOSED)
    assert page.startswith(b"HTTP/1.1 500 INTERNAL SERVER ERROR")
    assert b"ConnectionError" in sent
    assert any("transport=websocket" in line and "500" in line for line in lines)


@pytest.mark.sockets
def test_without_the_debugger_a_websocket_closes_in_silence() -> None:
    """Nothing comes behind the server's close frame, and no 500 is logged."""
    with _serving(debugger=False) as (port, lines):
        sent = _closed_websocket(port)
    # simple-websocket may wake the server, which ends the connection, before it sends.
    assert sent in (b"", CLOSED)
    assert not any("500" in line for line in lines)


def test_the_switches_that_turn_the_debugger_off_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`--no-debugger` of `flask run`, and `use_debugger` of `socketio.run`."""
    command = run_command.make_context("run", ["--no-debugger"])
    assert command.params["debugger"] is False
    asked: dict[str, Any] = {}
    monkeypatch.setattr(
        "werkzeug.serving.run_simple", lambda *_, **options: asked.update(options)
    )
    monkeypatch.setattr("flask.cli.show_server_banner", lambda *_: None)
    app = Flask("chat")
    options = {"debug": True, "use_reloader": False, "allow_unsafe_werkzeug": True}
    SocketIO(app, async_mode="threading").run(app, use_debugger=False, **options)
    assert asked["use_debugger"] is False


@pytest.mark.sockets
def test_a_python_client_gets_the_reason_in_an_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What it raises names none."""
    [handler] = [one for one in blocks(PAGE, "text") if one.startswith("@client.on")]
    with requests.Session() as session, _serving(debugger=False) as (port, _):
        client = socketio.Client(reconnection=False, http_session=session)
        names = {"client": client}
        exec(compile(handler.replace("/rooms/1", "/rooms/x"), PAGE.name, "exec"), names)
        with pytest.raises(ConnectionError, match="One or more namespaces failed"):
            client.connect(
                f"http://127.0.0.1:{port}",
                namespaces=["/rooms/x"],
                transports=["websocket"],
            )
    assert "Invalid namespace" in capsys.readouterr().out


@pytest.mark.sockets
def test_without_a_terminal_the_development_server_refuses_to_start(
    tmp_path: Path,
) -> None:
    """As systemd and Docker start it."""
    code = "\n".join([*blocks(PAGE, "python"), "socketio.run(app)"])
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stderr.splitlines()[-1].startswith(
        "RuntimeError: The Werkzeug web server is not designed to run in production."
    )


def test_gevent_is_taken_where_it_is_installed_and_no_mode_is_named() -> None:
    """Eventlet comes before it, threading after it."""
    assert SocketIO(Flask("chat")).async_mode in {"eventlet", "gevent"}
