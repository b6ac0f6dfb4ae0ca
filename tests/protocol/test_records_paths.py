"""Exactly one record for each dispatch, by whatever path it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.every_path import make
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG

Records = list[Any]


@pytest.fixture
def records() -> Iterator[Records]:
    """Capture what is logged."""
    with capture_logs() as captured:
        yield captured


def told(records: Records) -> list[tuple[Any, ...]]:
    """Return the records of dispatches by what matters here."""
    return [
        (r["event"], r["sio_event"], r["outcome"], r.get("code"), r.get("target"))
        for r in records
    ]


def connects(outcome: str, code: str | None = None, target: str = "Room.join") -> Any:
    """Return the record of a connect."""
    return ("nsroute.connect", "connect", outcome, code, target)


def parts(outcome: str, code: str | None = None, target: str = "Room.part") -> Any:
    """Return the record of a disconnect."""
    return ("nsroute.disconnect", "disconnect", outcome, code, target)


def events(name: str, outcome: str, code: str | None, target: str) -> Any:
    """Return the record of an event."""
    return ("nsroute.event", name, outcome, code, target)


@pytest.mark.parametrize(
    "event, outcome, code, target",
    [
        ("say", "ok", None, "Room.say"),
        ("many:1", "ok", None, "Room.many"),
        ("fail", "error", "internal_error", "Room.fail"),
        ("reject", "rejected", "rude", "Room.reject"),
        ("refuse", "rejected", "refused", "Room.refuse"),
        ("vex", "rejected", None, "Room.vex"),
        ("mute", "error", "internal_error", "Room.mute"),
        ("nonsense", "unhandled", "unhandled_event", "Room"),
        ("barred", "rejected", "barred", "Room"),
        ("answered", "ok", None, "Room"),
        ("broken", "error", "internal_error", "Room"),
        ("connect", "rejected", "reserved_event", "Room"),
        ("disconnect", "rejected", "reserved_event", "Room"),
        (12, "rejected", "invalid_event", "Room"),
    ],
)
def test_an_event_is_recorded_once_however_it_ends(
    records: Records, event: Any, outcome: str, code: str | None, target: str
) -> None:
    """One record for each event, with its outcome, its code and what handled it."""
    client = PacketClient(make(DEFAULT_CONFIG))
    client.join("/rooms/fine")
    records.clear()
    client.call("/rooms/fine", event, *(["hello"] if event == "say" else []))
    assert told(records) == [events(str(event), outcome, code, target)]


def test_arguments_that_are_not_valid_are_recorded_with_the_first_problem(
    records: Records,
) -> None:
    """The record of a refused payload says where it is wrong, in one line."""
    client = PacketClient(make(DEFAULT_CONFIG))
    client.join("/rooms/fine")
    records.clear()
    client.call("/rooms/fine", "say", 5)
    client.call("/rooms/fine", "say")
    assert [(r["code"], r["error"]) for r in records] == [
        ("invalid_arguments", "arguments[0]: Expected `str`, got `int`"),
        ("invalid_arguments", "arguments: Expected 1 argument, got 0"),
    ]


@pytest.mark.parametrize(
    "fault, auth, record",
    [
        ("fine", "refuse", connects("refused", "refused")),
        ("fine", "answer", connects("refused", "full")),
        ("fine", "false", connects("refused", "refused")),
        ("fine", "vex", connects("rejected")),
        ("connect", None, connects("error", "internal_error")),
        ("opened", None, connects("error", "internal_error", "Room.opened")),
        ("__init__", None, connects("error", "internal_error")),
    ],
)
def test_a_connect_that_fails_is_recorded_once(
    records: Records, fault: str, auth: Any, record: Any
) -> None:
    """One record for each client that is not let in, and no disconnect for it."""
    client = PacketClient(make(DEFAULT_CONFIG))
    client.refusal(f"/rooms/{fault}", auth)
    client.close()
    assert told(records) == [record]


@pytest.mark.parametrize(
    "fault, first, last",
    [
        ("fine", connects("ok"), parts("ok")),
        ("accepted", connects("error", "internal_error", "Room.accepted"), parts("ok")),
        ("disconnect", connects("ok"), parts("error", "internal_error")),
        ("closed", connects("ok"), parts("error", "internal_error", "Room.closed")),
    ],
)
def test_a_client_that_comes_and_goes_is_recorded_twice(
    records: Records, fault: str, first: Any, last: Any
) -> None:
    """One record when it joins and one when it leaves, whatever fails meanwhile."""
    client = PacketClient(make(DEFAULT_CONFIG))
    client.join(f"/rooms/{fault}")
    client.close()
    assert told(records) == [first, last]


def test_a_name_without_a_route_is_recorded_once(records: Records) -> None:
    """An unrouted name is one record, without pattern, params and target."""
    client = PacketClient(make(DEFAULT_CONFIG))
    client.refusal("/nowhere")
    client.close()
    assert told(records) == [("nsroute.unrouted", "connect", "unrouted", None, None)]
    assert not {"pattern", "params", "target"} & set(records[0])


def test_one_namespace_too_many_is_recorded_once(records: Records) -> None:
    """A client that may join no more is one record."""
    client = PacketClient(make(DEFAULT_CONFIG))
    for fault in "abc":
        client.join(f"/rooms/{fault}")
    records.clear()
    client.refusal("/rooms/d")
    assert told(records) == [connects("refused", "too_many_namespaces")]
    assert records[0]["params"] == {"fault": "d"}


def test_an_event_that_comes_too_late_is_recorded_once(records: Records) -> None:
    """An event whose client has left is one record, under its handler's name."""
    site = make(DEFAULT_CONFIG)
    client = PacketClient(site)
    sid = client.join("/rooms/fine")
    client.leave("/rooms/fine")
    records.clear()
    for event in "say", "nonsense", "connect":
        site.router.trigger_event(event, "/rooms/fine", sid, "hello")
    assert told(records) == [
        events("say", "late", None, "Room.say"),
        events("nonsense", "late", None, "Room"),
        events("connect", "late", None, "Room"),
    ]
    assert [record["params"] for record in records] == [{"fault": "fine"}] * 3


def test_an_event_of_a_client_that_the_class_never_saw_is_recorded_once(
    records: Records,
) -> None:
    """Where a function took the connect, each event is one record that says so."""
    site = make(DEFAULT_CONFIG)
    site.socketio.on("connect", namespace="/rooms/fine")(lambda: None)
    client = PacketClient(site)
    client.join("/rooms/fine")
    client.call("/rooms/fine", "say", "hello")
    assert told(records) == [events("say", "rejected", "not_connected", "Room.say")]


def test_a_plain_class_is_recorded_alike(records: Records) -> None:
    """The dispatches of a class as Flask-SocketIO has it are recorded just so."""
    client = PacketClient(make(DEFAULT_CONFIG))
    client.join("/old/1")
    client.call("/old/1", "hello")
    client.close()
    assert told(records) == [
        connects("ok", target="Old"),
        events("hello", "ok", None, "Old.on_hello"),
        parts("ok", target="Old"),
    ]


def test_hostile_names_stay_on_their_line_and_short(records: Records) -> None:
    """Event and namespace are recorded without line ends, and cut."""
    client = PacketClient(make(DEFAULT_CONFIG))
    client.join("/rooms/fine")
    client.call("/rooms/fine", "x\n[error] hacked" + "y" * 5000)
    client.refusal("/" + "z" * 5000)
    event, namespace = records[1]["sio_event"], records[2]["namespace"]
    assert event.startswith(r"x\n[error] hacked")
    assert (len(event), len(namespace)) == (200, 200)
