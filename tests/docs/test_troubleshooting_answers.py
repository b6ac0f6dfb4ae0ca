"""The page on troubleshooting: what clients are told, and what of it is a cure."""

from __future__ import annotations

import re
import sys
import threading
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, current_app
from flask_socketio import SocketIO, emit

from nsroute import MetaRouter, RoutedNamespace, every, on
from nsroute.testing import RouterClient
from tests.conftest import Connect, Serve
from tests.docs.test_readme import blocks
from tests.support.cli_apps import run
from tests.support.packet_client import PacketClient, code, inline_client
from tests.support.servers import ROOT
from tests.support.shared_queue import eventually
from tests.support.sites import Site, site

pytestmark = pytest.mark.usefixtures("quiet")

PAGE = ROOT / "docs" / "how-to" / "troubleshooting.md"
[COMMAND] = [one.strip() for one in blocks(PAGE, "sh") if "match" in one]
POLLING = "/socket.io/?EIO=4&transport=polling"
NOWHERE = "/rooms/x"


def section(heading: str) -> str:
    """Return what stands below a heading of the page."""
    _, found, below = PAGE.read_text().partition(f"\n## {heading}\n")
    assert found, heading
    return below.partition("\n## ")[0]


@pytest.fixture
def page() -> Any:
    """Execute the application of the page."""
    module = ModuleType("chat")
    exec(compile(blocks(PAGE, "python")[0], PAGE.name, "exec"), vars(module))
    return module


@pytest.fixture
def here(page: Any) -> Site:
    return Site(page.app, page.socketio, page.router)


def without_router(mode: str = "threading", **options: Any) -> Site:
    """Make a server beside the one that the router is mounted on."""
    app = Flask("other")
    return Site(app, SocketIO(app, async_mode=mode, **options))


# --- async modes ---------------------------------------------------------------------


def test_a_mode_whose_library_is_missing_is_not_valid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message is that of a misspelled one."""
    [message] = re.findall(r"^## `ValueError: (.*)`$", PAGE.read_text(), re.MULTILINE)
    for driver in ("gevent", "engineio.async_drivers.gevent"):
        monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(ValueError, match=f"^{message}$"):
        SocketIO(Flask("chat"), async_mode="gevent")


def test_the_server_names_the_mode_in_use(page: Any) -> None:
    """Whoever looks for it finds it where the page says."""
    assert "`socketio.async_mode` is the one" in PAGE.read_text()
    assert page.socketio.async_mode == "threading"


# --- connects ------------------------------------------------------------------------


def test_other_names_are_invalid_namespaces(here: Site) -> None:
    """The page has three that look like one that is served."""
    told = section("`connect_error` with the message `Invalid namespace`")
    other, served = told.split("are\n[other names]")
    names = re.findall(r"`(/[^`]+)`", other)
    [right] = re.findall(r"than `(/[^`]+)`", served)
    client = inline_client(here)
    assert client.join(right)
    assert names == ["/rooms/042", "/rooms/42/", "/Rooms/42"]
    refusals = [client.refusal(name) for name in names]
    assert refusals == [{"message": "Invalid namespace"}] * 3


def test_the_command_of_the_page_finds_the_name_that_is_meant(page: Any) -> None:
    """It names the route that nearly matches, and the name."""
    args = COMMAND.removeprefix("flask --app chat nsroute ").split()
    output = run(page.app, *args).output
    assert "/rooms/<int:room_id>" in output
    assert "Did you mean '/rooms/42'?" in output


@pytest.mark.parametrize("always", [False, True], ids=["no router", "always_connect"])
def test_upstreams_own_refusal_has_other_words(page: Any, always: bool) -> None:
    """Of a server without a router, or with one and `always_connect=True`."""
    other = without_router(always_connect=always)
    if always:
        MetaRouter([page.Room]).mount(other.socketio)
    assert inline_client(other).refusal(NOWHERE) == "Unable to connect"


def test_a_javascript_client_shows_the_two_refusals(
    serve: Serve, connect: Connect, here: Site
) -> None:
    """The words of nsroute, and nothing of upstream's."""
    told = section("`connect_error` with the message `Invalid namespace`")
    assert "An empty message" in told
    shown = []
    for server in serve(lambda _: here), serve(without_router):
        peer = connect(server, "javascript", "websocket", [NOWHERE])
        shown.append(peer.wait(NOWHERE, "connect_error").args[0]["message"])
    assert shown == ["Invalid namespace", ""]


# --- requests ------------------------------------------------------------------------


def _answer(app: Flask, url: str, **headers: str) -> tuple[int, str]:
    answer = app.test_client().get(url, headers=headers)
    return answer.status_code, answer.text


def test_an_origin_of_elsewhere_is_not_accepted(page: Any) -> None:
    """Nor is that of a proxy whose address the server does not know."""
    [text] = re.findall(r"^## 400: `(Not .*)`$", PAGE.read_text(), re.MULTILINE)
    refused = (400, f'"{text}"')
    assert _answer(page.app, POLLING, Origin="http://elsewhere.example") == refused
    public = "https://chat.example"
    assert _answer(page.app, POLLING, Origin=public) == refused
    proxy = {"X-Forwarded-Host": "chat.example", "X-Forwarded-Proto": "https"}
    assert _answer(page.app, POLLING, Origin=public, **proxy)[0] == 200


def test_a_session_of_another_process_is_not_valid(page: Any) -> None:
    """Each process knows its own clients."""
    [text] = re.findall(r"^## 400: `(Invalid .*)`$", PAGE.read_text(), re.MULTILINE)
    _, opened = _answer(page.app, POLLING)
    [sid] = re.findall(r'"sid":"([^"]+)"', opened)
    other = without_router()
    assert _answer(other.app, f"{POLLING}&sid={sid}") == (400, f'"{text} {sid}"')


def test_the_heading_has_the_text_for_old_clients(page: Any) -> None:
    """A JavaScript client before version 3 asks for `EIO=3`."""
    [text] = re.findall(r"^## 400: `(The client .*)`$", PAGE.read_text(), re.MULTILINE)
    status, told = _answer(page.app, POLLING.replace("EIO=4", "EIO=3"))
    assert status == 400
    assert told.strip('"').startswith(text)


# --- contexts ------------------------------------------------------------------------

OUTSIDE = "Working outside of request context"


class Elsewhere(RoutedNamespace, namespace="/elsewhere", linger=0.01):
    """It emits by Flask-SocketIO where no client is served."""

    said: list[str]

    def try_to_emit(self, where: str) -> None:
        try:
            emit("said", "hello")
        except RuntimeError as error:
            self.said.append(f"{where}: {error}".splitlines()[0])

    @on("start")
    def start(self) -> None:
        thread = threading.Thread(target=self.try_to_emit, args=("thread",))
        thread.start()
        thread.join()
        task: Any = self.start_background_task(self.try_to_emit, "task")
        task.join()

    @every(1)
    def tick(self) -> None:
        self.try_to_emit("timer")
        self.emit("ticked")

    def closed(self) -> None:
        self.try_to_emit("closed")


def test_flask_socketios_functions_belong_to_the_event_of_a_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In none of the four places of the page they work; `self.emit` does."""
    heading = section(f"`RuntimeError: {OUTSIDE}`")
    assert (
        "A thread, a background task, a timer and `closed` behind a linger" in heading
    )
    said: list[str] = []
    monkeypatch.setattr(Elsewhere, "said", said, raising=False)
    ann = RouterClient(site(Elsewhere).app, namespace="/elsewhere")
    ann.connect()
    ann.call("start")
    ann.advance(1)
    assert [one.event for one in ann.received()] == ["ticked"]
    ann.close()
    ann.advance(1)
    places = ["thread", "task", "timer", "closed"]
    assert said == [f"{place}: {OUTSIDE}." for place in places]


def test_a_thread_has_no_application_and_a_background_task_has() -> None:
    """It is that of the event which has started it."""
    [told] = re.findall(r"`(Working outside of appli.*?)`", PAGE.read_text())
    said: list[str] = []

    def name() -> None:
        try:
            said.append(current_app.name)
        except RuntimeError as error:
            said.append(str(error))

    class Room(RoutedNamespace, namespace="/room"):
        @on("start")
        def start(self) -> None:
            thread = threading.Thread(target=name)
            thread.start()
            thread.join()
            task: Any = self.start_background_task(name)
            task.join()

    client = inline_client(site(Room))
    client.join("/room")
    client.call("/room", "start")
    assert said[0].startswith(told)
    assert said[1] == "local"


# --- emits and handlers --------------------------------------------------------------


def test_an_emit_of_the_socketio_goes_to_the_root(here: Site) -> None:
    """Nor does one reach a room whose name is written in another way."""
    client = PacketClient(here)
    client.join("/rooms/42")
    emits = section("An emit does not arrive")
    assert "`router.of(Room, room_id=42).emit`" in emits
    here.socketio.emit("said", "to /")
    here.socketio.emit("said", "to another", namespace="/rooms/042")
    room = type(here.router.live["/rooms/42"])
    here.router.of(room, room_id=42).emit("said", "to 42")
    client.emit("/rooms/42", "say", "self")
    wanted = [("said", "to 42"), ("said", "self")]
    heard: list[Any] = []

    def came() -> bool:
        heard.extend(client.received("/rooms/42"))
        return len(heard) >= 2

    eventually(came)
    assert heard == wanted
    client.close()


@pytest.fixture
def taken(here: Site) -> Site:
    """Let a function take an event of room 42 away."""
    here.socketio.on_event("say", lambda text: text, namespace="/rooms/42")
    return here


def test_what_a_client_is_told_when_a_handler_does_not_run(taken: Site) -> None:
    """The three causes of the page: only the function answers without a code."""
    client = inline_client(taken)
    for name in ("/rooms/42", "/rooms/1"):
        client.join(name)
    assert client.call("/rooms/42", "say", "hello") == "hello"
    assert code(client.call("/rooms/1", "sya", "hello")) == "unhandled_event"
    assert code(client.call("/rooms/1", "say", 1)) == "invalid_arguments"


def test_the_command_says_which_handler_takes_an_event(taken: Site) -> None:
    """With and without the function."""
    [command] = re.findall(
        r"`flask nsroute (match \S+ say)`", section("A handler does not run")
    )
    assert "<lambda>" in run(taken.app, *command.split()).output
    other = command.replace("42", "1")
    assert "Room.say" in run(taken.app, *other.split()).output
