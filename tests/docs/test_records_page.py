"""`docs/reference/records.md` says what is recorded, and nothing else is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from socketio import packet
from structlog.testing import capture_logs

from nsroute import Dispatch, LogPolicy, RoutedNamespace, dispatched, every, on
from nsroute.records.console import LEFT_OUT
from nsroute.records.failures import MAX_ERROR, MAX_EXCEPTIONS
from nsroute.records.policy import LEVEL_NAMES, LEVELS
from nsroute.records.redaction import (
    DENIED,
    DENIED_WORDS,
    MAX_DEPTH,
    MAX_FOLDED,
    MAX_TEXT,
    MAX_VALUES,
)
from nsroute.records.truncation import MAX_NAME
from nsroute.testing import RouterClient
from tests.support.concurrency import gate, run_beside, settle, wait_for
from tests.support.every_path import make, tell_everything
from tests.support.ordered_rooms import ByNamespace, Noted
from tests.support.packet_client import PacketClient
from tests.support.server_configs import ServerConfig
from tests.support.servers import ROOT
from tests.support.sites import PATIENCE

PAGE = (ROOT / "docs" / "reference" / "records.md").read_text()


def table(*header: str) -> list[dict[str, str]]:
    """Return the rows of the page's tables with these columns."""
    lines = PAGE.splitlines()
    found = []
    for number, line in enumerate(lines):
        if cells(line) == list(header):
            for row in lines[number + 2 :]:
                if not row.startswith("|"):
                    break
                found.append(dict(zip(header, cells(row), strict=True)))
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def code(cell: str) -> list[str]:
    """Return what a cell has between backticks."""
    return re.findall(r"`([^`]*)`", cell)


FIELDS = {
    code(row["Field"])[0]: row for row in table("Field", "Type", "There", "Meaning")
}
OUTCOMES = {
    code(row["Outcome"])[0]: row for row in table("Outcome", "Level", "Meaning")
}
CODES = {code(row["Code"])[0]: row for row in table("Code", "Outcome", "Meaning")}


@attrs.frozen
class Entry:
    """A record, and its dispatch."""

    record: dict[str, Any]
    dispatch: Dispatch
    policy: LogPolicy


TYPES: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, float),
    "whole number": lambda value: type(value) is int,
    "list": lambda value: isinstance(value, list),
    "mapping": lambda value: isinstance(value, dict),
    "exception": lambda value: len(value) == 3 and isinstance(value[1], BaseException),
}

THERE: dict[str, Callable[[Entry], bool]] = {
    "always": lambda entry: True,
    "where a route matched": lambda entry: entry.dispatch.pattern is not None,
    "where the answer has one": lambda entry: entry.dispatch.code is not None,
    "where there was an exception": lambda entry: entry.dispatch.error is not None,
    "where the client had one": lambda entry: entry.dispatch.sid is not None,
    "where it waited for 1 ms or longer": lambda entry: entry.dispatch.queued >= 0.001,
    "with `payloads=True`": lambda entry: entry.policy.payloads,
    "of `ok` with `sample` above 1": lambda entry: (
        entry.dispatch.outcome == "ok" and entry.policy.sample > 1
    ),
    "of `error`": lambda entry: entry.dispatch.outcome == "error",
}

SITUATIONS = [
    (ServerConfig(async_handlers=False), LogPolicy()),
    (ServerConfig(async_handlers=False), LogPolicy(payloads=True)),
    (ServerConfig(async_handlers=False), LogPolicy(sample=2)),
    (ServerConfig(always_connect=True, async_handlers=False), LogPolicy()),
]


def go(config: ServerConfig, policy: LogPolicy) -> Iterator[Entry]:
    """Go along every path, and pair each record with its dispatch."""
    site = make(config, log=policy)
    found: list[Entry] = []
    process = site.socketio.server.manager.cluster_process
    process.local.run = lambda _, step: step()  # at once, not in a background task

    def pair(_: object, dispatch: Dispatch) -> None:
        records = [dict(one) for one in written]
        found.extend(Entry(record, dispatch, policy) for record in records)
        written.clear()

    with (
        capture_logs() as written,
        dispatched.connected_to(pair, sender=site.router),
    ):
        tell_everything(PacketClient(site))
        another = PacketClient(site)
        name = "/rooms/fine"
        sid = another.join(name)
        another.call(name, "refuse")
        for event in 12, "say":
            another.call(name, event, 5)
        site.router.of(type(site.router.live[name])).server_side_emit("refresh")
        another.leave(name)
        site.router.trigger_event("say", name, sid, "late")
        another.refusal(name, "refuse")
        for number in range(3):
            another.join(f"/rooms/{number}")
        another.refusal("/rooms/3")
        another.close()
        site.socketio.on("connect", namespace=name)(lambda: None)
        third = PacketClient(site)
        third.join(name)
        third.call(name, "say", "hello")
    yield from found


def wait() -> Iterator[Entry]:
    """Let events wait, and one too many of them."""
    site = ServerConfig().site(ByNamespace, max_pending_events=1)
    name, found, policy = "/by-namespace/1", list[Entry](), LogPolicy()
    Noted.notes = []

    def pair(_: object, dispatch: Dispatch) -> None:
        record = next(one for one in written if one["sio_event"] == dispatch.event)
        written.remove(record)
        found.append(Entry(dict(record), dispatch, policy))

    with (
        capture_logs() as written,
        dispatched.connected_to(pair, sender=site.router),
        gate(site) as (reached, go),
    ):
        Noted.gates = reached, go
        client = PacketClient(site)
        client.join(name)
        first = client.ask(name, "wait")
        wait_for(reached)
        second = client.ask(name, "say")
        time.sleep(0.001)
        client.call(name, "at once")
        PacketClient(site).refusal(name)
        ends = run_beside(site, lambda: site.router.drain(PATIENCE))
        settle(site, lambda: bool(site.socketio.server.manager.incoming.is_draining))
        client.call(name, "at once")
        client.send_packet(packet.CONNECT, "/by-namespace/2")
        go.set()
        ends()
        for number in (first, second):
            client.acknowledgement(name, number)
    yield from found


class Alone(RoutedNamespace, namespace="/alone/<int:number>", linger=1, capacity=1):
    """What it does by itself fails."""

    @every(0.5)
    def tick(self) -> None:
        raise LookupError("lost in a timer")

    @on("work")
    def work(self) -> None:
        task: Any = self.start_background_task(self.fail)
        task.join()

    def fail(self) -> None:
        raise LookupError("lost in a task")


def live_alone() -> Iterator[Entry]:
    """Let a full object tick, work, linger and close."""
    site, found = ServerConfig().site(Alone), list[Entry]()

    def pair(_: object, dispatch: Dispatch) -> None:
        found.append(Entry(dict(written.pop()), dispatch, LogPolicy()))

    client = RouterClient(site.app, namespace="/alone/1")
    with (
        capture_logs() as written,
        dispatched.connected_to(pair, sender=site.router),
    ):
        client.connect()
        assert not client.another().connect().accepted
        client.call("work")
        client.close()
        client.advance(1)
    yield from found


@pytest.fixture(scope="module")
def everything() -> list[Entry]:
    """All that can be recorded, under several policies."""
    found = [entry for situation in SITUATIONS for entry in go(*situation)]
    return [*found, *wait(), *live_alone()]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_there_when_the_page_says_so(
    everything: list[Entry], name: str
) -> None:
    """A field is in those records that the page says, with the type that it says."""
    row = FIELDS[name]
    is_type, is_due = TYPES[row["Type"]], THERE[row["There"]]
    due = [entry for entry in everything if is_due(entry)]
    assert due, "no test run has a record with this field"
    assert all(is_type(entry.record[name]) for entry in due)
    assert [t for t in everything if name in t.record] == due


def test_no_record_has_a_field_that_the_page_does_not_list(
    everything: list[Entry],
) -> None:
    """Beside what structlog adds, the fields are those of the page, in its order."""
    for entry in everything:
        fields = [name for name in entry.record if name not in {"event", "log_level"}]
        assert fields == [name for name in FIELDS if name in entry.record]


def test_the_records_are_those_of_the_page(everything: list[Entry]) -> None:
    """Each record of the page is written, and no other for a dispatch."""
    listed = {code(row["Record"])[0] for row in table("Record", "Written when")}
    assert {entry.record["event"] for entry in everything} == listed


def test_the_outcomes_and_their_levels_are_those_of_the_page(
    everything: list[Entry],
) -> None:
    """Each outcome is reached, and recorded at the level of the page."""
    listed = {name: row["Level"] for name, row in OUTCOMES.items()}
    assert listed == LEVELS
    assert {t.record["outcome"]: t.record["log_level"] for t in everything} == listed


def test_the_codes_are_those_of_the_page(everything: list[Entry]) -> None:
    """Each code of nsroute is listed with the outcomes that it comes with."""
    own = {"rude", "barred"}  # of the handlers of the test
    found = {
        (entry.record["code"], entry.record["outcome"])
        for entry in everything
        if entry.record.get("code", "rude") not in own
    }
    listed = {
        (name, outcome)
        for name, row in CODES.items()
        for outcome in code(row["Outcome"])
    }
    assert found == listed


def test_the_levels_are_those_of_the_page() -> None:
    """The page lists the levels that a policy knows."""
    [row] = [r for r in table("`log=`", "Meaning") if r["`log=`"].startswith("a level")]
    assert [level.strip('"') for level in code(row["`log=`"])] == list(LEVEL_NAMES)


def test_the_limits_are_those_of_the_page() -> None:
    """The page has the numbers that hold."""
    text = " ".join(PAGE.split())
    assert f"its first {MAX_NAME} characters" in text
    assert f"At most {MAX_ERROR} characters" in text
    assert (
        f"at most {MAX_VALUES} values in all, {MAX_DEPTH} levels deep, "
        f"of each text {MAX_TEXT} characters" in text
    )
    assert ", ".join(f"`{part}`" for part in DENIED) in text
    assert ", ".join(f"`{word}`" for word in sorted(DENIED_WORDS)) in text
    assert f"Under a name of more than {MAX_FOLDED} characters" in text
    assert f"to {MAX_ERROR} characters each" in text
    assert f"at most {MAX_EXCEPTIONS} exceptions are shown" in text


def test_the_lines_that_the_page_shows_have_their_fields_in_order() -> None:
    """The page's example is as the console shows records."""
    [block] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        names = re.findall(r"(\w+)=", line.replace("arguments[0]=", ""))
        assert names == [name for name in FIELDS if name in names]
        assert set(names).isdisjoint(LEFT_OUT) or "outcome=ok" not in line
        assert len(line) < 160 or "outcome=ok" not in line
        assert re.search(r"\] (nsroute\.\w+)", line)
