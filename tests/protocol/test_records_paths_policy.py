"""What a log policy makes of the records: none, levels, samples, payloads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from nsroute import EventError, LogPolicy, RoutedNamespace, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.every_path import make, tell_everything
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG

Records = list[Any]


@pytest.fixture
def records() -> Iterator[Records]:
    """Capture what is logged."""
    with capture_logs() as captured:
        yield captured


def test_false_records_nothing(records: Records) -> None:
    """With `log=False` there are no records, and the signal is sent all the same."""
    site = make(DEFAULT_CONFIG, log=False)
    recorder = DispatchRecorder(site)
    assert tell_everything(PacketClient(site)) == len(recorder.take())
    assert records == []


class Busy(RoutedNamespace, namespace="/busy/<int:number>", log="debug"):
    """Each event with a policy of its own."""

    @on("move", log=LogPolicy(sample=10))
    def move(self, fail: bool = False) -> None:
        if fail:
            raise EventError("stuck")

    @on("quiet", log=False)
    def quiet(self) -> None:
        raise EventError("unheard")

    @on("loud", log="critical")
    def loud(self) -> None: ...

    @on("usual")
    def usual(self) -> None: ...


@pytest.fixture
def busy() -> PacketClient:
    """A client of `Busy`."""
    site = DEFAULT_CONFIG.site(Busy, log=LogPolicy(levels={"unhandled": "error"}))
    client = PacketClient(site)
    client.join("/busy/1")
    return client


def test_levels_are_those_of_the_nearest_choice(
    records: Records, busy: PacketClient
) -> None:
    """Route beats class beats router; a level leaves the rest to the next."""
    for event in "usual", "loud", "quiet", "nonsense":
        busy.call("/busy/1", event)
    assert [(r["sio_event"], r["log_level"]) for r in records] == [
        ("connect", "debug"),
        ("usual", "debug"),
        ("loud", "critical"),
        ("nonsense", "error"),
    ]


def test_one_in_so_many_is_recorded_and_says_so(
    records: Records, busy: PacketClient
) -> None:
    """Of 100 that went well with `sample=10` ten are recorded, and all that failed."""
    records.clear()
    for _ in range(100):
        busy.call("/busy/1", "move")
    for _ in range(7):
        busy.call("/busy/1", "move", True)
    assert [r["sample"] for r in records[:10]] == [10] * 10
    assert [(r["outcome"], "sample" in r) for r in records[10:]] == [
        ("rejected", False)
    ] * 7


class Desk(RoutedNamespace, namespace="/desks/<int:number>"):
    """Its events carry secrets."""

    @on("connect")
    def enter(self, auth: Any = None) -> None: ...

    @on("login")
    def login(self, user: str, password: str, *codes: str) -> None: ...

    @on("send", log=LogPolicy(payloads=True, redact=["body"]))
    def send_it(self, message: Any) -> None: ...


def test_payloads_are_recorded_where_they_are_asked_for(records: Records) -> None:
    """With `payloads=True` records show the arguments, redacted by all their names."""
    site = DEFAULT_CONFIG.site(Desk, log=LogPolicy(payloads=True))
    client = PacketClient(site)
    client.join("/desks/1", {"user": "ann", "token": "t"})
    client.call("/desks/1", "login", "ann", "hunter2", "123")
    client.call("/desks/1", "login", 5, "hunter2")
    client.call("/desks/1", "send", {"Body": "dear diary", "to": b"bob"})
    sid = client.sids["/desks/1"]
    client.close()
    site.router.trigger_event("login", "/desks/1", sid, "ann", "hunter2")
    assert [r["payload"] for r in records] == [
        [{"user": "ann", "token": "[redacted]"}],
        ["ann", "[redacted]", "123"],
        [5, "[redacted]"],
        [{"Body": "[redacted]", "to": "<3 bytes>"}],
        ["transport close"],
        ["ann", "[redacted]"],
    ]


def test_what_a_client_signs_in_with_is_a_secret(records: Records) -> None:
    """`auth` that is no mapping is hidden whole; its names tell nothing."""
    site = DEFAULT_CONFIG.site(Desk, log=LogPolicy(payloads=True))
    client = PacketClient(site)
    client.join("/desks/1", "my-token")
    client.join("/desks/2")
    assert [r["payload"] for r in records] == [["[redacted]"], []]


def test_payloads_are_not_recorded_unasked(records: Records) -> None:
    """By default no record holds what a client sent."""
    client = PacketClient(DEFAULT_CONFIG.site(Desk))
    client.join("/desks/1", {"user": "ann"})
    client.call("/desks/1", "login", "ann", "hunter2")
    assert not any("payload" in r for r in records)
    assert "hunter2" not in str(records)
