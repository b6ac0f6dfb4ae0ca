"""Many dispatches of many threads: as many records, signals and spans, by outcome.

A newcomer's run sends 20,000 dispatches, CI (`NSROUTE_REQUIRE_ALL=1`) ten times that.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO, cast

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)

from nsroute import Dispatch, dispatched
from nsroute.opentelemetry import instrument
from tests.support.every_path import make
from tests.support.packet_client import PacketClient
from tests.support.server_configs import ServerConfig
from tests.support.sites import Site

DISPATCHES = 200_000 if os.environ.get("NSROUTE_REQUIRE_ALL") else 20_000
THREADS = 8

Counts = Counter[tuple[str, str]]


def events(name: str) -> list[tuple[str, list[Any], str]]:
    """Return events with their arguments and how they are to end."""
    return [
        *[("say", [f"{name} {number}"], "ok") for number in range(30)],
        ("many:1", [], "ok"),
        ("say", [5], "rejected"),
        ("reject", [], "rejected"),
        ("vex", [], "rejected"),
        ("connect", [], "rejected"),
        ("barred", [], "rejected"),
        ("made up", [], "unhandled"),
        ("fail", [], "error"),
    ]


def live_once(site: Site, client: PacketClient, name: str) -> Iterator[tuple[str, str]]:
    """Live through one connection; tell each dispatch and how it is to end."""
    sid = client.join(name)
    yield "connect", "ok"
    for event, args, outcome in events(name):
        client.emit(name, event, *args)
        yield "event", outcome
    client.leave(name)
    yield "disconnect", "ok"
    site.router.trigger_event("say", name, sid, "too late")
    yield "event", "late"
    client.refusal(name, "refuse")
    yield "connect", "refused"
    client.refusal("/rooms/opened")
    yield "connect", "error"
    client.refusal("/no/such/room")
    yield "connect", "unrouted"
    client.drain().clear()


def send(site: Site, number: int) -> Counts:
    """Send one thread's share of the dispatches, in a room that others come to too."""
    client = PacketClient(site)
    sent: Counts = Counter()
    while sent.total() < DISPATCHES // THREADS:
        name = f"/rooms/{(number + sent.total()) % 3}"
        sent.update(live_once(site, client, name))
    client.close()
    return sent


class CountingExporter(SpanExporter):
    """It counts spans, and keeps none."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            told: Any = span.attributes
            kind, outcome = told["messaging.operation.name"], told["nsroute.outcome"]
            self.seen.append((kind, outcome))
        return SpanExportResult.SUCCESS


class Journal:
    """A file of records, flushed when it is read.

    Each flush would hand over to a thread that waits for the lock of the logger.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = path.open("w")
        self.write = self._opened.write
        self.close = self._opened.close

    def flush(self) -> None:
        """Leave that for later."""

    def counts(self) -> Counts:
        """Count the records by kind and outcome."""
        self._opened.flush()
        told: Counts = Counter()
        with self._path.open() as clients:
            for record in map(json.loads, clients):
                kind = record["event"].removeprefix("nsroute.")
                if kind != "context":
                    told[kind.replace("unrouted", "connect"), record["outcome"]] += 1
        return told


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Write records to a file, as JSON."""
    before = structlog.get_config()
    with closing(Journal(tmp_path / "records.jsonl")) as opened:
        structlog.configure(
            processors=[structlog.processors.JSONRenderer()],
            logger_factory=structlog.WriteLoggerFactory(cast("TextIO", opened)),
        )
        yield opened
    structlog.configure(**before)


@pytest.mark.long
def test_records_signals_and_spans_are_the_dispatches_sent(
    journal: Journal,
) -> None:
    """Eight threads at once: of each outcome as many of each as were sent."""
    site = make(ServerConfig(async_handlers=False))
    exporter, heard = CountingExporter(), list[tuple[str, str]]()
    tracing = TracerProvider(shutdown_on_exit=False)
    tracing.add_span_processor(SimpleSpanProcessor(exporter))
    instrument(site.router, tracer_provider=tracing)

    def hear(_: object, dispatch: Dispatch) -> None:
        heard.append((dispatch.kind, str(dispatch.outcome)))

    with (
        dispatched.connected_to(hear, sender=site.router),
        ThreadPoolExecutor(THREADS) as pool,
    ):
        shares = pool.map(lambda number: send(site, number), range(THREADS))
        sent = sum(shares, Counts())
    assert sent.total() >= DISPATCHES
    assert journal.counts() == sent
    assert Counter(heard) == sent
    assert Counter(exporter.seen) == sent
