"""OpenTelemetry's SDK on a router, and rooms that note the current span."""

from __future__ import annotations

from typing import Any

import attrs
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from nsroute import EventError, MetaRouter, RoutedNamespace, errorhandler, on
from nsroute.opentelemetry import instrument
from tests.support.server_configs import DEFAULT_CONFIG, ServerConfig
from tests.support.sites import Site


@attrs.define
class OtelProbe:
    """OpenTelemetry's SDK, instrumenting one router."""

    exporter: InMemorySpanExporter = attrs.field(factory=InMemorySpanExporter)
    reader: InMemoryMetricReader = attrs.field(factory=InMemoryMetricReader)
    tracing: TracerProvider = attrs.field(factory=TracerProvider)

    def attach(self, router: MetaRouter) -> None:
        self.tracing.add_span_processor(SimpleSpanProcessor(self.exporter))
        metering = MeterProvider([self.reader], shutdown_on_exit=False)
        instrument(router, tracer_provider=self.tracing, meter_provider=metering)

    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def names(self) -> list[str]:
        return [span.name for span in self.spans()]

    def points(self, name: str) -> list[Any]:
        """Return the data points of a metric."""
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
        """Return the live namespaces by pattern."""
        return {
            point.attributes["messaging.destination.template"]: point.value
            for point in self.points("nsroute.live_namespaces")
        }

    def waiting(self) -> int:
        """Return how many events wait for their turn."""
        [point] = self.points("nsroute.waiting_events")
        return int(point.value)


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


def site(
    probe: OtelProbe, config: ServerConfig = DEFAULT_CONFIG, **options: Any
) -> Site:
    """Return a site whose router is instrumented."""
    made = config.site(Room, **options)
    made.app.config["PROPAGATE_EXCEPTIONS"] = False
    probe.attach(made.router)
    return made
