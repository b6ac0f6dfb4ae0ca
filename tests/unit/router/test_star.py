"""A router is no namespace to send to, and a pattern is no name."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, MountWarning, RoutedNamespace
from nsroute.errors import RouteError
from nsroute.router.star import StarNamespace
from tests.support.problems import problem_of
from tests.support.sites import site


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    pass


@pytest.mark.parametrize(
    "method, beside",
    [
        ("emit", ", or router.of(Room).emit(…)"),
        ("send", ", or socketio.send(…, namespace=name)"),
        ("call", ", or socketio.call(…, namespace=name)"),
        ("close_room", ", or socketio.close_room(…, namespace=name)"),
        ("rooms", ""),
        ("enter_room", ""),
        ("leave_room", ""),
        ("disconnect", ", or router.of(Room).disconnect(…)"),
        ("get_session", ""),
        ("save_session", ""),
        ("session", ""),
    ],
)
def test_what_would_mean_the_star_says_where_it_is_meant(
    method: str, beside: str
) -> None:
    """Nobody is in `'*'`, so whatever is sent there gets lost."""
    router: Any = site(Room).router
    with pytest.raises(RuntimeError) as caught:
        getattr(router, method)("said", "hello")
    assert str(caught.value) == (
        f"a router is no one namespace: write router.live[name].{method}(…){beside}"
    )


def test_all_that_upstream_sends_by_is_refused() -> None:
    """No method of upstream's namespaces would mean the star."""
    methods = {
        name
        for base in Namespace.__mro__
        for name, value in vars(base).items()
        if callable(value) and not name.startswith("_")
    }
    mine = vars(StarNamespace)
    kept = {name for name in methods if name not in mine}
    assert kept == {"trigger_event", "is_asyncio_based"}


@pytest.mark.parametrize("early", [False, True])
def test_a_pattern_that_is_taken_for_a_name_is_warned_of(early: bool) -> None:
    """Of a function, and of a class: no client would ever ask for it."""
    app = Flask("mounting")
    socketio = SocketIO() if early else SocketIO(app, async_mode="threading")

    @socketio.on("say", namespace="/b/<int:id>")
    def say(text: str) -> None: ...

    socketio.on_namespace(Namespace("/c/<int:id>"))
    with pytest.warns(MountWarning) as caught:
        MetaRouter([Room]).mount(socketio)
    first, second = (str(one.message) for one in caught)
    rest = (
        "which Flask-SocketIO takes for an exact name, and no client asks for: write a "
        "RoutedNamespace with that pattern, and a route to it"
    )
    assert first == f"a class is registered on '/c/<int:id>', {rest}"
    assert second.startswith("the function handler ")
    assert second.endswith(f"say is registered on '/b/<int:id>', {rest}")
    assert {one.filename for one in caught} == {__file__}


def test_an_object_that_stands_alone_has_no_pattern_for_a_name() -> None:
    """It would serve that text alone."""
    problem = problem_of(lambda: Room("/rooms/<int:room_id>"))
    assert str(problem) == (
        "Room at '/rooms/<int:room_id>': a pattern is no name, and an object that "
        "stands alone has one (give the class the pattern, and mount a MetaRouter with "
        "it)"
    )
    with pytest.raises(RouteError):
        Room()
