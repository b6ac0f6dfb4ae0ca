"""`serve` makes a server of one class, wherever it is to be served."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import request
from flask_socketio import Namespace

from nsroute import Dispatch, MetaRouter, RoutedNamespace, on
from nsroute.testing import serve


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("connect")
    def join(self, auth: Any) -> None:
        """Let everybody in."""


def test_a_class_is_served_at_a_pattern_of_the_tests_choice() -> None:
    """`serve` places a class without patterns, or one elsewhere than it says."""

    class Plain(Namespace):
        def on_where(self) -> str:
            return str(self.namespace)

    plain = serve(Plain, "/plain")
    plain.connect()
    assert plain.call("where") == "/plain"
    placed = serve(Room, "/halls/7", pattern="/halls/<int:room_id>")
    placed.connect()
    assert placed.router.live["/halls/7"].params == {"room_id": 7}


def test_middleware_and_configuration_are_given_to_serve() -> None:
    """`serve` takes the router's middleware and what is added to the configuration."""
    seen: list[Any] = []

    def watch(dispatch: Dispatch, proceed: Any) -> Any:
        seen.append((dispatch.event, request.sid == dispatch.sid))
        return proceed()

    client = serve(Room, "/rooms/1", middleware=[watch], config={"NAME": "x"})
    assert isinstance(client.router, MetaRouter)
    assert client.app.config["NAME"] == "x"
    client.connect()
    assert seen == [("connect", True)]


def test_a_name_that_the_class_does_not_serve_is_an_error() -> None:
    """`serve` says which patterns there are, and why they do not match."""
    told = (
        r"'/rooms/01' does not match '/rooms/<int:room_id>': it is written '/rooms/1'"
    )
    with pytest.raises(LookupError, match=told):
        serve(Room, "/rooms/01")
    with pytest.raises(LookupError, match="'/x/y' does not match '/rooms/<int:room_id"):
        serve(Room, "/x/y")


def test_a_partial_of_a_class_is_served() -> None:
    """As a route takes one."""

    class Stock(RoutedNamespace, namespace="/stock"):
        def __init__(self, price: int, namespace: str) -> None:
            super().__init__(namespace)
            self.price = price

        @on("price")
        def tell(self) -> int:
            return self.price

    client = serve(partial(Stock, 7), "/stock")
    client.connect()
    assert client.call("price") == 7


@pytest.mark.parametrize(
    "target, name, cure",
    [
        ("/rooms/1", Room, ": write serve(Room, '/rooms/1')"),
        ("/rooms/1", None, ""),
        (Room, None, ""),
        (Room("/rooms/1"), "/rooms/1", ""),
        (dict, "/rooms/1", ""),
    ],
)
def test_a_class_comes_before_its_name(target: Any, name: Any, cure: str) -> None:
    """Swapped, or something else, they are told how to be given."""
    with pytest.raises(TypeError) as caught:
        serve(target, name)
    assert str(caught.value) == (
        f"serve takes a class and then a name, not {target!r} and {name!r}{cure}"
    )
