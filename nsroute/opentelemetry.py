"""Traces and metrics of a router by OpenTelemetry: `pip install "nsroute[otel]"`.

`instrument(router)` makes a span for each dispatch, a histogram of their durations and
gauges of the live namespaces and of the events that wait. Names and labels are patterns
and declared events, never a client's own text; `docs/reference/opentelemetry.md` lists
the attributes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from time import time_ns
from typing import Any, Final
from weakref import ref

import attrs
from opentelemetry import context, metrics, trace
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, Tracer

from nsroute.dispatch.routes import LIFECYCLE, EventTable
from nsroute.records import explain_failure, truncate
from nsroute.records.failures import safe_exception
from nsroute.router import MetaRouter
from nsroute.signals import Dispatch, dispatched

__all__ = ["instrument"]

SCOPE: Final = "nsroute"
SYSTEM: Final = "socket.io"
SECONDS: Final = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025),
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
"""The buckets of the histogram: those of the conventions, and shorter ones."""


@attrs.define(eq=False)
class _Started:
    """A dispatch whose span the middleware has started."""

    dispatch: Dispatch
    span: Span
    is_open: bool = True


_started: ContextVar[_Started | None] = ContextVar("nsroute_started", default=None)


def instrument(
    router: MetaRouter,
    *,
    tracer_provider: trace.TracerProvider | None = None,
    meter_provider: metrics.MeterProvider | None = None,
) -> None:
    """Trace and measure the dispatches of a router, from its next client on.

    Args:
        router: The router; mounted or not, but before its first client connects.
        tracer_provider: Makes the spans; by default the global one.
        meter_provider: Makes the metrics; by default the global one.

    Raises:
        ValueError: If the router is instrumented already.
    """
    plans = [router.compiled(route) for route in router.table]
    layers = [layer for plan in plans for layer in plan.unhandled.middleware]
    if any(isinstance(layer, _Telemetry) for layer in layers):
        raise ValueError("this router is instrumented already")
    meter = metrics.get_meter(SCOPE, meter_provider=meter_provider)
    durations = meter.create_histogram(
        "messaging.process.duration",
        unit="s",
        description="Duration of dispatches.",
        explicit_bucket_boundaries_advisory=SECONDS,
    )
    telemetry = _Telemetry(
        trace.get_tracer(SCOPE, tracer_provider=tracer_provider),
        durations,
        {plan.pattern: EventTable({e: e for e, _ in plan.events}) for plan in plans},
    )
    # The router holds it as middleware; the signal only knows it while that lasts.
    dispatched.connect(telemetry.finish, sender=router)
    router.wrap(telemetry)
    _watch_live(meter, router)


def _watch_live(meter: metrics.Meter, router: MetaRouter) -> None:
    watched = ref(router)
    seen: set[str] = set()

    def observe(_: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        counts = Counter(dict.fromkeys(seen, 0))
        if (found := watched()) is not None:
            counts.update(one.pattern for one in found.live.overview())
        seen.update(counts)
        for pattern, count in counts.items():
            labels = {"messaging.destination.template": pattern}
            yield metrics.Observation(count, {"messaging.system": SYSTEM, **labels})

    def observe_waiting(_: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        if (found := watched()) is not None:
            yield metrics.Observation(
                found.waiting_events, {"messaging.system": SYSTEM}
            )

    meter.create_observable_up_down_counter(
        "nsroute.live_namespaces",
        [observe],
        unit="{namespace}",
        description="Namespaces with a live object.",
    )
    meter.create_observable_up_down_counter(
        "nsroute.waiting_events",
        [observe_waiting],
        unit="{event}",
        description="Events that wait for their turn.",
    )


@attrs.frozen(eq=False)
class _Telemetry:
    """A middleware that starts spans, and a receiver that ends them.

    A dispatch that does not reach the middleware gets its span when it has ended.
    """

    tracer: Tracer
    durations: metrics.Histogram
    events: Mapping[str | None, EventTable[str]]
    """Pattern -> the events that its class declares."""

    def __call__(self, dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
        """Call `proceed` within a span, which stays the current one of the dispatch.

        Error handlers, `accepted`, `closed` and the record come after the middleware.
        """
        with suppress(Exception):  # `finish` makes a span then, and raises
            span = self._start(dispatch, time_ns())
            context.attach(trace.set_span_in_context(span))
            _started.set(_Started(dispatch, span))
        return proceed()

    def finish(self, _: MetaRouter, *, dispatch: Dispatch) -> None:
        """Measure a dispatch that has finished, and end its span."""
        duration, error = dispatch.duration or 0.0, dispatch.error
        outcome = {"nsroute.outcome": str(dispatch.outcome)}
        if dispatch.outcome == "error":
            kind = type(error)
            outcome["error.type"] = f"{kind.__module__}.{kind.__qualname__}"
        self.durations.record(duration, {**self._labels(dispatch), **outcome})
        span = self._span(dispatch, duration)
        span.set_attributes(outcome)
        if dispatch.code is not None:
            span.set_attribute("nsroute.code", truncate(dispatch.code))
        if dispatch.outcome == "error" and error is not None:
            span.record_exception(safe_exception(error))
            span.set_status(StatusCode.ERROR, explain_failure(error))
        span.end()

    def _span(self, dispatch: Dispatch, duration: float) -> Span:
        started = _started.get()
        if started is not None and started.dispatch is dispatch:
            started.is_open = False
            return started.span
        return self._start(dispatch, time_ns() - int(duration * 1e9))

    def _start(self, dispatch: Dispatch, start: int) -> Span:
        labels = self._labels(dispatch)
        where = labels.get("messaging.destination.template", "unrouted")
        details = {"messaging.destination.name": truncate(dispatch.namespace)}
        if dispatch.sid is not None:
            details["messaging.client.id"] = dispatch.sid
        if dispatch.target is not None:
            details["code.function.name"] = dispatch.target
        parent, links = _parent_and_links()
        return self.tracer.start_span(
            f"{where} {labels['nsroute.event']}",
            parent,
            SpanKind.CONSUMER,
            {**labels, **details},
            links,
            start,
        )

    def _labels(self, dispatch: Dispatch) -> dict[str, str]:
        """Return the attributes that no client can choose."""
        event, declared = dispatch.event, self.events.get(dispatch.pattern)
        if dispatch.kind != "event":
            event = dispatch.kind
        elif declared is None or not isinstance(event, str) or event in LIFECYCLE:
            event = None
        else:
            event = declared.find(event)
        labels = {
            "messaging.system": SYSTEM,
            "messaging.operation.name": dispatch.kind,
            "messaging.operation.type": "process",
            "nsroute.event": event or "unhandled",
        }
        if dispatch.pattern is not None:
            labels["messaging.destination.template"] = dispatch.pattern
        return labels


def _parent_and_links() -> tuple[context.Context | None, list[Link]]:
    """Return the parent and the links of a new span.

    The parent is the dispatch around it. Without one the span begins a trace, linked to
    the current span: on a WebSocket, a request that lasts as long as the connection.
    """
    started = _started.get()
    if started is not None and started.is_open:
        return None, []
    current = trace.get_current_span().get_span_context()
    return context.Context(), [Link(current)] if current.is_valid else []
