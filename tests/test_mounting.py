"""Mounting a router: before and after `init_app`, beside others, and what it sees."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, current_app
from flask_socketio import ConnectionRefusedError, Namespace, SocketIO

from nsroute import (
    BuildError,
    MetaRouter,
    MountError,
    MountWarning,
    Route,
    RoutedNamespace,
    RouteError,
    on,
)
from tests.local import SILENCE, Wire
from tests.servers import Site


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("where")
    def where(self) -> list[str]:
        return [self.namespace, current_app.name]

    @on("cursor:*")
    def cursor(self, event: str) -> str:
        return event


class Other(RoutedNamespace, namespace="/other/<name>"):
    pass


def _app(name: str = "mounted") -> Flask:
    return Flask(name)


def _socketio(app: Flask | None = None, **options: Any) -> SocketIO:
    return SocketIO(app, async_mode="threading", **options)


def _serves(app: Flask, socketio: SocketIO, namespace: str = "/rooms/1") -> bool:
    wire = Wire(Site(app, socketio))
    wire.join(namespace)
    told = wire.call(namespace, "where")
    return bool(told == [namespace, app.name])


# --- when ----------------------------------------------------------------------------


def test_it_is_mounted_on_an_app() -> None:
    """`mount` works on a `SocketIO` that has its app, and returns the router."""
    app = _app()
    socketio = _socketio(app)
    router = MetaRouter([Room])
    assert router.mount(socketio) is router
    assert _serves(app, socketio)


def test_it_is_mounted_before_init_app() -> None:
    """`mount` works on a `SocketIO` that has no app yet."""
    app, socketio = _app(), _socketio()
    router = MetaRouter([Room]).mount(socketio)
    assert router.live == {}
    socketio.init_app(app)
    assert _serves(app, socketio)


@pytest.mark.parametrize("options", [{}, {"path": "/ws"}, {"namespaces": ["/x"]}])
def test_it_is_mounted_after_init_app(options: dict[str, Any]) -> None:
    """`mount` works after `init_app`, whatever its options."""
    app, socketio = _app(), _socketio()
    socketio.init_app(app, **options)
    MetaRouter([Room]).mount(socketio)
    assert _serves(app, socketio)


@pytest.mark.parametrize("early", [True, False])
def test_a_factory_may_be_called_again(early: bool) -> None:
    """A factory with one `SocketIO` for the module makes apps one after another."""
    socketio = _socketio()
    router = MetaRouter([Room])
    if early:
        router.mount(socketio)
    for number in range(3):
        app = _app(f"app{number}")
        socketio.init_app(app)
        if not early and number == 0:
            router.mount(socketio)
        assert _serves(app, socketio)


def test_a_factory_may_mount_a_router_of_its_own() -> None:
    """A new router for each app takes the place of the one before."""
    socketio = _socketio()
    routers = []
    for number in range(3):
        app = _app(f"app{number}")
        socketio.init_app(app)
        routers.append(MetaRouter([Room]).mount(socketio))
        wire = Wire(Site(app, socketio))
        wire.join("/rooms/1")
        assert wire.call("/rooms/1", "where") == ["/rooms/1", app.name]
        assert [len(router.live) for router in routers] == [0] * number + [1]
        wire.close()


def test_two_apps_may_have_a_router_each() -> None:
    """Routers on two `SocketIO` know nothing of each other."""
    sites = []
    for name in ("one", "two"):
        app = _app(name)
        sites.append((app, _socketio(app)))
    routers = [MetaRouter([Room]).mount(socketio) for _, socketio in sites]
    wires = [Wire(Site(app, socketio)) for app, socketio in sites]
    for wire in wires:
        wire.join("/rooms/1")
    assert routers[0].live["/rooms/1"] is not routers[1].live["/rooms/1"]
    told = [wire.call("/rooms/1", "where")[1] for wire in wires]
    assert told == ["one", "two"]


def test_a_router_is_mounted_once() -> None:
    """A second `mount` of one router is refused, here and elsewhere."""
    router = MetaRouter([Room]).mount(_socketio())
    with pytest.raises(MountError, match="is mounted already; make another one"):
        router.mount(_socketio())


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
    with pytest.raises(BuildError, match="'room_id' is missing"):
        router.namespace_for(Room, name="x")


def test_the_problems_of_its_routes_are_told_together() -> None:
    """What is wrong with several classes is raised at once, when the router is made."""

    class Needy(RoutedNamespace, namespace="/needy/<n>"):
        @on("say")
        def say(self, *, m: str) -> None:
            raise AssertionError("it must not run")

    class Unknown(RoutedNamespace, namespace="/<unknown:n>"):
        pass

    with pytest.raises(ExceptionGroup) as caught:
        MetaRouter([Room, Needy, Unknown])
    assert {type(problem) for problem in caught.value.exceptions} == {RouteError}
    assert len(caught.value.exceptions) == 2


# --- what is there already -----------------------------------------------------------


class Everything(Namespace):  # type: ignore[misc]
    pass


@pytest.mark.parametrize("late", [True, False])
def test_there_is_one_class_for_the_rest(late: bool) -> None:
    """A second `'*'` class is refused by its name."""
    socketio = _socketio(None if late else _app())
    socketio.on_namespace(Everything("*"))
    with pytest.raises(MountError, match="Everything is the") as caught:
        MetaRouter([Room]).mount(socketio)
    assert "put all routes into one router" in str(caught.value)


@pytest.mark.parametrize("late", [True, False])
def test_there_is_one_router(late: bool) -> None:
    """A second router on one `SocketIO` is refused."""
    socketio = _socketio(None if late else _app())
    MetaRouter([Other]).mount(socketio)
    with pytest.raises(MountError, match="MetaRouter is the") as caught:
        MetaRouter([Room]).mount(socketio)
    assert "put all routes into one router" in str(caught.value)


def _handle(*_: Any) -> str:
    return "function"


Register = Callable[[SocketIO], Any]


def _on(event: str, namespace: str) -> Register:
    return lambda socketio: socketio.on(event, namespace=namespace)(_handle)


def test_a_function_that_takes_the_connects_of_a_route_is_refused() -> None:
    """An exact function handler of `connect` would keep the class from its clients."""
    for app in (_app(), None):
        socketio = _socketio(app)
        _on("connect", "/rooms/1")(socketio)
        with pytest.raises(MountError, match="_handle of 'connect'") as caught:
            MetaRouter([Room]).mount(socketio)
        assert "Room at '/rooms/<int:room_id>'" in str(caught.value)


def test_all_such_functions_are_told_together() -> None:
    """Several of them are one `ExceptionGroup`."""
    socketio = _socketio()
    for namespace in ("/rooms/1", "/rooms/2", "/elsewhere"):
        _on("connect", namespace)(socketio)
    with pytest.raises(ExceptionGroup, match="cannot be mounted") as caught:
        MetaRouter([Room]).mount(socketio)
    assert len(caught.value.exceptions) == 2


def test_a_router_that_could_not_be_mounted_may_be_mounted_elsewhere() -> None:
    """A `MountError` leaves router and `SocketIO` as they were."""
    app, socketio = _app(), _socketio()
    _on("connect", "/rooms/1")(socketio)
    router = MetaRouter([Room])
    with pytest.raises(MountError, match="/rooms/1"):
        router.mount(socketio)
    assert socketio.namespace_handlers == []
    another = _socketio(app)
    router.mount(another)
    assert _serves(app, another)


@pytest.mark.parametrize(
    "event,namespace",
    [
        ("where", "/rooms/1"),
        ("cursor:move", "/rooms/1"),
        ("disconnect", "/rooms/1"),
        ("*", "/rooms/1"),
        ("where", "*"),
        ("connect", "*"),
        ("disconnect", "*"),
    ],
)
@pytest.mark.parametrize("early", [True, False])
def test_a_function_that_takes_events_from_a_route_is_warned_of(
    event: str, namespace: str, early: bool
) -> None:
    """A warning names the function, the event, the class and its pattern."""
    socketio = _socketio(None if early else _app())
    _on(event, namespace)(socketio)
    with pytest.warns(MountWarning) as caught:
        MetaRouter([Room]).mount(socketio)
    (warning,) = caught
    assert str(warning.message) == (
        f"the function handler _handle of {event!r} on {namespace!r} takes this event "
        "away from Room at '/rooms/<int:room_id>'"
    )
    assert warning.filename == __file__


def test_a_function_that_never_works_is_warned_of() -> None:
    """Upstream mixes up the arguments of `on("*", namespace="*")`; mounting says so."""
    socketio = _socketio()
    _on("*", "*")(socketio)
    with pytest.warns(MountWarning, match=r"'\*' on '\*' never works"):
        MetaRouter([Room]).mount(socketio)


def test_a_warning_names_three_routes_at_most() -> None:
    """However many routes lose an event, the warning stays short."""
    routes = [Route(f"/{number}", Room) for number in range(9)]
    socketio = _socketio()
    _on("connect", "*")(socketio)
    with pytest.warns(MountWarning, match="takes this event") as caught:
        MetaRouter(routes).mount(socketio)
    assert str(caught[0].message).count("Room at") == 3


@pytest.mark.parametrize(
    "event,namespace",
    [
        ("connect", "/"),
        ("connect", "/elsewhere"),
        ("where", "/rooms/x"),
        ("sing", "/rooms/1"),
        ("sing", "*"),
    ],
)
def test_a_function_that_takes_nothing_away_is_fine(event: str, namespace: str) -> None:
    """What no class behind a route would get is nobody's to warn of."""
    app = _app()
    socketio = _socketio(app)
    _on(event, namespace)(socketio)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MetaRouter([Room]).mount(socketio)
    assert _serves(app, socketio)


def test_a_function_for_all_events_of_a_class_without_any_is_fine() -> None:
    """`on("*")` takes no lifecycle event, so a class without events loses nothing."""
    socketio = _socketio()
    _on("*", "/other/x")(socketio)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert MetaRouter([Other]).mount(socketio)


def test_a_handler_without_a_name_is_shown_as_it_is() -> None:
    """A handler that is no function is named by its repr."""

    class Callable:
        def __call__(self) -> None:
            raise AssertionError("it must not run")

        def __repr__(self) -> str:
            return "<a callable>"

    app = _app()
    socketio = _socketio(app)
    socketio.server.on("where", Callable(), namespace="/rooms/1")
    with pytest.warns(MountWarning, match="the function handler <a callable> of"):
        MetaRouter([Room]).mount(socketio)


# --- what the app served before ------------------------------------------------------


class Exact(Namespace):  # type: ignore[misc]
    def on_connect(self) -> bool | None:
        return None if self.namespace != "/rooms/9" else False

    def on_where(self) -> str:
        return f"exact {self.namespace}"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_exact_namespaces_are_served_as_before(first: bool, late: bool) -> None:
    """Exact classes and functions, `/` included, are not the router's, in any order."""
    app = _app()
    socketio = _socketio(None if late else app)

    def register() -> None:
        socketio.on_namespace(Exact("/exact"))
        socketio.on_namespace(Exact("/rooms/7"))
        _on("where", "/function")(socketio)
        _on("where", "/")(socketio)

    if first:
        register()
    MetaRouter([Room]).mount(socketio)
    if not first:
        register()
    if late:
        socketio.init_app(app)
    wire = Wire(Site(app, socketio))
    told = {}
    for name in ("/exact", "/rooms/7", "/rooms/8", "/function", "/"):
        wire.join(name)
        told[name] = wire.call(name, "where")
    assert told == {
        "/exact": "exact /exact",
        "/rooms/7": "exact /rooms/7",
        "/rooms/8": ["/rooms/8", app.name],
        "/function": "function",
        "/": "function",
    }
    assert wire.call("/function", "sing") is SILENCE


def test_an_exact_class_refuses_as_before() -> None:
    """A refusal of an exact class is its own."""
    app = _app()
    socketio = _socketio(app)
    socketio.on_namespace(Exact("/rooms/9"))
    router = MetaRouter([Room]).mount(socketio)
    told = Wire(Site(app, socketio)).refusal("/rooms/9")
    assert told == {"message": "Connection rejected by server"}
    assert router.live == {}


@pytest.mark.parametrize("name", ["/", "/rooms/x", "/rooms/01", "/nowhere", "/*"])
def test_a_name_that_nobody_serves_is_refused(name: str) -> None:
    """A name without route or handler is refused as Socket.IO's own server does it."""
    app = _app()
    socketio = _socketio(app, namespaces=["/known"])
    MetaRouter([Room]).mount(socketio)
    wire = Wire(Site(app, socketio))
    assert wire.refusal(name) == {"message": "Invalid namespace"}
    assert wire.join("/known")
    assert wire.call("/known", "anything") is SILENCE
    assert list(socketio.server.manager.rooms) == ["/known"]


def test_the_root_is_still_served_where_it_was() -> None:
    """Upstream serves `/` by default; with a router it does so as before."""
    app = _app()
    socketio = _socketio(app)
    MetaRouter([Room]).mount(socketio)
    wire = Wire(Site(app, socketio))
    assert wire.join("/")
    assert wire.call("/", "anything") is SILENCE


def test_a_route_may_be_the_root() -> None:
    """A class may serve `/` like any other name."""
    app = _app()
    socketio = _socketio(app)
    MetaRouter([Route("/", Room)]).mount(socketio)
    assert _serves(app, socketio, "/")


def test_the_name_of_the_router_itself_is_refused() -> None:
    """A client that gets at the literal `'*'` is refused as one without a route.

    With msgpack upstream lets it through, and passes no namespace then: what stands in
    its place is the client's sid, and after it the environ.
    """
    app = _app()
    socketio = _socketio(app)
    router = MetaRouter([Room]).mount(socketio)
    for rest in [({}, None), ()]:
        with pytest.raises(ConnectionRefusedError, match="Invalid namespace"):
            router.trigger_event("connect", "sid", *rest)
    assert router.live == {}
