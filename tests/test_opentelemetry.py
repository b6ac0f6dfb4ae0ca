"""A span for each dispatch, a histogram of durations, a gauge of live namespaces."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
import structlog
from flask import request
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from nsroute import (
    Dispatch,
    EventError,
    MetaRouter,
    RoutedNamespace,
    errorhandler,
    on,
)
from nsroute.opentelemetry import SECONDS, instrument
from tests.every_path import make, tell_everything
from tests.lines import PLAIN, WORLDS, Line, Tape, World
from tests.servers import ROOT, Site

every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
pytestmark = pytest.mark.usefixtures("quiet")


@attrs.define
class Telescope:
    """OpenTelemetry's SDK, looking at one router."""

    exporter: InMemorySpanExporter = attrs.field(factory=InMemorySpanExporter)
    reader: InMemoryMetricReader = attrs.field(factory=InMemoryMetricReader)
    tracing: TracerProvider = attrs.field(factory=TracerProvider)

    def look_at(self, router: MetaRouter) -> None:
        self.tracing.add_span_processor(SimpleSpanProcessor(self.exporter))
        metering = MeterProvider([self.reader], shutdown_on_exit=False)
        instrument(router, tracer_provider=self.tracing, meter_provider=metering)

    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def names(self) -> list[str]:
        return [span.name for span in self.spans()]

    def points(self, name: str) -> list[Any]:
        """Give the data points of a metric."""
        data = self.reader.get_metrics_data()
        return [
            point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    def live(self) -> dict[str, int]:
        """Give the live namespaces by pattern."""
        return {
            point.attributes["messaging.destination.template"]: point.value
            for point in self.points("nsroute.live_namespaces")
        }


@pytest.fixture
def telescope() -> Iterator[Telescope]:
    """Observe with the SDK's in-memory exporters."""
    made = Telescope()
    yield made
    made.tracing.shutdown()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """It notes which span is the current one."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.note("__init__")

    def note(self, here: str) -> None:
        found.append((here, trace.get_current_span().get_span_context().span_id))

    def opened(self) -> None:
        self.note("opened")

    @on("connect")
    def join(self) -> None:
        self.note("connect")

    def accepted(self) -> None:
        self.note("accepted")

    @on("say")
    def say(self, text: str) -> str:
        self.note("say")
        return text

    @on("cursor:*")
    def cursor(self, event: str) -> str:
        return event

    @on("fail")
    def fail(self) -> None:
        raise LookupError("lost in room 7")

    @on("reject")
    def reject(self) -> None:
        raise EventError("rude", "Mind your words.")

    @on("vex")
    def vex(self) -> None:
        raise ArithmeticError

    @errorhandler(ArithmeticError)
    def soothe(self, _error: ArithmeticError) -> None:
        self.note("errorhandler")

    @on("kick")
    def kick(self, sid: str) -> None:
        self.server.disconnect(sid, self.namespace)

    @on("disconnect")
    def part(self) -> None:
        self.note("disconnect")

    def closed(self) -> None:
        self.note("closed")


found: list[tuple[str, int]] = []
"""What `Room` has noted."""


@pytest.fixture(autouse=True)
def _forget() -> None:
    found.clear()


def site(telescope: Telescope, world: World = PLAIN, **options: Any) -> Site:
    """Make a site whose router is looked at."""
    made = world.site(Room, **options)
    made.app.config["PROPAGATE_EXCEPTIONS"] = False
    telescope.look_at(made.router)
    return made


def test_a_span_is_named_by_the_pattern_and_the_declared_event(
    telescope: Telescope,
) -> None:
    """Names hold nothing that a client has chosen."""
    line = Line(site(telescope))
    line.join("/rooms/7")
    for event in "say", "cursor:42", "made-up", "connect", 5:
        line.call("/rooms/7", event, "hello")
    line.refusal("/elsewhere/7")
    line.close()
    room = "/rooms/<int:room_id>"
    assert telescope.names() == [
        f"{room} connect",
        f"{room} say",
        f"{room} cursor:*",
        f"{room} unhandled",
        f"{room} unhandled",
        f"{room} unhandled",
        "unrouted connect",
        f"{room} disconnect",
    ]


def test_a_span_has_the_attributes_of_the_conventions(telescope: Telescope) -> None:
    """A span tells the system, the operation, where it was and how it ended."""
    line = Line(site(telescope))
    sid = line.join("/rooms/7")
    line.call("/rooms/7", "say", "hello")
    span = telescope.spans()[1]
    assert span.kind is SpanKind.CONSUMER
    assert attributes(span) == {
        "messaging.system": "socket.io",
        "messaging.operation.name": "event",
        "messaging.operation.type": "process",
        "messaging.destination.template": "/rooms/<int:room_id>",
        "messaging.destination.name": "/rooms/7",
        "messaging.client.id": sid,
        "code.function.name": "Room.say",
        "nsroute.event": "say",
        "nsroute.outcome": "ok",
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "nsroute"


def test_an_error_is_recorded_on_its_span(telescope: Telescope) -> None:
    """What nobody handled sets the status, the type, and is an exception event."""
    line = Line(site(telescope))
    line.join("/rooms/7")
    line.call("/rooms/7", "fail")
    span = telescope.spans()[1]
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "LookupError: lost in room 7"
    assert attributes(span)["error.type"] == "builtins.LookupError"
    [event] = span.events
    assert event.name == "exception"
    assert (event.attributes or {})["exception.message"] == "lost in room 7"


@pytest.mark.parametrize(
    "event, outcome, code",
    [
        ("reject", "rejected", "rude"),
        ("vex", "rejected", None),
        ("made-up", "unhandled", "unhandled_event"),
        ("say", "rejected", "invalid_arguments"),
    ],
)
def test_an_answer_is_no_error(
    telescope: Telescope, event: str, outcome: str, code: str | None
) -> None:
    """What a client was told, or a handler has handled, leaves the status unset."""
    line = Line(site(telescope))
    line.join("/rooms/7")
    line.call("/rooms/7", event, *([5] if event == "say" else []))
    span = telescope.spans()[1]
    assert (span.status.status_code, span.events) == (StatusCode.UNSET, ())
    assert attributes(span)["nsroute.outcome"] == outcome
    assert attributes(span).get("nsroute.code") == code
    assert "error.type" not in attributes(span)


@every_world
def test_the_span_is_the_current_one_all_through(
    telescope: Telescope, world: World
) -> None:
    """Handlers, hooks and error handlers run in the span of their dispatch."""
    line = Line(site(telescope, world))
    line.join("/rooms/7")
    line.call("/rooms/7", "say", "hello")
    line.call("/rooms/7", "vex")
    line.close()
    ids = [s.context.span_id for s in telescope.spans() if s.context]
    assert found == [
        ("__init__", 0),
        *((stage, ids[0]) for stage in ("opened", "connect", "accepted")),
        ("say", ids[1]),
        ("errorhandler", ids[2]),
        *((stage, ids[3]) for stage in ("disconnect", "closed")),
    ]
    assert not trace.get_current_span().get_span_context().is_valid


def test_the_record_is_written_in_the_span(telescope: Telescope) -> None:
    """A processor can put the ids of trace and span into the record itself."""
    ids: list[int] = []

    def note(_logger: object, _method: str, _fields: object) -> str:
        ids.append(trace.get_current_span().get_span_context().span_id)
        raise structlog.DropEvent

    line = Line(site(telescope))
    structlog.configure(processors=[note])  # until the end of the test: it is `quiet`
    line.join("/rooms/7")
    line.call("/rooms/7", "fail")
    line.close()
    assert ids == [s.context.span_id for s in telescope.spans() if s.context]


@every_world
def test_in_every_kind_of_server_each_dispatch_is_one_span(
    telescope: Telescope, world: World
) -> None:
    """Whatever path a dispatch takes, past any middleware or not, it has one span."""
    made = make(world)
    telescope.look_at(made.router)
    tape = Tape(made)
    sent = tell_everything(Line(made))
    told = [(d.kind, d.namespace, d.outcome) for d in tape.take()]
    spans = [attributes(span) for span in telescope.spans()]
    assert len(spans) == sent
    assert told == [
        (
            span["messaging.operation.name"],
            span["messaging.destination.name"],
            span["nsroute.outcome"],
        )
        for span in spans
    ]
    points = telescope.points("messaging.process.duration")
    assert sum(point.count for point in points) == sent


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


def test_the_page_lists_the_attributes_that_there_are(telescope: Telescope) -> None:
    """Spans and points have the attributes of the page, where it says so."""
    page = (ROOT / "docs" / "reference" / "opentelemetry.md").read_text()
    spans, metrics = page.split("## Metrics")
    rows = re.findall(r"^\| `([a-z_.]+)` \| ([a-z `]+) \|", spans, re.MULTILINE)
    made = make(World(always_connect=True, async_handlers=False))
    telescope.look_at(made.router)
    tape = Tape(made)
    tell_everything(Line(made))
    due: dict[str, Callable[[Dispatch], bool]] = {
        "always": lambda dispatch: True,
        "where a route matched": lambda dispatch: dispatch.pattern is not None,
        "where the client had one": lambda dispatch: dispatch.sid is not None,
        "where the client was told one": lambda dispatch: dispatch.code is not None,
        "of the outcome `error`": lambda dispatch: dispatch.outcome == "error",
    }
    for dispatch, span in zip(tape.take(), telescope.spans(), strict=True):
        listed = {name for name, there in rows if due[there](dispatch)}
        assert set(attributes(span)) == listed
    [row] = re.findall(r"`messaging\.process\.duration` .* \|(.*) \|", metrics)
    points = telescope.points("messaging.process.duration")
    assert {name for point in points for name in point.attributes} == set(
        re.findall(r"`([^`]+)`", row)
    )


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


def test_a_dispatch_begins_a_trace_of_its_own(telescope: Telescope) -> None:
    """A request that stays open is linked, not the parent of all that comes on it."""
    line = Line(site(telescope, World(async_handlers=False)))
    tracer = telescope.tracing.get_tracer("request")
    with tracer.start_as_current_span("GET /socket.io/") as around:
        line.join("/rooms/7")
    line.call("/rooms/7", "say", "hello")
    connect, _, say = telescope.spans()
    assert (connect.parent, say.parent, say.links) == (None, None, ())
    assert [link.context for link in connect.links] == [around.get_span_context()]


def test_a_dispatch_inside_another_is_part_of_it(telescope: Telescope) -> None:
    """A disconnect that a handler causes is a child of the handler's span."""
    line = Line(site(telescope, World(async_handlers=False)))
    sid = line.join("/rooms/7")
    line.emit("/rooms/7", "kick", sid)
    line.wait(1, "/rooms/7")
    made = {span.name.split()[-1]: span for span in telescope.spans()}
    part, kick = made["disconnect"], made["kick"]
    assert part.parent is not None
    assert part.parent == kick.context


def test_what_runs_into_a_dispatch_that_has_no_middleware_has_its_own_span(
    telescope: Telescope,
) -> None:
    """An event that comes late, inside a handler, does not end the handler's span."""

    class Echo(RoutedNamespace, namespace="/echo"):
        @on("call")
        def call(self) -> None:
            sid = request.sid  # type: ignore[attr-defined]
            self.server.disconnect(sid, self.namespace)
            self.trigger_event("call", sid)

    made = World(async_handlers=False).site(Echo)
    telescope.look_at(made.router)
    line = Line(made)
    line.join("/echo")
    line.emit("/echo", "call")
    line.wait(1, "/echo")
    outcomes = Counter(attributes(s)["nsroute.outcome"] for s in telescope.spans())
    assert outcomes == {"ok": 3, "late": 1}


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
def test_a_broken_exporter_breaks_no_dispatch(
    telescope: Telescope, failing: str
) -> None:
    """What the SDK raises is told like a broken receiver; clients do not notice."""
    telescope.tracing.add_span_processor(Refusing(failing))
    line = Line(site(telescope))
    line.join("/rooms/7")
    assert line.call("/rooms/7", "say", "hello") == "hello"
    line.close()
    points = telescope.points("messaging.process.duration")
    assert sum(point.count for point in points) == 3


@pytest.mark.parametrize("mounted", [True, False])
def test_a_router_is_instrumented_once(telescope: Telescope, mounted: bool) -> None:
    """Before the mount or after it, but not twice: there would be two spans each."""
    router = PLAIN.site(Room).router if mounted else MetaRouter([Room])
    telescope.look_at(router)
    with pytest.raises(ValueError, match="instrumented already"):
        instrument(router)


def test_without_an_sdk_nothing_happens() -> None:
    """With the API alone a router works as before."""
    made = PLAIN.site(Room)
    instrument(made.router)
    line = Line(made)
    line.join("/rooms/7")
    assert line.call("/rooms/7", "say", "hello") == "hello"


def test_it_goes_around_all_other_middleware(telescope: Telescope) -> None:
    """The span is there before the router's own middleware runs."""
    seen: list[bool] = []

    def look(_dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
        seen.append(trace.get_current_span().get_span_context().is_valid)
        return proceed()

    line = Line(site(telescope, middleware=[look]))
    line.join("/rooms/7")
    assert seen == [True]
