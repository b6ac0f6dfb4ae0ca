"""What stands beside a router or comes after it opens no way round it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_socketio import Namespace, SocketIO
from socketio import packet

from nsroute import MetaRouter, MountError, MountWarning, RoutedNamespace, on
from tests.lines import PLAIN, WORLDS, Line, Refused, Tape, World, left_behind
from tests.servers import Site

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    diary: list[Any]

    @on("connect")
    def enter(self, auth: Any = None) -> bool:
        self.diary.append("connect")
        return auth != "wrong"

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        return text

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.diary.append(reason)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


def mounted(site: Site, *routes: Any) -> Site:
    """Put a router on a site that serves something already."""
    site.router = MetaRouter(routes or [Room]).mount(site.socketio)
    return site


@every_world
def test_a_late_function_on_a_routed_name_shuts_its_clients_out(world: World) -> None:
    """Where a function takes the connect, events are `not_connected`, and say so."""
    site = world.site(Room)
    seen: list[str] = []

    @site.socketio.on("connect", namespace="/rooms/1")
    def beside() -> None:
        seen.append("function")

    tape, line = Tape(site), Line(site)
    line.join("/rooms/1")
    line.join("/rooms/2")
    answer = line.call("/rooms/1", "say", "a")
    assert answer["error"]["code"] == "not_connected"
    assert line.call("/rooms/2", "say", "b") == "b"
    assert seen == ["function"]
    assert tape.shown() == [
        ("connect", "connect", "ok", None),
        ("event", "say", "rejected", "not_connected"),
        ("event", "say", "ok", None),
    ]
    line.close()
    assert Room.diary == ["connect", "transport close"]
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("how", ["transport", "packet", "server"])
def test_a_connect_that_a_function_on_the_star_took_ends_with_its_connection(
    world: World, how: str
) -> None:
    """Its clients are nobody's, but they are not forgotten."""
    site = world.app()
    seen: list[Any] = []
    site.socketio.on("connect", namespace="*")(lambda *args: seen.append("in"))
    site.socketio.on("disconnect", namespace="*")(lambda *args: seen.append("out"))
    with pytest.warns(MountWarning, match="takes this event away"):
        mounted(site)
    line = Line(site)
    sid = line.join("/rooms/7")
    assert line.call("/rooms/7", "say", "a")["error"]["code"] == "not_connected"
    if how == "packet":
        line.leave("/rooms/7")
    elif how == "server":
        site.socketio.server.disconnect(sid, "/rooms/7")
    line.close()
    assert seen == ["in", "out"]
    assert Room.diary == []
    assert left_behind(site) == {}


@every_world
def test_a_function_on_the_star_lets_nobody_into_an_unrouted_name(world: World) -> None:
    """It is refused before the function is asked."""
    site = world.app()
    site.socketio.on("connect", namespace="*")(lambda *args: None)
    with pytest.warns(MountWarning, match="takes this event away"):
        mounted(site)
    line = Line(site)
    assert line.refusal("/nowhere") == "Unable to connect"
    line.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("how", ["transport", "packet", "server"])
def test_a_function_that_takes_the_disconnect_does_not_keep_the_object(
    world: World, how: str
) -> None:
    """The class is told all the same, once, and the object goes."""
    site = world.app()
    seen: list[Any] = []
    site.socketio.on("disconnect", namespace="/rooms/1")(lambda *_: seen.append("out"))
    with pytest.warns(MountWarning, match="'disconnect' on '/rooms/1'"):
        mounted(site)
    line = Line(site)
    sid = line.join("/rooms/1")
    if how == "packet":
        line.leave("/rooms/1")
    elif how == "server":
        site.socketio.server.disconnect(sid, "/rooms/1")
    else:
        line.close()
    assert seen == ["out"]
    assert len(Room.diary) == 2
    assert dict(site.router.live) == {}
    line.close()
    assert len(Room.diary) == 2
    assert left_behind(site) == {}


def test_a_function_that_takes_the_connect_of_a_route_is_refused_at_mount() -> None:
    """The class would never see its clients."""
    site = PLAIN.app()
    site.socketio.on("connect", namespace="/rooms/1")(lambda: None)
    with pytest.raises(MountError, match="'connect' on '/rooms/1'"):
        mounted(site)


def test_a_function_on_the_star_for_all_events_is_said_never_to_work() -> None:
    """Flask-SocketIO mixes up its arguments; mounting says so."""
    site = PLAIN.app()
    site.socketio.on("*", namespace="*")(lambda *args: None)
    with pytest.warns(MountWarning, match="never works"):
        mounted(site)


def test_a_second_star_class_is_refused_at_mount() -> None:
    """It would silently take the place of the first."""
    site = PLAIN.app()

    class Star(Namespace):
        """Serves, or so its author thinks, all namespaces."""

    site.socketio.on_namespace(Star("*"))
    with pytest.raises(MountError, match="Star is the '\\*' namespace"):
        mounted(site)


class Chat(Namespace):
    """A plain class on an exact name."""

    diary: list[Any]

    def on_connect(self) -> None:
        self.diary.append("connect")

    def on_say(self, text: str) -> str:
        return text

    def on_disconnect(self, reason: str) -> None:
        self.diary.append(reason)
        raise RuntimeError("a disconnect handler of the app")


@every_world
def test_what_the_app_served_before_is_served_as_before(world: World) -> None:
    """Functions on `/` and elsewhere, exact classes, and names that are listed."""
    site = world.app(namespaces=["/", "/listed"])
    Chat.diary = []
    seen: list[Any] = []
    on_main = site.socketio.on
    on_main("connect")(lambda: seen.append("connect"))
    on_main("say")(lambda text: text)
    on_main("disconnect")(seen.append)
    on_main("say", namespace="/partly")(lambda text: text)
    site.socketio.on_namespace(Chat("/chat"))
    mounted(site)
    line = Line(site)
    for name in ("/", "/chat", "/partly"):
        line.join(name)
        assert line.call(name, "say", "a") == "a"
    line.join("/listed")
    line.join("/rooms/1")
    line.close()
    assert seen == ["connect", "transport close"]
    assert Chat.diary == ["connect", "transport close"]
    assert Room.diary == ["connect", "transport close"]
    assert left_behind(site) == {}


@every_world
def test_a_raising_disconnect_beside_the_router_strands_nobody_in_it(
    world: World,
) -> None:
    """The app's own handlers raise first; all rooms are left, and so are its own."""
    site = world.app()
    Chat.diary = []
    site.socketio.on_namespace(Chat("/chat"))
    site.socketio.on_namespace(Chat("/talk"))
    mounted(site)
    line = Line(site)
    line.join("/chat")
    line.join("/talk")
    line.join("/rooms/1")
    line.join("/rooms/2")
    line.close()
    assert Chat.diary == ["connect"] * 2 + ["transport close"] * 2
    assert Room.diary == ["connect"] * 2 + ["transport close"] * 2
    assert left_behind(site) == {}


@pytest.mark.parametrize("is_routed", [False, True], ids=["before", "after"])
def test_a_connection_that_ends_inside_a_connect_beside_the_router(
    is_routed: bool,
) -> None:
    """Whom `always_connect` has let in already is disconnected, as before the mount."""
    site = World(always_connect=True).app()
    heard: list[str] = []
    lines: list[Line] = []

    class Hasty(Namespace):
        def on_connect(self) -> None:
            lines[0].close()
            heard.append("connect")

        def on_disconnect(self, reason: str) -> None:
            heard.append(reason)

    site.socketio.on_namespace(Hasty("/hasty"))
    if is_routed:
        mounted(site)
    lines.append(Line(site))
    lines[0].say(packet.CONNECT, "/hasty")
    assert heard == ["transport close", "connect"]


@every_world
def test_a_custom_container_of_names_is_still_asked(world: World) -> None:
    """What it accepts is the app's; what it raises is a refusal."""

    class Names:
        def __contains__(self, name: object) -> bool:
            if name == "/raises":
                raise RuntimeError("a container of the app")
            return name == "/contained"

    site = world.app()
    site.socketio.server.namespaces = Names()
    mounted(site)
    line = Line(site)
    line.join("/contained")
    line.join("/rooms/1")
    for name in ("/raises", "/not"):
        with pytest.raises(Refused):
            line.join(name)
    line.close()
    assert Room.diary == ["connect", "transport close"]
    assert left_behind(site) == {}


def test_a_namespaces_option_of_all_lets_nobody_into_an_unrouted_name() -> None:
    """`namespaces='*'` accepts whatever is asked for, but for the router."""
    site = mounted(PLAIN.app(namespaces="*"))
    line = Line(site)
    assert line.refusal("/nowhere") == {"message": "Invalid namespace"}
    line.join("/rooms/1")
    line.join("/")
    line.close()
    assert left_behind(site) == {}


def test_a_namespaces_option_of_one_text_lets_in_no_part_of_it() -> None:
    """`namespaces='/chat/room'` would let in `/chat`, `/ch` and `/room` as well."""
    site = mounted(PLAIN.app(namespaces="/chat/room"))
    line = Line(site)
    for name in ("/chat", "/ch", "/room"):
        assert line.refusal(name) == {"message": "Invalid namespace"}
    for name in ("/chat/room", "/rooms/1", "/"):
        line.join(name)
    line.close()
    assert left_behind(site) == {}


@pytest.fixture
def instrumented() -> Iterator[Any]:
    """Give what turns the admin UI on, and turn it off again."""
    on_now: list[Any] = []

    def instrument(site: Site, mode: str) -> None:
        server: Any = site.socketio.server
        on_now.append(
            server.instrument(auth=False, mode=mode, server_stats_interval=0.02)
        )

    yield instrument
    for one in on_now:
        one.shutdown() if one.stats_task else None
        one.uninstrument()


@pytest.mark.parametrize("mode", ["development", "production"])
@pytest.mark.parametrize("order", ["before", "after"])
def test_the_admin_ui_works_beside_a_router(
    instrumented: Any, mode: str, order: str
) -> None:
    """Its clients reach no class of the router; rooms are left as they should be."""
    site = PLAIN.app()
    if order == "before":
        instrumented(site, mode)
    mounted(site)
    if order == "after":
        instrumented(site, mode)
    tape, admin, line = Tape(site), Line(site), Line(site)
    admin.join("/admin")
    line.join("/rooms/1")
    line.join("/rooms/2")
    assert line.call("/rooms/1", "say", "seen") == "seen"
    line.leave("/rooms/1")
    line.close()
    admin.close()
    assert Room.diary == ["connect"] * 2 + ["client disconnect", "transport close"]
    assert {d.namespace for d in tape.take()} == {"/rooms/1", "/rooms/2"}
    assert left_behind(site) == {}


def test_the_admin_ui_cannot_be_made_to_strand_a_client(instrumented: Any) -> None:
    """A spoofed disconnect confuses it; the genuine ones are handled all the same."""
    site = mounted(World(async_handlers=False).app())
    instrumented(site, "development")
    line = Line(site)
    for number in range(4):
        line.join(f"/rooms/{number}")
    line.emit("/rooms/0", "disconnect", "x")
    line.emit("/rooms/1", "disconnect", "x")
    assert Room.diary == ["connect"] * 4
    line.leave("/rooms/0")
    assert Room.diary[4:] == ["client disconnect"]
    line.close()
    assert Room.diary[4:] == ["client disconnect", *["transport close"] * 3]
    assert left_behind(site) == {}


def test_an_admin_may_disconnect_clients_of_a_room(instrumented: Any) -> None:
    """What the admin UI does to a client is a disconnect like any."""
    site = mounted(World(async_handlers=False).app())
    instrumented(site, "development")
    admin, line = Line(site), Line(site)
    admin.join("/admin")
    sid = line.join("/rooms/1")
    admin.emit("/admin", "_disconnect", "/rooms/1", False, sid)
    assert Room.diary == ["connect", "server disconnect"]
    assert line.kinds("/rooms/1")[-1] == packet.DISCONNECT
    admin.close()
    line.close()
    assert left_behind(site) == {}


def test_the_server_of_an_earlier_app_lets_nobody_in() -> None:
    """A `SocketIO` has one server at a time; the clients of another are refused."""
    socketio = SocketIO(async_mode="threading", monitor_clients=False)
    router = MetaRouter([Room]).mount(socketio)
    first, second = Flask("first"), Flask("second")
    socketio.init_app(first)
    old = Site(first, socketio, router)
    early = Line(old)
    early.join("/rooms/1")
    early_server: Any = socketio.server
    late = Line(old)
    socketio.init_app(second)
    new = Site(second, socketio, router)
    assert late.refusal("/rooms/1") == {"message": "internal error"}
    assert late.refusal("/nowhere") == {"message": "Invalid namespace"}
    late.join("/")
    tape = Tape(new)
    number = early.ask("/rooms/1", "say", "anybody?")
    assert tape.next().outcome == "late"
    line = Line(new)
    line.join("/rooms/1")
    assert line.call("/rooms/1", "say", "here") == "here"
    assert not early.answered("/rooms/1", number)
    early.close()
    late.close()
    line.close()
    assert Room.diary == ["connect", "connect", "transport close", "transport close"]
    assert early_server.manager.rooms == {}
    assert early_server.environ == {}
    assert left_behind(new) == {}


@pytest.mark.parametrize("app_first", [False, True])
def test_a_second_init_app_serves_routes_too(app_first: bool) -> None:
    """Each builds a new server; the router is on each of them."""
    socketio = SocketIO(async_mode="threading", monitor_clients=False)
    app = Flask("twice")
    if app_first:
        socketio.init_app(app)
    router = MetaRouter([Room]).mount(socketio)
    for _ in range(2):
        socketio.init_app(app)
        site = Site(app, socketio, router)
        line = Line(site)
        line.join("/rooms/1")
        assert line.refusal("/nowhere") == {"message": "Invalid namespace"}
        assert line.call("/rooms/1", "connect")["error"]["code"] == "reserved_event"
        line.close()
        assert left_behind(site) == {}


@every_world
def test_the_handlers_of_two_names_do_not_hear_each_others_errors(world: World) -> None:
    """`on_error` of one concrete name is that one's; a pattern is none."""
    heard: list[str] = []

    class Falling(RoutedNamespace, namespace="/falling/<int:number>"):
        @on("fall")
        def fall(self) -> None:
            raise ValueError("fell")

    site = world.site(Falling)
    site.socketio.on_error("/falling/<int:number>")(lambda _: heard.append("pattern"))
    site.socketio.on_error("/falling/1")(lambda _: "caught")
    line = Line(site)
    line.join("/falling/1")
    line.join("/falling/2")
    assert line.call("/falling/1", "fall") == "caught"
    other = line.call("/falling/2", "fall")
    if world.error_default:
        assert other == "default: fell"
    else:
        assert other["error"] == {"code": "internal_error", "message": "internal error"}
    assert heard == []
    line.close()
    assert left_behind(site) == {}


def test_what_a_client_is_told_of_an_error_holds_nothing_of_it() -> None:
    """No text of the exception, no name of a file."""

    class Leaky(RoutedNamespace, namespace="/leaky/<int:number>"):
        @on("leak")
        def leak(self) -> None:
            raise ValueError("the password is secret")

    site = PLAIN.site(Leaky)
    line = Line(site)
    line.join("/leaky/1")
    answer = json.dumps(line.call("/leaky/1", "leak"))
    assert "secret" not in answer
    assert ".py" not in answer
    line.close()
