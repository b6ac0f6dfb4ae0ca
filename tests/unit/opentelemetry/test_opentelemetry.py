"""How a router is instrumented, and that no dispatch is missed and none disturbed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from nsroute import Dispatch, MetaRouter
from nsroute.opentelemetry import instrument
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.every_path import make, tell_everything
from tests.support.otel_probe import OtelProbe, Room, attributes, site
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.servers import ROOT

every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def probe() -> Iterator[OtelProbe]:
    """Observe with the SDK's in-memory exporters."""
    made = OtelProbe()
    yield made
    made.tracing.shutdown()


@every_config
def test_in_every_kind_of_server_each_dispatch_is_one_span(
    probe: OtelProbe, config: ServerConfig
) -> None:
    """Whatever path a dispatch takes, past any middleware or not, it has one span."""
    made = make(config)
    probe.attach(made.router)
    recorder = DispatchRecorder(made)
    sent = tell_everything(PacketClient(made))
    told = [(d.kind, d.namespace, d.outcome) for d in recorder.take()]
    spans = [attributes(span) for span in probe.spans()]
    assert len(spans) == sent
    assert told == [
        (
            span["messaging.operation.name"],
            span["messaging.destination.name"],
            span["nsroute.outcome"],
        )
        for span in spans
    ]
    points = probe.points("messaging.process.duration")
    assert sum(point.count for point in points) == sent


def test_the_page_lists_the_attributes_that_there_are(probe: OtelProbe) -> None:
    """Spans and points have the attributes of the page, where it says so."""
    page = (ROOT / "docs" / "reference" / "opentelemetry.md").read_text()
    spans, metrics = page.split("## Metrics")
    rows = re.findall(r"^\| `([a-z_.]+)` \| ([a-z `]+) \|", spans, re.MULTILINE)
    made = make(ServerConfig(always_connect=True, async_handlers=False))
    probe.attach(made.router)
    recorder = DispatchRecorder(made)
    tell_everything(PacketClient(made))
    due: dict[str, Callable[[Dispatch], bool]] = {
        "always": lambda dispatch: True,
        "where a route matched": lambda dispatch: dispatch.pattern is not None,
        "where the client had one": lambda dispatch: dispatch.sid is not None,
        "where the client was told one": lambda dispatch: dispatch.code is not None,
        "with the outcome `error`": lambda dispatch: dispatch.outcome == "error",
    }
    for dispatch, span in zip(recorder.take(), probe.spans(), strict=True):
        listed = {name for name, there in rows if due[there](dispatch)}
        assert set(attributes(span)) == listed
    [row] = re.findall(r"`messaging\.process\.duration` .* \|(.*) \|", metrics)
    points = probe.points("messaging.process.duration")
    assert {name for point in points for name in point.attributes} == set(
        re.findall(r"`([^`]+)`", row)
    )


class Refusing(SpanProcessor):
    """It cannot take spans."""

    def __init__(self, failing: str) -> None:
        self.failing = failing

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        if self.failing == "start":
            raise RuntimeError("cannot start")

    def on_end(self, span: ReadableSpan) -> None:
        if self.failing == "end":
            raise RuntimeError("cannot end")


@pytest.mark.parametrize("failing", ["start", "end"])
def test_a_broken_exporter_breaks_no_dispatch(probe: OtelProbe, failing: str) -> None:
    """What the SDK raises is told like a broken receiver; clients do not notice."""
    probe.tracing.add_span_processor(Refusing(failing))
    client = PacketClient(site(probe))
    client.join("/rooms/7")
    assert client.call("/rooms/7", "say", "hello") == "hello"
    client.close()
    points = probe.points("messaging.process.duration")
    assert sum(point.count for point in points) == 3


@pytest.mark.parametrize("mounted", [True, False])
def test_a_router_is_instrumented_once(probe: OtelProbe, mounted: bool) -> None:
    """Before the mount or after it, but not twice: there would be two spans each."""
    router = DEFAULT_CONFIG.site(Room).router if mounted else MetaRouter([Room])
    probe.attach(router)
    with pytest.raises(ValueError, match="instrumented already"):
        instrument(router)


def test_without_an_sdk_nothing_happens() -> None:
    """With the API alone a router works as before."""
    made = DEFAULT_CONFIG.site(Room)
    instrument(made.router)
    client = PacketClient(made)
    client.join("/rooms/7")
    assert client.call("/rooms/7", "say", "hello") == "hello"


def test_it_goes_around_all_other_middleware(probe: OtelProbe) -> None:
    """The span is there before the router's own middleware runs."""
    seen: list[bool] = []

    def look(_dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
        seen.append(trace.get_current_span().get_span_context().is_valid)
        return proceed()

    client = PacketClient(site(probe, middleware=[look]))
    client.join("/rooms/7")
    assert seen == [True]
