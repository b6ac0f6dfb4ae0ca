"""The parts of upstream that say which names are accepted are as they were checked."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import socketio
from flask_socketio import Namespace, SocketIO
from nsroute.upstream.acceptance import (
    Acceptance,
    HostedNamespace,
    attach,
    carry_over,
    class_handler,
    drop_carried,
    function_handlers,
)

from nsroute import MetaRouter, RoutedNamespace
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


def test_a_server_asks_its_container_once_for_a_name_without_handlers() -> None:
    """Any object with `__contains__` will do, and it is kept as it is."""
    site = DEFAULT_CONFIG.app()
    asked = site.socketio.server.namespaces = Asked()
    site.socketio.on("x", namespace="/fn")(lambda: None)
    site.router = None
    client = PacketClient(site)
    for name in ("/a", "/b", "/fn"):
        client.send_frame(f"0{name},")
    assert asked.names == ["/a", "/b"]
    assert site.socketio.server.namespaces is asked
    client.close()


def test_registering_a_namespace_gives_it_its_socketio_and_then_its_server() -> None:
    """Both methods are called in this order, by each `init_app` again."""
    calls: list[Any] = []

    class Hosted(HostedNamespace):
        def _set_socketio(self, socketio: Any) -> None:
            calls.append(socketio)
            super()._set_socketio(socketio)

        def _nsroute_hosted(self, server: Any) -> None:
            calls.append(server)
            assert self.server is server

    site = DEFAULT_CONFIG.app()
    hosted = Hosted("/hosted")
    site.socketio.on_namespace(hosted)
    assert calls == [site.socketio, site.socketio.server]
    carry_over(site.socketio, hosted)
    first = site.socketio.server
    site.socketio.init_app(site.app)
    assert calls[2:] == [site.socketio.server]
    assert site.socketio.server is not first
    assert site.socketio.server.not_handled is first.not_handled


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
    socketio = SocketIO(async_mode="threading")

    def one() -> None:
        """Handle something."""

    socketio.on("connect", namespace="/a")(one)
    socketio.on_event("x", one, namespace="/b")
    before = sorted(function_handlers(socketio))
    socketio.init_app(DEFAULT_CONFIG.app().app)
    assert sorted(function_handlers(socketio)) == before
    name = one.__qualname__
    assert before == [("/a", "connect", name), ("/b", "x", name)]


def test_class_handlers_are_found_before_and_after_init_app() -> None:
    """The last that was registered for a name counts."""
    socketio = SocketIO(async_mode="threading")
    first, last = Namespace("/a"), Namespace("/a")
    socketio.on_namespace(first)
    socketio.on_namespace(Namespace("/b"))
    socketio.on_namespace(last)
    assert class_handler(socketio, "/a") is last
    assert class_handler(socketio, "/c") is None
    socketio.init_app(DEFAULT_CONFIG.app().app)
    assert class_handler(socketio, "/a") is last
    assert class_handler(socketio, "/c") is None


def test_what_is_carried_over_is_registered_by_the_next_init_app() -> None:
    """Once, however often it is said; and no more when it is dropped."""
    site, plain = DEFAULT_CONFIG.app(), Namespace("/a")
    carry_over(site.socketio, plain)
    carry_over(site.socketio, plain)
    assert site.socketio.namespace_handlers == [plain]
    drop_carried(site.socketio, plain)
    drop_carried(site.socketio, plain)
    site.socketio.init_app(site.app)
    assert site.socketio.server.namespace_handlers == {}


def acceptance(before: Any) -> Acceptance:
    """Stand as the container of a server that had another one."""
    site = DEFAULT_CONFIG.app()
    site.socketio.server.namespaces = before
    site.socketio.on("x", namespace="/fn")(lambda: None)
    site.socketio.on("x", namespace="*")(lambda: None)
    site.socketio.on_namespace(Namespace("/class"))
    refused: list[object] = []
    return Acceptance(
        site.socketio.server, lambda name: name == "/routed", refused.append
    )


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_listed_names_stay_accepted_and_are_known(kind: Any) -> None:
    """Whatever collection they are in; the star is no name."""
    made = acceptance(kind(["/", "/listed"]))
    assert sorted(made.static()) == ["/", "/class", "/fn", "/listed"]
    served = ["/", "/listed", "/fn", "/class", "/routed", "*", "/other", 5]
    assert [made.serves(name) for name in served] == [*[True] * 4, *[False] * 4]


@pytest.mark.parametrize("before", ["*", Asked()])
def test_names_that_cannot_be_listed_are_not_known(before: Any) -> None:
    """What a container of the app's accepts is seen when it is asked for."""
    assert sorted(acceptance(before).static()) == ["/class", "/fn"]


def test_a_text_of_names_is_one_name_and_no_search_in_it() -> None:
    """Upstream lets in what is part of the text; the main namespace stays accepted."""
    made = acceptance("/chat/room")
    assert sorted(made.static()) == ["/chat/room", "/class", "/fn"]
    names = ["/chat/room", "/", "/chat", "/room", "/ch", ""]
    assert [made.serves(name) for name in names] == [True, True, *[False] * 4]


def test_a_second_router_keeps_what_the_first_found() -> None:
    """What was accepted before both of them."""
    site = DEFAULT_CONFIG.app(namespaces=["/", "/listed"])
    server: Any = site.socketio.server
    first = Acceptance(server, lambda _: False, lambda _: None)
    second = Acceptance(server, lambda _: False, lambda _: None)
    assert server.namespaces is second
    assert second.before is first.before == ["/", "/listed"]


def test_the_router_is_asked_only_where_its_refusal_arrives() -> None:
    """Names that are no text are refused by the container, and recorded there."""
    refused: list[object] = []
    site = DEFAULT_CONFIG.app()
    made = Acceptance(site.socketio.server, lambda _: False, refused.append)
    assert "/unrouted" in made
    assert refused == []
    assert 5 not in made
    site.socketio.server.always_connect = True
    assert "/unrouted" not in made
    assert refused == [5, "/unrouted"]


def test_upstream_calls_a_namespace_object_as_it_was_checked() -> None:
    """`trigger_event(event, *args)`, with the namespace first for the star."""
    parameters = list(inspect.signature(Namespace.trigger_event).parameters)
    assert parameters == ["self", "event", "args"]
    server = socketio.Server(async_mode="threading")
    server.register_namespace(Namespace("*"))
    handler, args = server._get_namespace_handler("/a", ("sid", 1))
    assert isinstance(handler, Namespace)
    assert args == ("/a", "sid", 1)


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
    """Names are accepted as if no router had been there; nobody said that it may."""
    site = DEFAULT_CONFIG.app(namespaces=before)
    seen: list[Any] = []

    class Star(Namespace):
        def trigger_event(self, event: str, *args: Any) -> Any:
            seen.append(args[0])

    site.router = MetaRouter([Room]).mount(site.socketio)
    site.socketio.on_namespace(Star("*"))
    client = PacketClient(site)
    client.send_frame("0/nowhere,")
    assert seen == ["/nowhere"][:let_in]
    client.close()
    assert left_behind(site) == {}


def test_names_that_are_all_accepted_are_served_only_in_the_main_namespace() -> None:
    """`namespaces='*'` accepts whatever is asked for, and serves none of it."""
    made = acceptance("*")
    assert made.serves("/")
    assert not made.serves("/other")
