"""An error is heard of where it happened, and the client is told nothing of it."""

from __future__ import annotations

import json

import pytest

from nsroute import RoutedNamespace, on
from tests.support.lines import Line, left_behind
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@every_world
def test_the_handlers_of_two_names_do_not_hear_each_others_errors(world: World) -> None:
    """`on_error` of one concrete name is that one's; a pattern is none."""
    heard: list[str] = []

    class Falling(RoutedNamespace, namespace="/falling/<int:number>"):
        @on("fall")
        def fall(self) -> None:
            raise ValueError("fell")

    site = world.site(Falling)
    site.socketio.on_error("/falling/<int:number>")(lambda _: heard.append("pattern"))
    site.socketio.on_error("/falling/1")(lambda _: "caught")
    line = Line(site)
    line.join("/falling/1")
    line.join("/falling/2")
    assert line.call("/falling/1", "fall") == "caught"
    other = line.call("/falling/2", "fall")
    if world.error_default:
        assert other == "default: fell"
    else:
        assert other["error"] == {"code": "internal_error", "message": "internal error"}
    assert heard == []
    line.close()
    assert left_behind(site) == {}


def test_what_a_client_is_told_of_an_error_holds_nothing_of_it() -> None:
    """No text of the exception, no name of a file."""

    class Leaky(RoutedNamespace, namespace="/leaky/<int:number>"):
        @on("leak")
        def leak(self) -> None:
            raise ValueError("the password is secret")

    site = PLAIN.site(Leaky)
    line = Line(site)
    line.join("/leaky/1")
    answer = json.dumps(line.call("/leaky/1", "leak"))
    assert "secret" not in answer
    assert ".py" not in answer
    line.close()
