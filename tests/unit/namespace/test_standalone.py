"""The one name that an object without a router serves."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import RoutedNamespace, on
from nsroute.namespace.standalone import OneName, match_declared
from tests.support.alone import served
from tests.support.lines import Line, left_behind
from tests.support.worlds import WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


class Lobby(RoutedNamespace, namespace="/lobby"):
    """Something that stands alone."""

    @on("say")
    def say(self, text: str) -> str:
        return text


def test_it_has_one_name_and_leaves_others_to_others() -> None:
    """A connect that it did not claim is passed by."""
    route, not_handled = object(), object()
    name: Any = OneName("/lobby", route, {"n": 1}, not_handled)  # type: ignore[arg-type]
    for ask in (name.find, name.claim):
        assert ask("/lobby") == (route, {"n": 1})
        assert [ask(other) for other in ("/", "*", "/lobby/", 5, None)] == [None] * 5
    assert name.refuse("/lobby", "sid") is not_handled


@pytest.mark.parametrize(
    "name, found",
    [
        ("/rooms/7", ({"n": 7}, "/rooms/<int:n>")),
        ("/rooms/07", ({}, None)),
        ("/lobby", ({}, "/lobby")),
        ("/other", ({}, None)),
    ],
)
def test_its_params_are_those_of_the_first_pattern_that_matches(
    name: str, found: Any
) -> None:
    """Patterns that only a router can read are passed by."""
    patterns = ["/<slug:x>", "/broken/<", "/lobby", "/rooms/<int:n>", "/rooms/<int:m>"]
    assert match_declared(name, patterns) == found


@every_world
def test_a_connect_that_was_not_claimed_reaches_no_object(world: World) -> None:
    """A class that was registered while its client connects serves the next one."""
    site = world.app()
    lobby = Lobby()

    class Late(Lobby, namespace="/late"):
        """Registered by the connect of a client."""

    def register() -> None:
        site.socketio.on_namespace(Late())
        del site.socketio.server.handlers["/late"]

    site.socketio.on_namespace(lobby)
    site.socketio.on("connect", namespace="/late")(register)
    first, second = Line(site), Line(site)
    first.join("/late")
    refused = first.call("/late", "say", "a")
    assert refused["error"]["code"] == "not_connected"
    second.join("/late")
    assert second.call("/late", "say", "a") == "a"
    for line in (first, second):
        line.join("/lobby")
        assert line.call("/lobby", "say", "b") == "b"
        line.close()
    assert left_behind(site) == {}


def test_an_object_keeps_its_clients_when_another_one_comes_beside_it() -> None:
    """Each object has a registry of its own on the one client manager."""
    site = served(Lobby("/a"), Lobby("/b"))
    line = Line(site)
    for name in ("/a", "/b"):
        line.join(name)
    manager: Any = site.socketio.server.manager
    assert len(manager.registries) == 2
    assert [len(one.objects) for one in manager.registries] == [1, 1]
    line.close()
    assert left_behind(site) == {}
