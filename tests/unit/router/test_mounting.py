"""When and how often a router is mounted: before and after `init_app`, and once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from socketio import Server

from nsroute import (
    BuildError,
    MetaRouter,
    MountError,
    Route,
    RoutedNamespace,
    RouteError,
    on,
)
from tests.support.mounting import Other, Room, new_app, new_socketio, serves
from tests.support.packet_client import inline_client
from tests.support.sites import Site


def test_it_is_mounted_on_an_app() -> None:
    """`mount` works on a `SocketIO` that has its app, and returns the router."""
    app = new_app()
    socketio = new_socketio(app)
    router = MetaRouter([Room])
    assert router.mount(socketio) is router
    assert serves(app, socketio)


def test_it_is_mounted_before_init_app() -> None:
    """`mount` works on a `SocketIO` that has no app yet."""
    app, socketio = new_app(), new_socketio()
    router = MetaRouter([Room]).mount(socketio)
    assert router.live == {}
    socketio.init_app(app)
    assert serves(app, socketio)


@pytest.mark.parametrize("options", [{}, {"path": "/ws"}, {"namespaces": ["/x"]}])
def test_it_is_mounted_after_init_app(options: dict[str, Any]) -> None:
    """`mount` works after `init_app`, whatever its options."""
    app, socketio = new_app(), new_socketio()
    socketio.init_app(app, **options)
    MetaRouter([Room]).mount(socketio)
    assert serves(app, socketio)


@pytest.mark.parametrize("early", [True, False])
def test_a_factory_may_be_called_again(early: bool) -> None:
    """A factory with one `SocketIO` for the module makes apps one after another."""
    socketio = new_socketio()
    router = MetaRouter([Room])
    if early:
        router.mount(socketio)
    for number in range(3):
        app = new_app(f"app{number}")
        socketio.init_app(app)
        if not early and number == 0:
            router.mount(socketio)
        assert serves(app, socketio)


def test_a_factory_may_mount_a_router_of_its_own() -> None:
    """A new router for each app takes the place of the one before."""
    socketio = new_socketio()
    routers = []
    for number in range(3):
        app = new_app(f"app{number}")
        socketio.init_app(app)
        routers.append(MetaRouter([Room]).mount(socketio))
        client = inline_client(Site(app, socketio))
        client.join("/rooms/1")
        assert client.call("/rooms/1", "where") == ["/rooms/1", app.name]
        assert [len(router.live) for router in routers] == [0] * number + [1]
        client.close()


def test_two_apps_may_have_a_router_each() -> None:
    """Routers on two `SocketIO` know nothing of each other."""
    sites = []
    for name in ("one", "two"):
        app = new_app(name)
        sites.append((app, new_socketio(app)))
    routers = [MetaRouter([Room]).mount(socketio) for _, socketio in sites]
    clients = [inline_client(Site(app, socketio)) for app, socketio in sites]
    for client in clients:
        client.join("/rooms/1")
    assert routers[0].live["/rooms/1"] is not routers[1].live["/rooms/1"]
    told = [client.call("/rooms/1", "where")[1] for client in clients]
    assert told == ["one", "two"]


def test_a_router_is_mounted_once() -> None:
    """A second `mount` of one router is refused, here and elsewhere."""
    router = MetaRouter([Room]).mount(new_socketio())
    with pytest.raises(MountError, match="is mounted already; make another one"):
        router.mount(new_socketio())


def test_a_router_that_is_not_mounted_dispatches_nothing() -> None:
    """`trigger_event` says that it is not mounted, and nothing is live."""
    router = MetaRouter([Room])
    assert router.live == {}
    with pytest.raises(MountError, match="This router is not mounted"):
        router.trigger_event("connect", "/rooms/1", "sid", {})


def test_it_builds_names_without_being_mounted() -> None:
    """`namespace_for` needs no `SocketIO`."""
    router = MetaRouter([Room, Route("/o/<name>", Other, name="other")])
    assert router.namespace_for(Room, room_id=42) == "/rooms/42"
    assert router.namespace_for("other", name="x") == "/o/x"
    with pytest.raises(BuildError, match="expected the parameters room_id, got"):
        router.namespace_for(Room, name="x")


def test_the_problems_of_its_routes_are_told_together() -> None:
    """What is wrong with several classes is raised at once, when the router is made."""

    class Needy(RoutedNamespace):
        @on("say")
        def say(self, *, m: str) -> None:
            raise AssertionError("it must not run")

    class Unknown(RoutedNamespace, namespace="/<unknown:n>"):
        pass

    with pytest.raises(ExceptionGroup) as caught:
        MetaRouter([Room, Route("/needy/<n>", Needy), Unknown])
    assert {type(problem) for problem in caught.value.exceptions} == {RouteError}
    assert len(caught.value.exceptions) == 2


@pytest.mark.parametrize(
    "wrong, kind", [(None, "NoneType"), (new_app(), "Flask"), (Server(), "Server")]
)
def test_it_is_mounted_on_a_socketio_alone(wrong: Any, kind: str) -> None:
    """It refuses anything else by its kind, and may still be mounted afterwards."""
    router = MetaRouter([Room])
    told = re.escape(f"mount() takes a flask_socketio.SocketIO, not a {kind}.")
    with pytest.raises(MountError, match=told):
        router.mount(wrong)
    app = new_app()
    socketio = new_socketio(app)
    router.mount(socketio)
    assert serves(app, socketio)


@pytest.mark.parametrize("wrong", [-1, 2.5, "100", None])
def test_the_number_of_namespaces_is_a_number(wrong: Any) -> None:
    """A limit that nothing can be compared with is refused when it is given."""
    with pytest.raises(RouteError, match="is a whole number of 0 or more") as caught:
        MetaRouter([Room], max_namespaces_per_client=wrong)
    assert caught.value.target == "MetaRouter"
    assert str(caught.value).endswith(f"not {wrong!r}")
