"""What stands in a router's way is refused or warned of when it is mounted."""

from __future__ import annotations

import re
import warnings

import pytest
from flask_socketio import Namespace

from nsroute import MetaRouter, MountError, MountWarning, Route
from tests.support.mounting import (
    Other,
    Room,
    function_on,
    new_app,
    new_socketio,
    serves,
)


class Everything(Namespace):  # type: ignore[misc]
    pass


@pytest.mark.parametrize("late", [True, False])
def test_there_is_one_class_for_the_rest(late: bool) -> None:
    """A second `'*'` class is refused by its name."""
    socketio = new_socketio(None if late else new_app())
    socketio.on_namespace(Everything("*"))
    with pytest.raises(MountError, match="Everything is the") as caught:
        MetaRouter([Room]).mount(socketio)
    assert "put all routes into one router" in str(caught.value)


@pytest.mark.parametrize("late", [True, False])
def test_there_is_one_router(late: bool) -> None:
    """A second router on one `SocketIO` is refused."""
    socketio = new_socketio(None if late else new_app())
    MetaRouter([Other]).mount(socketio)
    with pytest.raises(MountError, match="MetaRouter is the") as caught:
        MetaRouter([Room]).mount(socketio)
    assert "put all routes into one router" in str(caught.value)


def test_a_function_that_takes_the_connects_of_a_route_is_refused() -> None:
    """An exact function handler of `connect` would keep the class from its clients."""
    for app in (new_app(), None):
        socketio = new_socketio(app)
        function_on("connect", "/rooms/1")(socketio)
        with pytest.raises(MountError, match="_handle of 'connect'") as caught:
            MetaRouter([Room]).mount(socketio)
        assert "Room at '/rooms/<int:room_id>'" in str(caught.value)


def test_all_such_functions_are_told_together() -> None:
    """Several of them are one `ExceptionGroup`."""
    socketio = new_socketio()
    for namespace in ("/rooms/1", "/rooms/2", "/elsewhere"):
        function_on("connect", namespace)(socketio)
    with pytest.raises(ExceptionGroup, match="cannot be mounted") as caught:
        MetaRouter([Room]).mount(socketio)
    assert len(caught.value.exceptions) == 2


def test_a_router_that_could_not_be_mounted_may_be_mounted_elsewhere() -> None:
    """A `MountError` leaves router and `SocketIO` as they were."""
    app, socketio = new_app(), new_socketio()
    function_on("connect", "/rooms/1")(socketio)
    router = MetaRouter([Room])
    with pytest.raises(MountError, match="/rooms/1"):
        router.mount(socketio)
    assert socketio.namespace_handlers == []
    another = new_socketio(app)
    router.mount(another)
    assert serves(app, another)


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
    socketio = new_socketio(None if early else new_app())
    function_on(event, namespace)(socketio)
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
    socketio = new_socketio()
    function_on("*", "*")(socketio)
    told = "of '*' on '*' never works, but it takes this event away from Room at"
    with pytest.warns(MountWarning, match=re.escape(told)):
        MetaRouter([Room]).mount(socketio)


def test_a_warning_names_three_routes_at_most() -> None:
    """However many routes lose an event, the warning stays short."""
    routes = [Route(f"/{number}", Room) for number in range(9)]
    socketio = new_socketio()
    function_on("connect", "*")(socketio)
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
    app = new_app()
    socketio = new_socketio(app)
    function_on(event, namespace)(socketio)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MetaRouter([Room]).mount(socketio)
    assert serves(app, socketio)


def test_a_function_for_all_events_of_a_class_without_any_is_fine() -> None:
    """`on("*")` takes no lifecycle event, so a class without events loses nothing."""
    socketio = new_socketio()
    function_on("*", "/other/x")(socketio)
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

    app = new_app()
    socketio = new_socketio(app)
    socketio.server.on("where", Callable(), namespace="/rooms/1")
    with pytest.warns(MountWarning, match="the function handler <a callable> of"):
        MetaRouter([Room]).mount(socketio)
