"""Beside a router the app serves what it served before, and no name more."""

from __future__ import annotations

import pytest
from flask_socketio import ConnectionRefusedError, Namespace

from nsroute import MetaRouter, Route
from tests.support.mounting import Room, function_on, new_app, new_socketio, serves
from tests.support.packet_client import NO_ACKNOWLEDGEMENT, inline_client
from tests.support.sites import Site, left_behind


class Exact(Namespace):  # type: ignore[misc]
    def on_connect(self) -> bool | None:
        return None if self.namespace != "/rooms/9" else False

    def on_where(self) -> str:
        return f"exact {self.namespace}"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_exact_namespaces_are_served_as_before(first: bool, late: bool) -> None:
    """Exact classes and functions, `/` included, are not the router's, in any order."""
    app = new_app()
    socketio = new_socketio(None if late else app)

    def register() -> None:
        socketio.on_namespace(Exact("/exact"))
        socketio.on_namespace(Exact("/rooms/7"))
        function_on("where", "/function")(socketio)
        function_on("where", "/")(socketio)

    if first:
        register()
    MetaRouter([Room]).mount(socketio)
    if not first:
        register()
    if late:
        socketio.init_app(app)
    client = inline_client(Site(app, socketio))
    told = {}
    for name in ("/exact", "/rooms/7", "/rooms/8", "/function", "/"):
        client.join(name)
        told[name] = client.call(name, "where")
    assert told == {
        "/exact": "exact /exact",
        "/rooms/7": "exact /rooms/7",
        "/rooms/8": ["/rooms/8", app.name],
        "/function": "function",
        "/": "function",
    }
    assert client.call("/function", "sing") is NO_ACKNOWLEDGEMENT


def test_an_exact_class_refuses_as_before() -> None:
    """A refusal of an exact class is its own."""
    app = new_app()
    socketio = new_socketio(app)
    socketio.on_namespace(Exact("/rooms/9"))
    router = MetaRouter([Room]).mount(socketio)
    told = inline_client(Site(app, socketio)).refusal("/rooms/9")
    assert told == {"message": "Connection rejected by server"}
    assert router.live == {}


@pytest.mark.parametrize("name", ["/", "/rooms/x", "/rooms/01", "/nowhere", "/*"])
def test_a_name_that_nobody_serves_is_refused(name: str) -> None:
    """A name without route or handler is refused as Socket.IO's own server does it."""
    app = new_app()
    socketio = new_socketio(app, namespaces=["/known"])
    MetaRouter([Room]).mount(socketio)
    site = Site(app, socketio)
    client = inline_client(site)
    assert client.refusal(name) == {"message": "Invalid namespace"}
    assert client.join("/known")
    assert client.call("/known", "anything") is NO_ACKNOWLEDGEMENT
    assert left_behind(site)["rooms"] == {"/known": 1}


def test_the_root_is_still_served_where_it_was() -> None:
    """Upstream serves `/` by default; with a router it does so as before."""
    app = new_app()
    socketio = new_socketio(app)
    MetaRouter([Room]).mount(socketio)
    client = inline_client(Site(app, socketio))
    assert client.join("/")
    assert client.call("/", "anything") is NO_ACKNOWLEDGEMENT


def test_a_route_may_be_the_root() -> None:
    """A class may serve `/` like any other name."""
    app = new_app()
    socketio = new_socketio(app)
    MetaRouter([Route("/", Room)]).mount(socketio)
    assert serves(app, socketio, "/")


def test_the_name_of_the_router_itself_is_refused() -> None:
    """A client that gets at the literal `'*'` is refused as one without a route.

    With msgpack upstream lets it through, and passes no namespace then: what stands in
    its place is the client's sid, and after it the environ.
    """
    app = new_app()
    socketio = new_socketio(app)
    router = MetaRouter([Room]).mount(socketio)
    for rest in [({}, None), ()]:
        with pytest.raises(ConnectionRefusedError, match="Invalid namespace"):
            router.trigger_event("connect", "sid", *rest)
    assert router.live == {}
