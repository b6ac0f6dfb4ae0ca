"""Events and CONNECTs are taken where upstream would begin to handle them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import socketio
from flask_socketio import Namespace
from socketio import packet

from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.upstream.incoming import Incoming
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient, code
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)

CHECKED = {
    "_handle_event": ["eio_sid", "namespace", "id", "data"],
    "_handle_connect": ["eio_sid", "namespace", "data"],
    "_handle_event_internal": ["server", "sid", "eio_sid", "data", "namespace", "id"],
    "_trigger_event": ["event", "namespace", "args"],
    "_get_event_handler": ["event", "namespace", "args"],
    "_send_packet": ["eio_sid", "pkt"],
}
"""What is replaced or called, with its parameters."""


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


@pytest.mark.parametrize("method", CHECKED)
def test_the_methods_of_upstream_are_those_that_were_checked(method: str) -> None:
    """Their names and their parameters."""
    found = inspect.signature(getattr(socketio.Server, method)).parameters
    assert list(found) == ["self", *CHECKED[method]]


def test_upstream_starts_a_thread_for_each_event_through_the_instance() -> None:
    """What is set on the instance is called instead, before a thread is started."""
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    server: Any = site.socketio.server
    started: list[Any] = []
    client = PacketClient(site)
    client.join("/a")
    server.start_background_task = lambda target, *args: started.append(target)
    client.emit("/a", "say")
    assert started == [server._handle_event_internal]
    handled: list[Any] = []
    server._handle_event = lambda *args: handled.append(args)
    server._handle_connect = lambda *args: handled.append(args)
    client.emit("/a", "say")
    client.send_packet(packet.CONNECT, "/b")
    assert handled == [
        (client.eio_sid, "/a", None, ["say"]),
        (client.eio_sid, "/b", None),
    ]
    assert len(started) == 1


@every_config
def test_events_that_are_no_routes_go_upstreams_way(config: ServerConfig) -> None:
    """To functions, to exact classes, and into nothing."""
    site = config.app(namespaces=["/emitted"])
    heard: list[Any] = []

    class Plain(Namespace):
        def on_say(self, text: str) -> str:
            heard.append(("class", text))
            return text

    site.socketio.on("say", namespace="/function")(
        lambda text: heard.append(("function", text)) or text
    )
    site.socketio.on_namespace(Plain("/class"))
    site.router = MetaRouter([Room]).mount(site.socketio)
    client = PacketClient(site)
    for name in ("/function", "/class", "/emitted"):
        client.join(name)
    for name in ("/function", "/class"):
        assert client.call(name, "say", "hi") == "hi"
    client.emit("/emitted", "say", "hi")
    assert heard == [("function", "hi"), ("class", "hi")]


@every_config
@pytest.mark.parametrize("data", ["[]", "{}", '"say"', "1", ""])
def test_what_is_no_event_goes_upstreams_way(config: ServerConfig, data: str) -> None:
    """A packet without arguments, or with something else in their place."""
    if config.serializer == "msgpack":
        pytest.skip("a packet of msgpack is no text")
    site = config.site(Room)
    client = PacketClient(site)
    client.join("/rooms/1")
    client.send_frame(f"2/rooms/1,{data}")
    assert client.call("/rooms/1", "say", "still there") == "still there"


def test_a_function_on_the_namespace_takes_its_event_alone() -> None:
    """The others are routed."""
    site = DEFAULT_CONFIG.app()
    site.socketio.on("say", namespace="/rooms/1")(lambda text: f"function {text}")
    with pytest.warns(UserWarning, match="/rooms/1"):
        site.router = MetaRouter([Talk]).mount(site.socketio)
    client = PacketClient(site)
    client.join("/rooms/1")
    assert client.call("/rooms/1", "say", "hi") == "function hi"
    assert client.call("/rooms/1", "ask", "hi") == "routed hi"
    client.send_frame("2/rooms/1,7[[1]]")
    assert code(client.acknowledgement("/rooms/1", 7)) == "invalid_event"


class Talk(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("say")
    def say(self, text: str) -> str:
        return f"routed {text}"

    @on("ask")
    def ask(self, text: str) -> str:
        return f"routed {text}"

    @on("several")
    def several(self) -> tuple[int, str]:
        return 1, "two"

    @on("none")
    def none(self) -> None: ...


@every_config
def test_values_are_acknowledged_as_upstream_does(config: ServerConfig) -> None:
    """A tuple as several, None as none."""
    client = PacketClient(config.site(Talk))
    client.join("/rooms/1")
    assert client.call("/rooms/1", "several") == (1, "two")
    assert client.call("/rooms/1", "none") == ()
    client.emit("/rooms/1", "several")
    assert client.call("/rooms/1", "ask", "hi") == "routed hi"


def server_with(site: Site, kind: type) -> Incoming:
    """Return what takes the events of a site whose server is of this class."""
    site.socketio.server.__class__ = kind
    return Incoming(site.socketio.server)


def test_a_server_that_handles_events_its_own_way_is_asked() -> None:
    """A subclass, or what somebody set on the instance, as the admin UI does."""

    class Same(socketio.Server):
        pass

    class Other(socketio.Server):
        def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
            return super()._trigger_event(event, namespace, *args)

    assert not server_with(DEFAULT_CONFIG.app(), Same).is_replaced
    assert server_with(DEFAULT_CONFIG.app(), Other).is_replaced
    for name in ("_trigger_event", "_handle_event_internal"):
        site = DEFAULT_CONFIG.app()
        incoming = server_with(site, Same)
        setattr(site.socketio.server, name, print)
        assert incoming.is_replaced


def test_an_event_is_seen_by_who_replaced_what_handles_it(mode: str) -> None:
    """And answered as it would have been."""
    site = ServerConfig(mode).site(Room)
    server: Any = site.socketio.server
    seen: list[Any] = []
    handle = server._trigger_event
    server._trigger_event = lambda *args: seen.append(args[0]) or handle(*args)
    client = PacketClient(site)
    client.join("/rooms/1")
    assert client.call("/rooms/1", "say", "hi") == "hi"
    assert seen == ["connect", "say"]


def test_a_logger_of_another_kind_is_called_as_upstream_calls_it() -> None:
    """It may have `info` and nothing else."""

    class Lines:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def info(self, line: str, *args: object) -> None:
            self.lines.append(line % args)

        warning = error = info

    lines = Lines()
    site = DEFAULT_CONFIG.site(Room)
    site.socketio.server.logger = lines
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    client.call("/rooms/1", "say", "hi")
    assert f'received event "say" from {sid} [/rooms/1]' in lines.lines
