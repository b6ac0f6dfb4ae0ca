"""How namespaces are registered, and which names the app serves by itself."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import socketio
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, MountWarning, RoutedNamespace
from nsroute.upstream.registration import (
    HostedNamespace,
    NamespaceFilter,
    attach,
    class_handler,
    function_handlers,
    lets_everybody_in,
    register_on_init,
    serves_beside,
)
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """Something to route to."""


class Asked:
    """A container that keeps what it was asked for."""

    def __init__(self) -> None:
        self.names: list[object] = []

    def __contains__(self, name: object) -> bool:
        self.names.append(name)
        return name == "/a"


class Broken:
    """A container that raises."""

    def __contains__(self, name: object) -> bool:
        raise KeyError(name)


# --- what upstream is


def test_a_server_asks_its_container_once_for_a_name_without_handlers() -> None:
    """Any object with `__contains__` will do, and it is kept as it is."""
    site = DEFAULT_CONFIG.app()
    asked = site.socketio.server.namespaces = Asked()
    site.socketio.on("x", namespace="/fn")(lambda: None)
    client = PacketClient(site)
    for name in ("/a", "/b", "/fn"):
        client.send_frame(f"0{name},")
    assert asked.names == ["/a", "/b"]
    assert site.socketio.server.namespaces is asked
    client.close()


def test_upstream_calls_a_namespace_object_as_it_was_checked() -> None:
    """`trigger_event(event, *args)`, with the namespace first for the star."""
    parameters = list(inspect.signature(Namespace.trigger_event).parameters)
    assert parameters == ["self", "event", "args"]
    server = socketio.Server(async_mode="threading")
    server.register_namespace(Namespace("*"))
    handler, args = server._get_namespace_handler("/a", ("sid", 1))
    assert isinstance(handler, Namespace)
    assert args == ("/a", "sid", 1)


def test_registering_a_namespace_gives_it_its_socketio_and_then_its_server() -> None:
    """Both methods are called in this order, by each `init_app` again."""
    calls: list[Any] = []

    class Hosted(HostedNamespace):
        def _set_socketio(self, socketio: Any) -> None:
            calls.append(socketio)
            super()._set_socketio(socketio)

        def _nsroute_register(self, server: Any) -> None:
            calls.append(server)
            assert self.server is server

    site = DEFAULT_CONFIG.app()
    hosted = Hosted("/hosted")
    site.socketio.on_namespace(hosted)
    assert calls == [site.socketio, site.socketio.server]
    register_on_init(site.socketio, hosted, True)
    first = site.socketio.server
    site.socketio.init_app(site.app)
    assert calls[2:] == [site.socketio.server]
    assert site.socketio.server is not first
    assert site.socketio.server.not_handled is first.not_handled


def test_an_attribute_of_the_server_says_that_an_event_was_not_handled() -> None:
    """Whatever returns it passes an event by: upstream sends no acknowledgement."""
    server: Any = socketio.Server(async_mode="threading")
    assert server._trigger_event("x", "/nowhere") is server.not_handled


# --- registration


def test_a_hosted_namespace_says_what_it_does_with_its_server() -> None:
    """There is no default."""
    site = DEFAULT_CONFIG.app()
    with pytest.raises(NotImplementedError) as raised:
        site.socketio.on_namespace(HostedNamespace("/x"))
    assert raised.value.args == ()


def test_attaching_gives_an_object_what_registering_gives_it() -> None:
    """`socketio` and `server`, as Flask-SocketIO's own methods need them."""
    site, plain = DEFAULT_CONFIG.app(), Namespace("/plain")
    attach(plain, site.socketio, site.socketio.server)
    assert (plain.socketio, plain.server) == (site.socketio, site.socketio.server)


def test_function_handlers_are_found_before_and_after_init_app() -> None:
    """Their namespace, their event and the name of the function."""
    sio = SocketIO(async_mode="threading")

    def one() -> None:
        """Handle something."""

    sio.on("connect", namespace="/a")(one)
    sio.on_event("x", one, namespace="/b")
    before = sorted(function_handlers(sio))
    sio.init_app(DEFAULT_CONFIG.app().app)
    assert sorted(function_handlers(sio)) == before
    name = one.__qualname__
    assert before == [("/a", "connect", name), ("/b", "x", name)]


def test_class_handlers_are_found_before_and_after_init_app() -> None:
    """The last that was registered for a name counts."""
    sio = SocketIO(async_mode="threading")
    first, last = Namespace("/a"), Namespace("/a")
    sio.on_namespace(first)
    sio.on_namespace(Namespace("/b"))
    sio.on_namespace(last)
    assert class_handler(sio, "/a") is last
    assert class_handler(sio, "/c") is None
    sio.init_app(DEFAULT_CONFIG.app().app)
    assert class_handler(sio, "/a") is last
    assert class_handler(sio, "/c") is None


def test_what_is_registered_on_init_is_registered_by_the_next_one() -> None:
    """Once, however often it is asked for; and no more when it is dropped."""
    site, plain = DEFAULT_CONFIG.app(), Namespace("/a")
    register_on_init(site.socketio, plain, True)
    register_on_init(site.socketio, plain, True)
    assert site.socketio.namespace_handlers == [plain]
    register_on_init(site.socketio, plain, False)
    register_on_init(site.socketio, plain, False)
    site.socketio.init_app(site.app)
    assert site.socketio.server.namespace_handlers == {}


# --- names that the app serves


def filtered(before: Any) -> NamespaceFilter:
    """Install a filter on a server that had another container."""
    site = DEFAULT_CONFIG.app()
    site.socketio.server.namespaces = before
    site.socketio.on("x", namespace="/fn")(lambda: None)
    site.socketio.on("x", namespace="*")(lambda: None)
    site.socketio.on_namespace(Namespace("/class"))
    made = NamespaceFilter(site.socketio.server)
    assert site.socketio.server.namespaces is made
    return made


ASKED = ["/", "/listed", "/fn", "/class", "/other", "*", 5]


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_listed_names_stay_served(kind: Any) -> None:
    """Whatever collection they are in; the star is no name."""
    made = filtered(kind(["/", "/listed"]))
    assert [made.serves(name) for name in ASKED] == [*[True] * 4, *[False] * 3]
    assert made == "*"


def test_a_container_of_the_apps_is_asked() -> None:
    """One that raises serves nothing more."""
    assert [filtered(Asked()).serves(name) for name in ("/a", "/b")] == [True, False]
    made = filtered(Broken())
    served = [made.serves(name) for name in ("/fn", "/class", "/a")]
    assert served == [True, True, False]


def test_a_text_of_names_is_one_name_and_no_search_in_it() -> None:
    """Upstream lets in what is part of the text; the main namespace stays served."""
    made = filtered("/chat/room")
    names = ["/chat/room", "/", "/chat", "/room", "/ch", ""]
    assert [made.serves(name) for name in names] == [True, True, *[False] * 4]


def test_an_explicit_star_serves_every_name_that_is_text() -> None:
    """It is the app's choice."""
    made = filtered("*")
    served = [made.serves(name) for name in ("/", "/other", "*", 5)]
    assert served == [True, True, False, False]


def test_a_star_is_seen_before_and_after_init_app_and_behind_a_filter() -> None:
    """No other choice is taken for one."""
    sio = SocketIO(async_mode="threading", namespaces="*")
    assert lets_everybody_in(sio)
    assert not lets_everybody_in(SocketIO(async_mode="threading"))
    site = DEFAULT_CONFIG.app(namespaces="*")
    assert lets_everybody_in(site.socketio)
    assert serves_beside(site.socketio.server, "/other")
    NamespaceFilter(site.socketio.server)
    assert lets_everybody_in(site.socketio)
    assert serves_beside(site.socketio.server, "/other")
    plain: Any = DEFAULT_CONFIG.app(namespaces=["/listed"]).socketio
    assert not lets_everybody_in(plain)
    assert serves_beside(plain.server, "/listed")
    assert not serves_beside(plain.server, "/other")


def test_a_second_router_keeps_what_the_first_found() -> None:
    """What was served before both of them."""
    server: Any = DEFAULT_CONFIG.app(namespaces=["/", "/listed"]).socketio.server
    first, second = NamespaceFilter(server), NamespaceFilter(server)
    assert server.namespaces is second
    assert second.before is first.before == ["/", "/listed"]


def test_the_router_is_asked_only_where_its_refusal_arrives() -> None:
    """Not with `always_connect`, nor where something else takes connects on `'*'`."""
    site = DEFAULT_CONFIG.app()
    server: Any = site.socketio.server
    made = NamespaceFilter(server)
    assert made.asks_router()
    server.always_connect = True
    assert not made.asks_router()
    server.always_connect = False
    site.socketio.on("connect", namespace="*")(lambda *_: None)
    assert not made.asks_router()
    other: Any = DEFAULT_CONFIG.app().socketio
    made = NamespaceFilter(other.server)
    other.on_namespace(Namespace("*"))
    assert not made.asks_router()


def test_the_router_leaves_nothing_of_a_name_that_the_app_serves() -> None:
    """It passes it by, connect and disconnect included."""
    site = DEFAULT_CONFIG.app(namespaces=["/", "/listed"])
    site.router = MetaRouter([Room]).mount(site.socketio)
    client = PacketClient(site)
    client.join("/listed")
    server: Any = site.socketio.server
    answer = server._trigger_event("x", "/listed", client.sids["/listed"])
    assert answer is server.not_handled
    client.leave("/listed")
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("before, let_in", [("*", True), (["/"], False)])
def test_a_class_that_takes_the_routers_place_later_is_asked_instead(
    before: Any, let_in: bool
) -> None:
    """Names are accepted as if no router had been there."""
    site = DEFAULT_CONFIG.app(namespaces=before)
    seen: list[Any] = []

    class Star(Namespace):
        def trigger_event(self, event: str, *args: Any) -> Any:
            seen.append(args[0])

    if let_in:
        with pytest.warns(MountWarning):
            site.router = MetaRouter([Room]).mount(site.socketio)
    else:
        site.router = MetaRouter([Room]).mount(site.socketio)
    site.socketio.on_namespace(Star("*"))
    client = PacketClient(site)
    client.send_frame("0/nowhere,")
    assert seen == ["/nowhere"][:let_in]
    client.close()
    assert left_behind(site) == {}
