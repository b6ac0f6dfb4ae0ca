"""A histogram of durations, a gauge of live namespaces, and few labels."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from nsroute import MetaRouter
from nsroute.opentelemetry import SECONDS
from tests.support.every_path import make, tell_everything
from tests.support.lines import Line
from tests.support.telescope import Room, Telescope, site
from tests.support.worlds import PLAIN, WORLDS, World

every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def telescope() -> Iterator[Telescope]:
    """Observe with the SDK's in-memory exporters."""
    made = Telescope()
    yield made
    made.tracing.shutdown()


@every_world
def test_no_name_and_no_label_holds_a_concrete_namespace(
    telescope: Telescope, world: World
) -> None:
    """Names of spans and labels of metrics stay few, however many namespaces."""
    made = make(world)
    telescope.look_at(made.router)
    line = Line(made)
    tell_everything(line)
    labels = [
        str(label)
        for name in ("messaging.process.duration", "nsroute.live_namespaces")
        for point in telescope.points(name)
        for label in point.attributes.values()
    ]
    assert "/rooms/<string:fault>" in labels
    concrete = ("/rooms/fine", "/rooms/closed", "/rooms/nowhere/at/all", "nonsense")
    assert not [
        text
        for text in [*telescope.names(), *labels]
        if any(name in text for name in concrete)
    ]


def test_durations_are_measured_in_seconds(telescope: Telescope) -> None:
    """The histogram has the unit, the limits and the labels that the page lists."""
    line = Line(site(telescope))
    line.join("/rooms/7")
    for text in "a", "b":
        line.call("/rooms/7", "say", text)
    line.call("/rooms/7", "fail")
    points = telescope.points("messaging.process.duration")
    [say] = [p for p in points if p.attributes["nsroute.event"] == "say"]
    [fail] = [p for p in points if p.attributes["nsroute.event"] == "fail"]
    assert (say.count, say.explicit_bounds) == (2, SECONDS)
    assert 0 < say.sum < 2
    assert dict(say.attributes) == {
        "messaging.system": "socket.io",
        "messaging.operation.name": "event",
        "messaging.operation.type": "process",
        "messaging.destination.template": "/rooms/<int:room_id>",
        "nsroute.event": "say",
        "nsroute.outcome": "ok",
    }
    assert fail.attributes["error.type"] == "builtins.LookupError"


def test_live_namespaces_are_counted_by_pattern(telescope: Telescope) -> None:
    """The gauge follows the live objects, down to zero."""
    made = make(PLAIN)
    telescope.look_at(made.router)
    line = Line(made)
    assert telescope.live() == {}
    for namespace in "/rooms/a", "/rooms/b", "/old/1":
        line.join(namespace)
    assert telescope.live() == {"/rooms/<string:fault>": 2, "/old/<int:number>": 1}
    line.close()
    assert telescope.live() == {"/rooms/<string:fault>": 0, "/old/<int:number>": 0}


def test_the_gauge_does_not_keep_a_router_alive(telescope: Telescope) -> None:
    """A router that is gone has no live namespaces, and is not held by its meter."""
    router: MetaRouter | None = MetaRouter([Room])
    telescope.look_at(router)
    del router
    gc.collect()
    assert telescope.live() == {}
