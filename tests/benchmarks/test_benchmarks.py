"""The benchmarks run, and their tables say what was measured."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.benchmarks import dispatching, endtoend, keeping, matching, measure
from tests.benchmarks.__main__ import line, measured
from tests.benchmarks.measure import Row

pytestmark = pytest.mark.long


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure as little as can be."""
    monkeypatch.setattr(measure, "ROUNDS", 1)
    monkeypatch.setattr(matching, "MATCHES", 1)
    monkeypatch.setattr(matching, "MANY", 10)
    monkeypatch.setattr(dispatching, "EVENTS", 1)
    monkeypatch.setattr(dispatching, "JOINS", 1)
    monkeypatch.setattr(keeping, "LIVE", 10)
    monkeypatch.setattr(keeping, "SOME", 10)


def test_every_row_without_a_server_is_measured(small: None, tmp_path: Path) -> None:
    """`--quick` compares matches, dispatches, connects, memory and closing."""
    rows = list(measured(tmp_path, quick=True))
    assert len(rows) == 12
    assert all(row.ratio > 0 for row in rows)


@pytest.mark.sockets
def test_an_echo_is_measured_on_all_servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One pair of async mode and `async_handlers` gives four rows."""
    for name in ("NSROUTE_BENCH_ASYNC_HANDLERS", "NSROUTE_BENCH_RECORDS"):
        monkeypatch.setenv(name, "")  # to be restored
    monkeypatch.setattr(endtoend, "ROUNDS", 1)
    monkeypatch.setattr(endtoend, "TURNS", 1)
    monkeypatch.setattr(endtoend, "TARGETS", {("threading", False): 0.65})
    cpus = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    names = [row.name for row in endtoend.rows(tmp_path)]
    assert names == [
        "echo, threading, async_handlers=False",
        "echo by python-socketio alone, threading, async_handlers=False",
        "the same, with a record, threading, async_handlers=False",
        "a new client, threading, async_handlers=False",
    ]
    records = map(json.loads, (tmp_path / "records.jsonl").read_text().splitlines())
    echoes = sum(record["sio_event"] == "echo" for record in records)
    rounds, recording = 2, 2  # one round that does not count; routed, and alone
    assert echoes == rounds * recording * endtoend.ROOMS
    assert cpus is None or os.sched_getaffinity(0) == cpus


def test_a_row_is_a_median_of_ratios_with_its_spread() -> None:
    """One round that something disturbed does not change what a row says."""
    row = measure.row("an echo", [10.0, 10.0, 10.0, 10.0], [5.0, 6.0, 5.0, 90.0])
    assert row.ratio == pytest.approx(0.55)
    assert line(row) == "| an echo | 10.0 µs | 5.5 µs | **0.550** ± 0.050 |  |"


@pytest.mark.parametrize(
    "aims, said",
    [({"target": 0.1}, "≤ 0.10"), ({"limit": 1500.0, "unit": "B"}, "≤ 1,500 B")],
)
def test_a_row_says_what_it_aims_at(aims: dict[str, object], said: str) -> None:
    """An aim is a ratio, or a limit of ours."""
    row = measure.row("a thing", [2.0], [1.0], **aims)
    assert isinstance(row, Row)
    assert line(row).endswith(f"| {said} |")
