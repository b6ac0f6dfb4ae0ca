"""Mistakes of the kinds that people make end in a message with what, where, and a cure.

Each was accepted without a word, or told in words that help nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import socketio
from flask import Flask, make_response
from flask_socketio import SocketIO

import nsroute
from nsroute import (
    MetaRouter,
    MountWarning,
    Route,
    RoutedNamespace,
    RouteTable,
    RouteWarning,
    Submount,
    errorhandler,
    on,
)
from nsroute.middleware import rate_limit, require
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import error, site

router: Any = MetaRouter  # mistakes have no types
table: Any = RouteTable
routed: Any = partial(type, "Room", (RoutedNamespace,))


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    pass


class Foreign(socketio.Namespace):  # type: ignore[misc]
    pass


def method(self: Any) -> None: ...


def audit(dispatch: Any, proceed: Callable[[], Any]) -> Any:
    return proceed()


MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "two events in one on": (
        lambda: on("say", "shout"),  # type: ignore[arg-type]
        "@on takes one event (write an @on for each event)",
    ),
    "on above a class": (
        lambda: on("say")(Room),
        "it decorates a function, not a class (decorate a method with it)",
    ),
    "on above a property": (
        lambda: on("say")(property(method)),  # type: ignore[type-var]
        "it decorates a function, not a property (decorate a method with it)",
    ),
    "errorhandler without parentheses": (
        lambda: errorhandler(method),  # type: ignore[arg-type]
        "(write @errorhandler(ValueError), or @errorhandler())",
    ),
    "a list of exceptions": (
        lambda: errorhandler([KeyError, ValueError]),  # type: ignore[arg-type]
        "is not a class of exceptions (write @errorhandler(ValueError),",
    ),
    "no pattern": (
        lambda: routed({}, namespace=None),
        "Room: namespace= is a pattern, or a list of patterns, not None (write ",
    ),
    "a list with something else": (
        lambda: routed({}, namespace=["/a", 5]),
        "Room: namespace= is a pattern, or a list of patterns, not ['/a', 5]",
    ),
    "middleware as a decorator": (
        lambda: require(lambda dispatch: True)(method),  # type: ignore[call-arg,arg-type]
        "no decorator (write @on(event, middleware=[require(…)]))",
    ),
    "a limit as a decorator": (
        lambda: rate_limit(5, 1)(method),  # type: ignore[call-arg,arg-type]
        "rate_limit(…) is middleware, and no decorator",
    ),
    "one middleware of a route": (
        lambda: Route("/a", Room, middleware=audit),  # type: ignore[arg-type]
        "Room: middleware is a list of functions",
    ),
    "one middleware of a submount": (
        lambda: Submount("/a", [Room], middleware=audit),  # type: ignore[arg-type]
        "middleware is a list of functions",
    ),
    "a prefix behind its routes": (
        lambda: table([Submount([Room], "/t")]),  # type: ignore[arg-type,list-item]
        "the prefix comes first (write Submount('/t', [Room, Board]))",
    ),
    "the converter behind the name": (
        lambda: table([Route("/a/<id:int>", Room)]),
        "Room at '/a/<id:int>': unknown converter 'id' (write <int:id>)",
    ),
    "a converter without a name": (
        lambda: table([Route("/a/<int>", Room)]),
        "is a parameter of that name, which takes any text (write <int:x> for a par",
    ),
    "the class of another library": (
        lambda: table([Route("/a", Foreign)]),
        "(import Namespace from flask_socketio, and not from socketio)",
    ),
    "that class by itself": (
        lambda: table([Foreign]),
        "(import Namespace from flask_socketio, and not from socketio)",
    ),
    "a dict of routes": (
        lambda: router({"/rooms/<int:x>": Room}),
        "(write Route('/rooms/<int:x>', Room))",
    ),
    "values without names": (
        lambda: table([Room]).namespace_for(Room, 42),
        "parameters are given by their names (write namespace_for(Room, room_id=…))",
    ),
    "values without names, of a name": (
        lambda: router([Room]).namespace_for("room", 42),
        "parameters are given by their names (write namespace_for('room', room_id=…))",
    ),
    "the application instead of its SocketIO": (
        lambda: router([Room]).mount(Flask("app")),
        "mount() takes a flask_socketio.SocketIO, not a Flask.",
    ),
    "an answer instead of a predicate": (
        lambda: require(True),  # type: ignore[arg-type]
        "the predicate is called with the dispatch, which True does not take",
    ),
    "a list of converters": (
        lambda: router([Room], converters=["slug"]),
        "converters are ['slug']: expected a dict of classes",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told(name: str) -> None:
    """In one error, which has the cure."""
    make, told = MISTAKES[name]
    with pytest.raises(nsroute.NsrouteError) as caught:
        make()
    assert told in str(caught.value)


def test_a_misspelled_keyword_of_a_class_is_told_the_nearest() -> None:
    """As a note of the error that Python raises."""
    with pytest.raises(TypeError, match="takes no keyword arguments") as caught:
        routed({}, namespaces="/a", zzz=1)
    assert caught.value.__notes__ == ["did you mean 'namespace'?"]


def test_an_event_with_a_space_at_its_end_is_warned_of() -> None:
    """No client sends it so."""
    with pytest.warns(RouteWarning, match="the event 'say ' begins or ends with a spa"):
        routed({"say": on("say ")(lambda self: None)})


def test_a_function_handler_in_the_body_of_a_class_is_warned_of() -> None:
    """`@socketio.on` above a method registers it without its object."""
    hosted: Any = SocketIO(Flask("app"), async_mode="threading")

    class Hall(RoutedNamespace, namespace="/halls/<int:n>"):
        @hosted.on("say")
        def say(self, text: str) -> None: ...

    with pytest.warns(MountWarning) as caught:
        MetaRouter([Hall]).mount(hosted)
    assert str(caught[0].message).endswith(
        "Hall.say is registered as a function for 'say', and will be called without "
        "self: write @on('say') in the class"
    )


def test_an_init_need_not_pass_its_namespace_on() -> None:
    """The object that a router makes has it anyway."""

    class Hall(RoutedNamespace, namespace="/halls/<int:n>"):
        def __init__(self, namespace: str) -> None:
            super().__init__()
            self.own = namespace

        @on("where")
        def where(self) -> list[str]:
            return [self.namespace, self.own]

    client = inline_client(site(Hall))
    client.join("/halls/1")
    assert client.call("/halls/1", "where") == ["/halls/1", "/halls/1"]


@pytest.mark.parametrize(
    "status, told, outcome",
    [
        (401, error("unauthorized", "Unauthorized."), "rejected"),
        (404, error("not_found", "Not found."), "rejected"),
        (200, error("internal_error", "internal error"), "error"),
        (302, error("internal_error", "internal error"), "error"),
    ],
)
def test_a_response_is_an_answer_to_an_event(
    status: int, told: Any, outcome: str
) -> None:
    """`login_required` on an event returns one, and no packet can carry it."""

    class Hall(RoutedNamespace, namespace="/hall"):
        @on("say")
        def say(self) -> Any:
            return make_response("a page", status)

    here = site(Hall)
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    client.join("/hall")
    assert client.call("/hall", "say") == told
    last = recorder.take()[-1]
    assert last.outcome == outcome
    if outcome == "rejected":
        assert str(last.error).startswith("Hall.say returned a response (4")
