"""A name that no route matches is refused, and the refusal tells nothing."""

from __future__ import annotations

import pytest

from nsroute import RoutedNamespace
from tests.support.lines import Line, Tape, left_behind
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


class Door(RoutedNamespace, namespace="/doors/<int:number>"):
    """It lets everybody in."""


@every_world
@pytest.mark.parametrize("name", ["/nowhere", "/doors/01", "/doors/1/", "/doors/x"])
def test_an_unrouted_name_is_refused_and_leaves_nothing(
    world: World, name: str
) -> None:
    """The refusal is the same for each name that no route matches."""
    site = world.site(Door)
    tape, line = Tape(site), Line(site)
    told = {"message": "Invalid namespace"}
    if world.always_connect:
        told = "Unable to connect"
    assert line.refusal(name) == told
    assert tape.shown() == [("connect", "connect", "unrouted", None)]
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert tape.shown() == []
    assert left_behind(site) == {}


def test_a_refusal_does_not_tell_names_that_exist_from_names_that_do_not() -> None:
    """Nobody learns from refusals which names are routed and which live."""
    site = PLAIN.site(Door)
    first, second = Line(site), Line(site)
    first.join("/doors/1")
    refusals = {
        str(second.refusal(name))
        for name in ("/doors/001", "/doors/one", "/doors", "/windows/1")
    }
    assert refusals == {"{'message': 'Invalid namespace'}"}
