"""The benchmarks run, and their tables say what was measured."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from socketio.packet import ACK, Packet

from nsroute.dispatch.refusals import error_answer
from tests.benchmarks import (
    amplification,
    attacking,
    broadcasting,
    dispatching,
    endtoend,
    flight,
    keeping,
    matching,
    measure,
    ticking,
)
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
    monkeypatch.setattr(broadcasting, "CLIENTS", 10)
    monkeypatch.setattr(ticking, "LIVE", 10)


def test_every_row_without_a_server_is_measured(small: None, tmp_path: Path) -> None:
    """`--quick` compares matches, dispatches, connects, memory, closing and timers."""
    rows = list(measured(tmp_path, quick=True))
    assert len(rows) == 14
    assert all(row.ratio > 0 for row in rows)


@pytest.mark.sockets
def test_an_echo_is_measured_on_all_servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each async mode gives four rows."""
    for name in ("NSROUTE_BENCH_ASYNC_HANDLERS", "NSROUTE_BENCH_RECORDS"):
        monkeypatch.setenv(name, "")  # to be restored
    monkeypatch.setattr(endtoend, "ROUNDS", 1)
    monkeypatch.setattr(endtoend, "TURNS", 1)
    monkeypatch.setattr(endtoend, "TARGETS", {"threading": 0.65})
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


@pytest.mark.sockets
def test_messages_in_flight_are_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the server pays, and what a user feels; and one client by itself."""
    for name in ("NSROUTE_BENCH_ASYNC_HANDLERS", "NSROUTE_BENCH_RECORDS"):
        monkeypatch.setenv(name, "")  # to be restored
    for name, value in {"ROUNDS": 1, "ROOMS": 3, "MESSAGES": 5}.items():
        monkeypatch.setattr(flight, name, value)
    monkeypatch.setattr(flight, "AIMS", {("threading", 2): (0.33, 0.33, 1.0)})
    monkeypatch.setattr(flight, "ALONE", {"threading": 0.57})
    rows = list(flight.rows(tmp_path))
    assert [row.name for row in rows] == [
        "CPU of an echo, threading, 3 clients with 2 messages in flight",
        "time between two echoes, threading, 3 clients with 2 messages in flight",
        "p99 of an echo, threading, 3 clients with 2 messages in flight",
        "async_handlers=False, threading, 3 clients with 2 messages in flight",
        "the least and a Flask context, threading, 3 clients with 2 messages in flight",
        "the least, threading, 3 clients with 2 messages in flight",
        "CPU of an echo, threading, one client",
        "async_handlers=False, threading, one client",
        "the least and a Flask context, threading, one client",
        "the least, threading, one client",
    ]
    assert all(row.ratio > 0 for row in rows)


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


@pytest.mark.parametrize("headers, most", [(amplification.TCP_AND_IP, 4), (0, 6.5)])
def test_no_answer_is_more_than_four_times_what_was_sent(
    headers: int, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six times where many frames share a segment; nor does more stay in memory."""
    monkeypatch.setattr(amplification, "TCP_AND_IP", headers)
    monkeypatch.setattr(amplification, "ROUNDS", 1)
    monkeypatch.setattr(amplification, "BURST", 2)
    rows = list(amplification.rows())
    assert len(rows) == 10
    for row in rows:
        assert row.out <= most, row
        assert row.held <= 4, row
        assert amplification.line(row).startswith(f"| {row.name} | ")


def test_an_error_without_any_text_is_four_times_the_smallest_event() -> None:
    """So no text of an error could be short enough to stay below that by itself."""
    error = error_answer("invalid_event", "")
    answer = Packet(ACK, data=[error], namespace="/rooms/1", id=1).encode()
    sizes = [1 + len(frame) for frame in (answer, "2/rooms/1,1[7]")]
    assert sizes == [61, 15]
    assert sizes[0] > 4 * sizes[1]


@pytest.mark.sockets
def test_each_attack_costs_a_hardened_server_less() -> None:
    """What is counted of an attack is a small part of what upstream has."""
    for row in attacking.rows():
        assert row.hardened < row.upstream / 4, row
        assert attacking.line(row).startswith(f"| {row.name} | {row.measure} | ")
