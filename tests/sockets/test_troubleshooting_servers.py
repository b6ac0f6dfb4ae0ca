"""The page on troubleshooting: who waits for whom, on the servers of its table.

That no answer comes is seen by the answers of another server: those that it has given
meanwhile are many times what one takes.
"""

from __future__ import annotations

import json
import os
import re
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
import requests

from nsroute import RoutedNamespace, on
from tests.docs.test_readme import blocks
from tests.docs.test_troubleshooting import HANDSHAKE, close_twice
from tests.support import requirements
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.servers import MODES, ROOT, running
from tests.support.shared_queue import eventually
from tests.support.sites import PATIENCE, Site, site
from tests.support.stopped_servers import Stopped, started

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("quiet")]

PAGE = ROOT / "docs" / "how-to" / "troubleshooting.md"
[CHAT] = blocks(PAGE, "python")
TABLE = re.findall(
    r"^\| (`[^|]+`) \| ([^|]+) \| (.+) \|$",
    PAGE.read_text().partition("| Server | `async_mode` | With another mode |")[2],
    re.MULTILINE,
)
NONE = "no answer by WebSocket, and none to events by polling"
"""What the page says of gevent's mode in threads."""
NOTES = """

def noted(environ, start_response, wsgi_app=app.wsgi_app):
    print("begun:", environ["REQUEST_METHOD"], file=sys.stderr, flush=True)
    return wsgi_app(environ, start_response)


app.wsgi_app = noted
"""
"""It tells which requests a thread has begun to serve."""
PATCHED = """

@app.get("/patched")
def patched():
    from gevent.monkey import is_object_patched

    return str(is_object_patched("time", "sleep"))
"""
"""It tells whether `time.sleep` lets others run."""
RUN = """

@socketio.on("block", namespace="/rooms/1")
def block():
    with open(sys.argv[2]) as pipe:  # as `time.sleep`, without the hub's knowledge
        return pipe.read()


with open("options.json") as options:
    socketio.run(app, port=int(sys.argv[1]), **json.load(options))
"""


def _words(server: str) -> list[str]:
    """Return the command of a server of the table."""
    flask = "flask --app chat run --port PORT"
    return ["-m", *(flask if server == "flask run" else _gunicorn(server)).split()]


def _gunicorn(command: str) -> str:
    requirements.gunicorn()
    return f"{command} --bind 127.0.0.1:PORT chat:app"


@attrs.frozen
class Beside:
    """A server in the right mode, beside the one that is looked at."""

    url: str
    client: RawWebSocket

    def answers_often(self) -> None:
        """Wait for many answers, one after the other."""
        for number in range(100):
            self.client.send(f'2/rooms/1,{number}["say","hello"]')
            self.client.receive_until(f"3/rooms/1,{number}[")


class Slow(RoutedNamespace, namespace="/slow"):
    """It lets clients in when it is told to."""

    let_in = threading.Event()

    @on("connect")
    def join(self) -> None:
        self.let_in.wait(PATIENCE)


def _site(_mode: str) -> Site:
    module: Any = ModuleType("chat")
    exec(compile(CHAT, PAGE.name, "exec"), vars(module))
    return site(module.Room, Slow)


@pytest.fixture
def beside() -> Iterator[Beside]:
    with running(_site, "threading") as server:
        client = _joined(server.url)
        yield Beside(server.url, client)
        client.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Start servers of the page's application, in a mode that may be wrong."""
    with ExitStack() as stack:

        def start(words: list[str], mode: str, more: str = "") -> Stopped:
            if mode not in MODES:
                pytest.skip(f"{mode} is not among NSROUTE_MODES")
            chat = CHAT.replace('"threading"', f'"{mode}"')
            (tmp_path / "chat.py").write_text(f"import json, sys\n{chat}{more}")
            safe = {"allow_unsafe_werkzeug": True} if mode == "threading" else {}
            (tmp_path / "options.json").write_text(json.dumps(safe))
            return stack.enter_context(started(words, tmp_path, "log", mode))

        yield start


def _silent(connection: socket.socket) -> bool:
    """Return whether nothing has come."""
    return select.select([connection], [], [], 0)[0] == []


def _send(port: int, request: str) -> socket.socket:
    sent = socket.create_connection(("127.0.0.1", port), PATIENCE)
    sent.sendall(request.encode())
    return sent


def _opened(sent: socket.socket) -> bytes:
    """Receive what accepts a WebSocket; return it."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += (more := sent.recv(1))
        assert more, received
    return received


def _polled(url: str, log: Path) -> tuple[str, socket.socket]:
    """Join by polling and send an event; return what was told, and the next poll."""
    with requests.Session() as session:
        url += "/socket.io/?EIO=4&transport=polling"
        [sid] = re.findall('"sid":"([^"]+)', session.get(url, timeout=PATIENCE).text)
        url += f"&sid={sid}"
        session.post(url, "40/rooms/1,", timeout=PATIENCE)
        told = session.get(url, timeout=PATIENCE).text
        path = url.partition("//")[2].partition("/")[2]
        port = int(url.split(":")[2].partition("/")[0])
        begun = log.read_text().count("begun: GET")
        poll = _send(port, f"GET /{path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
        eventually(lambda: log.read_text().count("begun: GET") > begun)
        session.post(url, '42/rooms/1,1["say","hello"]', timeout=PATIENCE)
        return told, poll


def _row(server: str) -> tuple[str, str, str]:
    [(name, right, wrong)] = [row for row in TABLE if row[0] == f"`{server}`"]
    return name, right, wrong


@pytest.mark.parametrize("server", ["flask run", "gunicorn --threads 100"])
def test_in_threads_the_mode_of_gevent_answers_nothing(
    server: str, beside: Beside, start: Any, tmp_path: Path
) -> None:
    """Neither a WebSocket, nor an event by polling; a connect by polling it does."""
    assert _row(server)[1:] == ('`"threading"`', f'`"gevent"`: {NONE}')
    wrong = start(_words(server), "gevent", NOTES)
    told, poll = _polled(f"http://127.0.0.1:{wrong.port}", tmp_path / "log.log")
    assert told.startswith("40/rooms/1,")
    with poll, _send(wrong.port, HANDSHAKE.decode()) as websocket:
        assert _opened(websocket).startswith(b"HTTP/1.1 101")
        beside.answers_often()
        assert _silent(poll)
        assert _silent(websocket)


@pytest.mark.parametrize("client", [RawWebSocket, RawPolling])
def test_under_gunicorns_gevent_the_mode_of_threads_answers(
    client: Any, start: Any
) -> None:
    """The worker has patched threads, and queues, before the app was imported."""
    server = "gunicorn --worker-class gevent"
    answers = '`"threading"`: answers, for its threads are greenlets there'
    assert _row(server)[1:] == ('`"gevent"`', answers)
    url = f"http://127.0.0.1:{start(_words(server), 'threading', PATCHED).port}"
    assert requests.get(f"{url}/patched", timeout=PATIENCE).text == "True"
    clients = [client(url) for _ in range(3)]
    for raw in clients:
        raw.send("0/rooms/1,")
        assert raw.receive().startswith("0/rooms/1,")
    for raw in clients:
        raw.send('2/rooms/1,["say","hello"]')
        for one in clients:
            assert one.receive() == '2/rooms/1,["said","hello"]'
    for raw in clients:
        raw.close()


def _joined(url: str) -> RawWebSocket:
    client = RawWebSocket(url)
    client.send("0/rooms/1,")
    client.receive_until("0/rooms/1,")
    return client


@pytest.mark.parametrize("mode", ["threading", "gevent"])
def test_who_waits_for_a_handler_that_blocks(
    mode: str, beside: Beside, start: Any, tmp_path: Path
) -> None:
    """In gevent mode all do; `socketio.run` starts the server of either mode."""
    assert _row("socketio.run")[1:] == ("any", "it starts the server of the mode")
    os.mkfifo(tmp_path / "pipe")
    server = start(["chat.py", "PORT", "pipe"], mode, RUN)
    url = f"http://127.0.0.1:{server.port}"
    headers = requests.get(url, timeout=PATIENCE).headers
    assert ("Werkzeug" in headers.get("Server", "")) == (mode == "threading")
    ann, bob = _joined(url), _joined(url)
    ann.send('2/rooms/1,7["block"]')
    with (tmp_path / "pipe").open("w") as pipe:  # the handler has opened it too
        bob.send('2/rooms/1,["say","hello"]')
        if mode == "threading":
            assert bob.receive() == '2/rooms/1,["said","hello"]'
        beside.answers_often()
        assert _silent(bob.connection)
        pipe.write("at last")
    assert '3/rooms/1,7["at last"]' in ann.receive_until("3/rooms/1,7")
    if mode == "gevent":
        assert bob.receive() == '2/rooms/1,["said","hello"]'
    ann.close()
    bob.close()


def test_a_slow_connect_holds_up_its_own_client_only(beside: Beside) -> None:
    """In threading mode, the other namespaces of that client."""
    told = "holds up the other namespaces of its own client only"
    assert told in " ".join(PAGE.read_text().split())
    ann = RawWebSocket(beside.url)
    ann.send("0/slow,", "0/rooms/1,")
    beside.answers_often()
    assert _silent(ann.connection)
    Slow.let_in.set()
    assert [ann.receive()[:6] for _ in range(2)] == ["0/slow", "0/room"]
    ann.close()


def test_gunicorn_without_threads_serves_one_client_at_a_time(
    beside: Beside, start: Any
) -> None:
    """All others wait until its WebSocket ends."""
    assert "one client with a WebSocket keeps all others waiting" in " ".join(
        PAGE.read_text().split()
    )
    server = start(_words("gunicorn"), "threading")
    client = RawWebSocket(f"http://127.0.0.1:{server.port}")
    with _send(server.port, "GET / HTTP/1.0\r\n\r\n") as waiting:
        client.send("0/rooms/1,")
        client.receive_until("0/rooms/1,")
        beside.answers_often()
        assert _silent(waiting)
        client.close()
        waiting.settimeout(PATIENCE)
        assert waiting.recv(12) == b"HTTP/1.0 404"


def test_gunicorn_logs_no_frames_behind_the_end(start: Any, tmp_path: Path) -> None:
    """As Werkzeug's development server does."""
    assert "gunicorn does not log it." in PAGE.read_text()
    server = start(_words("gunicorn --threads 100"), "threading")
    assert any(close_twice(server.port) for _ in range(100))
    requests.get(f"http://127.0.0.1:{server.port}/", timeout=PATIENCE)
    server.process.terminate()
    server.process.wait(PATIENCE)
    log = (tmp_path / "log.log").read_text()
    assert "Worker exiting" in log
    assert not any(word in log for word in ("code 400", "WARNING", "ERROR", "Error"))
