"""The page on troubleshooting: what a beginner sees is caused and cured as it says."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
from tests.support import requirements
from tests.support.browser import chromium
from tests.support.servers import ROOT
from tests.support.shared_queue import eventually
from tests.support.sites import PATIENCE
from tests.support.stopped_servers import started

pytestmark = pytest.mark.usefixtures("quiet")

PAGE = ROOT / "docs" / "how-to" / "troubleshooting.md"
[COMMAND] = [one.strip() for one in blocks(PAGE, "sh") if "debugger" in one]
CLOSE = b"\x88\x82\0\0\0\0" + struct.pack("!H", 1000)
"""A masked frame that closes a WebSocket."""
CLOSED = b"\x88\x02" + struct.pack("!H", 1000)
"""What the server answers."""
SPLIT = b"\x88\x82 \0\0\0" + struct.pack("!H", 1000 ^ 0x2000)
"""The same frame, whose mask HTTP takes for a space between two words."""
HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
    b"Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: c29ja2V0LmlvIG5zcm91dGU=\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
OPEN_AND_CLOSE = """
new Promise((closed) => {
  const address = "ws://127.0.0.1:%d/socket.io/?EIO=4&transport=websocket";
  const socket = new WebSocket(address);
  socket.onopen = () => socket.close();
  socket.onclose = () => closed();
})
"""


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


@contextmanager
def _websocket(port: int) -> Iterator[socket.socket]:
    """Open a WebSocket; return it when the server has sent its first packet."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(HANDSHAKE)
        _receive_until(client, b'"sid"')
        yield client


def _receive_until(client: socket.socket, end: bytes) -> None:
    received = b""
    while end not in received:
        received += (more := client.recv(4096))
        assert more, received


def _closed_websocket(port: int) -> bytes:
    """Open a WebSocket and close it; return what comes then."""
    with _websocket(port) as client:
        client.sendall(CLOSE)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def close_twice(port: int, frame: bytes = CLOSE) -> bool:
    """Open a WebSocket, close it, and send a frame behind the server's own.

    Returns:
        Whether there was one: simple-websocket may wake the server, which ends the
        connection, before it sends its frame.
    """
    with _websocket(port) as client:
        client.sendall(CLOSE)
        received = b""
        with suppress(ConnectionResetError):
            while CLOSED not in received and (more := client.recv(4096)):
                received += more
        with suppress(OSError):  # gunicorn reads no more
            client.sendall(frame)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
        return CLOSED in received


@pytest.mark.sockets
def test_the_debugger_writes_its_page_behind_a_websocket() -> None:
    """Which a browser takes for a frame, and which is logged as a 500."""
    with _serving(debugger=True) as (port, lines):
        sent = _closed_websocket(port)
    page = sent.removeprefix(CLOSED)
    assert page.startswith(b"HTTP/1.1 500 INTERNAL SERVER ERROR")
    assert b"ConnectionError" in sent
    assert any("transport=websocket" in line and '" 500 ' in line for line in lines)


@pytest.mark.sockets
def test_without_the_debugger_a_websocket_closes_in_silence() -> None:
    """Nothing comes behind the server's close frame, and no 500 is logged."""
    with _serving(debugger=False) as (port, lines):
        sent = _closed_websocket(port)
    # simple-websocket may wake the server, which ends the connection, before it sends.
    assert sent in (b"", CLOSED)
    assert not any('" 500 ' in line for line in lines)


@pytest.mark.sockets
@pytest.mark.parametrize(
    "frame, complaint",
    [
        (CLOSE, r"request syntax ('\x88\x82"),
        (SPLIT, r"HTTP/0.9 request type ('\x88\x82')"),
    ],
    ids=["syntax", "type"],
)
def test_frames_behind_the_end_are_read_as_the_next_request(
    frame: bytes, complaint: str
) -> None:
    """Their bytes decide how it is not valid."""
    [heading] = re.findall(r"^## `(code 400.*)…'\)`$", PAGE.read_text(), re.MULTILINE)
    assert heading == r"code 400, message Bad request syntax ('\x88\x82"
    with _serving(debugger=False) as (port, lines):
        assert any(close_twice(port, frame) for _ in range(100))
        said = f"code 400, message Bad {complaint}"
        eventually(lambda: any(line.startswith(said) for line in lines))


def _flask_run(folder: Path, command: str, closed: Any) -> list[str]:
    """Run a command, close a WebSocket; return the log when it is as it shall be."""
    (folder / "chat.py").write_text(blocks(PAGE, "python")[0])
    words = ["-m", *command.split(), "--no-reload", "--port", "PORT"]
    with started(words, folder, "flask", "threading") as server:
        _closed_websocket(server.port)
        requests.get(f"http://127.0.0.1:{server.port}/last", timeout=PATIENCE)
        log = folder / "flask.log"
        eventually(lambda: closed(log.read_text()))
        return re.sub(r"\x1b\[\d*m", "", log.read_text()).splitlines()


@pytest.mark.sockets
def test_the_log_shows_what_the_page_shows(tmp_path: Path) -> None:
    """A 500, the traceback behind it, and nothing of the last lines is left out."""
    [shown] = [one for one in blocks(PAGE, "text") if "ConnectionError" in one]
    request, traceback, *_, raised, error = shown.splitlines()
    ended = f"{raised}\n{error}\n"
    command = "flask --app chat run --debug"
    lines = _flask_run(tmp_path, command, lambda log: ended in log)
    [number] = [number for number, line in enumerate(lines) if request in line]
    assert lines[number + 1] == traceback
    assert lines[lines.index(error) - 1] == raised


@pytest.mark.sockets
def test_the_command_of_the_page_logs_no_500(tmp_path: Path) -> None:
    """It is in debug mode all the same."""
    lines = _flask_run(tmp_path, COMMAND, lambda log: "/last" in log)
    assert " * Debug mode: on" in lines
    assert not any('" 500 ' in line or "ConnectionError" in line for line in lines)


@pytest.mark.sockets
def test_older_versions_raised_what_the_page_says(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of Engine.IO: they returned without a response."""
    [error] = re.findall(r"`(AssertionError: .*?)`", PAGE.read_text())
    httpd = make_server("127.0.0.1", 0, lambda *_: [b""])
    thread = threading.Thread(target=httpd.handle_request)
    thread.start()
    requests.get(f"http://127.0.0.1:{httpd.server_port}/", timeout=PATIENCE)
    thread.join()
    httpd.server_close()
    assert f"\n{error}\n" in caplog.text


@pytest.mark.sockets
def test_a_browser_takes_the_debuggers_page_for_a_frame() -> None:
    """It says so on its console, in the words of the page."""
    words = "failed: Invalid frame header"
    assert f"\n## `WebSocket connection … {words}`\n" in PAGE.read_text()
    with (
        chromium(requirements.chromium()) as browser,
        _serving(debugger=True) as (port, _),
    ):
        tab = browser.open(f"http://127.0.0.1:{port}/")
        tab.ask("Log.enable")

        def failed() -> bool:
            tab.run(OPEN_AND_CLOSE % port)
            return any(line.endswith(words) for line in browser.logged)

        eventually(failed)


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
                transports=["polling"],
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
