"""Exactly one record for each dispatch, by whatever path it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from nsroute import (
    Dispatch,
    EventError,
    LogPolicy,
    MetaRouter,
    RoutedNamespace,
    dispatched,
    on,
)
from tests import servers
from tests.conftest import Connect, Serve
from tests.every_path import make, tell_everything
from tests.lines import PLAIN, WORLDS, Line, Tape, World, left_behind

every_world = pytest.mark.parametrize("world", WORLDS, ids=str)

Records = list[Any]


@pytest.fixture
def records() -> Iterator[Records]:
    """Capture what is logged."""
    with capture_logs() as captured:
        yield captured


class TimeoutInDisguise(BaseException):
    """As gevent's `Timeout` is one."""


def drop(*_: object) -> Any:
    """Be a processor that drops everything."""
    raise structlog.DropEvent


def every(records: servers.Records) -> Records:
    """Give all records of dispatches."""
    kinds = ("connect", "event", "disconnect", "unrouted")
    return [r for kind in kinds for r in records.all(f"nsroute.{kind}")]


def told(records: Records) -> list[tuple[Any, ...]]:
    """Tell the records of dispatches by what matters here."""
    return [
        (r["event"], r["sio_event"], r["outcome"], r.get("code"), r.get("target"))
        for r in records
        if r["event"] != "nsroute.context"
    ]


def connects(outcome: str, code: str | None = None, target: str = "Room.join") -> Any:
    """Spell the record of a connect."""
    return ("nsroute.connect", "connect", outcome, code, target)


def parts(outcome: str, code: str | None = None, target: str = "Room.part") -> Any:
    """Spell the record of a disconnect."""
    return ("nsroute.disconnect", "disconnect", outcome, code, target)


def events(name: str, outcome: str, code: str | None, target: str) -> Any:
    """Spell the record of an event."""
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
    line = Line(make(PLAIN))
    line.join("/rooms/fine")
    records.clear()
    line.call("/rooms/fine", event, *(["hello"] if event == "say" else []))
    assert told(records) == [events(str(event), outcome, code, target)]


def test_arguments_that_are_not_valid_are_recorded_with_the_first_problem(
    records: Records,
) -> None:
    """The record of a refused payload says where it is wrong, in one line."""
    line = Line(make(PLAIN))
    line.join("/rooms/fine")
    records.clear()
    line.call("/rooms/fine", "say", 5)
    line.call("/rooms/fine", "say")
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
    line = Line(make(PLAIN))
    line.refusal(f"/rooms/{fault}", auth)
    line.close()
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
    line = Line(make(PLAIN))
    line.join(f"/rooms/{fault}")
    line.close()
    assert told(records) == [first, last]


def test_a_name_without_a_route_is_recorded_once(records: Records) -> None:
    """An unrouted name is one record, without pattern, params and target."""
    line = Line(make(PLAIN))
    line.refusal("/nowhere")
    line.close()
    assert told(records) == [("nsroute.unrouted", "connect", "unrouted", None, None)]
    assert not {"pattern", "params", "target"} & set(records[0])


def test_one_namespace_too_many_is_recorded_once(records: Records) -> None:
    """A client that may join no more is one record."""
    line = Line(make(PLAIN))
    for fault in "abc":
        line.join(f"/rooms/{fault}")
    records.clear()
    line.refusal("/rooms/d")
    assert told(records) == [connects("refused", "too_many_namespaces")]


def test_an_event_that_comes_too_late_is_recorded_once(records: Records) -> None:
    """An event whose client has left is one record, under its handler's name."""
    site = make(PLAIN)
    line = Line(site)
    sid = line.join("/rooms/fine")
    line.leave("/rooms/fine")
    records.clear()
    for event in "say", "nonsense", "connect":
        site.router.trigger_event(event, "/rooms/fine", sid, "hello")
    assert told(records) == [
        events("say", "late", None, "Room.say"),
        events("nonsense", "late", None, "Room"),
        events("connect", "late", None, "Room"),
    ]


def test_an_event_of_a_client_that_the_class_never_saw_is_recorded_once(
    records: Records,
) -> None:
    """Where a function took the connect, each event is one record that says so."""
    site = make(PLAIN)
    site.socketio.on("connect", namespace="/rooms/fine")(lambda: None)
    line = Line(site)
    line.join("/rooms/fine")
    line.call("/rooms/fine", "say", "hello")
    assert told(records) == [events("say", "rejected", "not_connected", "Room.say")]


def test_a_plain_class_is_recorded_alike(records: Records) -> None:
    """The dispatches of a class as Flask-SocketIO has it are recorded just so."""
    line = Line(make(PLAIN))
    line.join("/old/1")
    line.call("/old/1", "hello")
    line.close()
    assert told(records) == [
        connects("ok", target="Old"),
        events("hello", "ok", None, "Old.on_hello"),
        parts("ok", target="Old"),
    ]


@every_world
def test_in_every_kind_of_server_each_dispatch_is_one_record(
    records: Records, world: World
) -> None:
    """In each async mode, with each option, records and signals are the dispatches."""
    site = make(world)
    tape = Tape(site)
    sent = tell_everything(Line(site))
    shown = [(f"nsroute.{d.kind}", d.namespace, d.outcome) for d in tape.take()]
    found = [
        (r["event"].replace("unrouted", "connect"), r["namespace"], r["outcome"])
        for r in records
        if "outcome" in r
    ]
    assert len(found) == sent
    assert found == shown


@pytest.mark.parametrize("factory", ["site", "in_order"])
def test_over_real_sockets_each_dispatch_is_one_record(
    serve: Serve, connect: Connect, mode: str, transport: str, factory: str
) -> None:
    """A client that does all it can over a network is recorded once for each thing."""
    server = serve(f"tests.recorded_site:{factory}", mode)
    peer = connect(server, "python", transport, ["/rooms/1", "/nowhere"])
    for event in "context", "fail", "nonsense", "connect", "disconnect":
        peer.call("/rooms/1", event)
    peer.close()
    server.records.wait("nsroute.disconnect")
    found = Counter((r["event"], r["outcome"]) for r in every(server.records))
    assert found == {
        ("nsroute.connect", "ok"): 1,
        ("nsroute.unrouted", "unrouted"): 1,
        ("nsroute.event", "ok"): 1,
        ("nsroute.event", "unhandled"): 1,
        ("nsroute.event", "rejected"): 3,
        ("nsroute.disconnect", "ok"): 1,
    }


def test_a_receiver_that_raises_breaks_no_dispatch(records: Records) -> None:
    """What a receiver raises is recorded once; dispatches go on as if it were none."""
    site = make(PLAIN)

    def broken(_router: MetaRouter, dispatch: Dispatch) -> None:
        raise RuntimeError(f"cannot bear {dispatch.event}")

    with dispatched.connected_to(broken, sender=site.router):
        sent = tell_everything(Line(site))
    assert len([r for r in records if "outcome" in r]) == sent
    [report] = [r for r in records if r["event"] == "nsroute.receiver"]
    assert report["receiver"].endswith("no_dispatch.<locals>.broken")
    assert report["log_level"] == "error"
    assert str(report["exc_info"]) == "cannot bear connect"


def test_a_logger_that_raises_breaks_no_dispatch(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What a logger raises is said once by `logging`; dispatches go on."""

    class DiskFull(OSError):
        """As of a log file."""

    def full(_logger: object, _method: str, _fields: object) -> str:
        raise DiskFull("no space left")

    site = make(PLAIN)
    tape = Tape(site)
    before = structlog.get_config()
    structlog.configure(processors=[full])
    try:
        sent = tell_everything(Line(site))
    finally:
        structlog.configure(**before)
    assert len(tape.take()) == sent
    [said] = [r for r in caplog.records if r.name == "nsroute"]
    assert said.getMessage() == "A record was lost, and more may be."
    assert isinstance((said.exc_info or (None, None))[1], DiskFull)


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, TimeoutInDisguise])
def test_not_even_what_ends_a_thread_breaks_a_dispatch(
    records: Records, kind: type[BaseException]
) -> None:
    """A receiver may raise what is no `Exception`: nobody is left half connected."""
    site = make(PLAIN)

    def broken(_router: MetaRouter, dispatch: Dispatch) -> None:
        raise kind

    with dispatched.connected_to(broken, sender=site.router):
        sent = tell_everything(Line(site))
    assert len([r for r in records if "outcome" in r]) == sent
    assert left_behind(site) == {}


@pytest.mark.parametrize("of", ["logger", "receiver"])
def test_an_interrupt_goes_through(of: str) -> None:
    """Ctrl-C while a record is written or a signal sent ends the program, as ever."""

    def interrupted(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    site = make(World(async_handlers=False))
    line = Line(site)
    with capture_logs():
        line.join("/rooms/fine")
    sid, before = line.sids["/rooms/fine"], structlog.get_config()
    structlog.configure(processors=[interrupted if of == "logger" else drop])
    try:
        with (
            dispatched.connected_to(interrupted, sender=site.router),
            pytest.raises(KeyboardInterrupt),
        ):
            site.router.trigger_event("say", "/rooms/fine", sid, "hello")
    finally:
        structlog.configure(**before)


def test_false_records_nothing(records: Records) -> None:
    """With `log=False` there are no records, and the signal is sent all the same."""
    site = make(PLAIN, log=False)
    tape = Tape(site)
    assert tell_everything(Line(site)) == len(tape.take())
    assert records == []


class Busy(RoutedNamespace, namespace="/busy/<int:number>"):
    """Each event with a policy of its own."""

    log = "debug"

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
def busy() -> Line:
    """A client of `Busy`."""
    site = PLAIN.site(Busy, log=LogPolicy(levels={"unhandled": "error"}))
    line = Line(site)
    line.join("/busy/1")
    return line


def test_levels_are_those_of_the_nearest_choice(records: Records, busy: Line) -> None:
    """Route beats class beats router; a level leaves the rest to the next."""
    for event in "usual", "loud", "quiet", "nonsense":
        busy.call("/busy/1", event)
    assert [(r["sio_event"], r["log_level"]) for r in records] == [
        ("connect", "debug"),
        ("usual", "debug"),
        ("loud", "critical"),
        ("nonsense", "error"),
    ]


def test_one_in_so_many_is_recorded_and_says_so(records: Records, busy: Line) -> None:
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
    def send(self, message: Any) -> None: ...


def test_payloads_are_recorded_where_they_are_asked_for(records: Records) -> None:
    """With `payloads=True` records show the arguments, redacted by all their names."""
    site = PLAIN.site(Desk, log=LogPolicy(payloads=True))
    line = Line(site)
    line.join("/desks/1", {"user": "ann", "token": "t"})
    line.call("/desks/1", "login", "ann", "hunter2", "123")
    line.call("/desks/1", "login", 5, "hunter2")
    line.call("/desks/1", "send", {"Body": "dear diary", "to": b"bob"})
    sid = line.sids["/desks/1"]
    line.close()
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
    site = PLAIN.site(Desk, log=LogPolicy(payloads=True))
    line = Line(site)
    line.join("/desks/1", "my-token")
    line.join("/desks/2")
    assert [r["payload"] for r in records] == [["[redacted]"], []]


def test_payloads_are_not_recorded_unasked(records: Records) -> None:
    """By default no record holds what a client sent."""
    line = Line(PLAIN.site(Desk))
    line.join("/desks/1", {"user": "ann"})
    line.call("/desks/1", "login", "ann", "hunter2")
    assert not any("payload" in r for r in records)
    assert "hunter2" not in str(records)


def test_hostile_names_stay_on_their_line_and_short(records: Records) -> None:
    """Event and namespace are recorded without line ends, and cut."""
    line = Line(make(PLAIN))
    line.join("/rooms/fine")
    line.call("/rooms/fine", "x\n[error] hacked" + "y" * 5000)
    line.refusal("/" + "z" * 5000)
    event, namespace = records[1]["sio_event"], records[2]["namespace"]
    assert event.startswith(r"x\n[error] hacked")
    assert (len(event), len(namespace)) == (200, 200)
