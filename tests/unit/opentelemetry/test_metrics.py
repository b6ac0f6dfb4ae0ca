"""A histogram of durations, a gauge of live namespaces, and few labels."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from nsroute import MetaRouter
from nsroute.opentelemetry import SECONDS
from tests.support.concurrency import gate, wait_for
from tests.support.every_path import make, tell_everything
from tests.support.ordered_rooms import ByClient, Noted
from tests.support.otel_probe import OtelProbe, Room, site
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig

every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def probe() -> Iterator[OtelProbe]:
    """Observe with the SDK's in-memory exporters."""
    made = OtelProbe()
    yield made
    made.tracing.shutdown()


@every_config
def test_no_name_and_no_label_holds_a_concrete_namespace(
    probe: OtelProbe, config: ServerConfig
) -> None:
    """Names of spans and labels of metrics stay few, however many namespaces."""
    made = make(config)
    probe.attach(made.router)
    client = PacketClient(made)
    tell_everything(client)
    labels = [
        str(label)
        for name in ("messaging.process.duration", "nsroute.live_namespaces")
        for point in probe.points(name)
        for label in point.attributes.values()
    ]
    assert "/rooms/<string:fault>" in labels
    concrete = ("/rooms/fine", "/rooms/closed", "/rooms/nowhere/at/all", "nonsense")
    assert not [
        text
        for text in [*probe.names(), *labels]
        if any(name in text for name in concrete)
    ]


def test_durations_are_measured_in_seconds(probe: OtelProbe) -> None:
    """The histogram has the unit, the limits and the labels that the page lists."""
    client = PacketClient(site(probe))
    client.join("/rooms/7")
    for text in "a", "b":
        client.call("/rooms/7", "say", text)
    client.call("/rooms/7", "fail")
    points = probe.points("messaging.process.duration")
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


def test_live_namespaces_are_counted_by_pattern(probe: OtelProbe) -> None:
    """The gauge follows the live objects, down to zero."""
    made = make(DEFAULT_CONFIG)
    probe.attach(made.router)
    client = PacketClient(made)
    assert probe.live() == {}
    for namespace in "/rooms/a", "/rooms/b", "/old/1":
        client.join(namespace)
    assert probe.live() == {"/rooms/<string:fault>": 2, "/old/<int:number>": 1}
    client.close()
    assert probe.live() == {"/rooms/<string:fault>": 0, "/old/<int:number>": 0}


def test_the_gauge_does_not_keep_a_router_alive(probe: OtelProbe) -> None:
    """A router that is gone has no live namespaces, and is not held by its meter."""
    router: MetaRouter | None = MetaRouter([Room])
    probe.attach(router)
    del router
    gc.collect()
    assert probe.live() == {}


def test_events_that_wait_are_counted(probe: OtelProbe) -> None:
    """While a handler runs, the next event of its client waits."""
    made = ServerConfig().site(ByClient)
    probe.attach(made.router)
    assert probe.waiting() == 0
    with gate(made) as (reached, go):
        Noted.notes, Noted.gates = [], (reached, go)
        client = PacketClient(made)
        client.join("/by-client/1")
        client.emit("/by-client/1", "wait")
        wait_for(reached)
        number = client.ask("/by-client/1", "say")
        assert probe.waiting() == 1
        go.set()
        client.acknowledgement("/by-client/1", number)
    assert probe.waiting() == 0
    assert MetaRouter([Room]).waiting_events == 0
