"""The name of a namespace that stands by itself, and the parameters in it."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import RoutedNamespace, RouteError, on
from tests.support.alone import Room, served
from tests.support.packet_client import inline_client


def test_it_knows_the_parameters_of_a_name_that_matches() -> None:
    """Where the name is one of the class's pattern, `params` has its parameters."""
    client = inline_client(served(Room("/rooms/42")))
    client.join("/rooms/42", "ann")
    assert client.call("/rooms/42", "say", "") == ["ann", 1, {"room_id": 42}]


def test_it_is_narrowed_like_a_routed_one() -> None:
    """A route narrowed to a pattern is there where the name matches that pattern."""

    class Many(RoutedNamespace, namespace="/a/<int:n>"):
        @on("where", namespace="/b/<int:n>")
        def in_b(self, *, n: int) -> list[Any]:
            return ["b", n]

        @on("where")
        def where(self) -> str:
            return "anywhere"

    client = inline_client(served(Many("/a/1"), Many("/b/2"), Many("/c")))
    told = []
    for name in ("/a/1", "/b/2", "/c"):
        client.join(name)
        told.append(client.call(name, "where"))
    assert told == ["anywhere", ["b", 2], "anywhere"]


def test_other_converters_are_a_routers() -> None:
    """A pattern with a converter that nobody knows here matches nothing, quietly."""

    class Slugs(RoutedNamespace, namespace="/<slug:name>"):
        @on("params")
        def tell(self) -> dict[str, Any]:
            return dict(self.params)

    client = inline_client(served(Slugs("/a")))
    client.join("/a")
    assert client.call("/a", "params") == {}


class Lobby(RoutedNamespace, namespace="/lobby"):
    @on("where")
    def where(self) -> str:
        return self.namespace


class Anything(RoutedNamespace):
    @on("where")
    def where(self) -> str:
        return self.namespace


def test_a_class_with_one_name_need_not_be_told_it() -> None:
    """`Lobby()` serves the only name of its class, one without pattern `/`."""
    client = inline_client(served(Lobby(), Anything()))
    for name in ("/lobby", "/"):
        client.join(name)
        assert client.call(name, "where") == name


@pytest.mark.parametrize("patterns", ["/rooms/<int:n>", ["/a", "/b"]])
def test_a_class_with_many_names_must_be_told_one(patterns: Any) -> None:
    """Without a name, an object whose class could serve several is refused."""

    class Many(RoutedNamespace, namespace=patterns):
        pass

    with pytest.raises(RouteError, match="serves one namespace") as caught:
        Many()
    assert str(caught.value.target).endswith("Many")
    assert caught.value.hint == "pass its name, or mount a MetaRouter with the class"


def test_no_object_stands_on_the_star() -> None:
    """It would let everybody in and run no handler: that is a router's place."""

    class Star(RoutedNamespace, namespace="*"):
        pass

    for make in (Star, lambda: Lobby("*")):
        with pytest.raises(RouteError, match="is all namespaces") as caught:
            make()
        assert caught.value.hint == "mount a MetaRouter with the class"


class Needy(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("say")
    def say(self, *, room_id: int) -> int:
        return room_id


def test_parameters_that_nobody_supplies_are_found_when_it_is_registered() -> None:
    """A handler that needs a parameter of the pattern cannot serve another name."""
    with pytest.raises(RouteError, match="'room_id'") as caught:
        served(Needy("/rooms/lobby"))
    assert str(caught.value.target).endswith("Needy.say")
    client = inline_client(served(Needy("/rooms/7")))
    client.join("/rooms/7")
    assert client.call("/rooms/7", "say") == 7
