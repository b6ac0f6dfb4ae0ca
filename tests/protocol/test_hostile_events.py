"""Handlers, loggers and receivers that fail, and nobody else does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import structlog
from flask import got_request_exception
from flask_socketio import ConnectionRefusedError
from socketio import packet

from nsroute import EventError, RoutedNamespace, dispatched, on
from tests.support.concurrency import join_event_threads
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
INTERNAL = {"error": {"code": "internal_error", "message": "internal error"}}


class Holds:
    """An object that nothing can turn into a packet."""

    def __ne__(self, other: object) -> bool:
        raise AssertionError("upstream compares what it gets with what is no answer")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("upstream compares what it gets with what is no answer")

    __hash__ = None  # type: ignore[assignment]


def endless() -> list[Any]:
    """Make a list that holds itself."""
    made: list[Any] = []
    made.append(made)
    return made


ANSWERS: dict[str, tuple[Any, Any]] = {
    "an object": (object(), INTERNAL),
    "an object with its own comparison": (Holds(), INTERNAL),
    "a generator": ((n for n in range(2)), INTERNAL),
    "not a number": (float("nan"), INTERNAL),
    "itself": (endless(), INTERNAL),
    "a class": (Holds, INTERNAL),
    "decimal": (Decimal("1.5"), "1.5"),
    "bytes in a tuple in a dict": ({"a": (b"x", 1)}, {"a": [b"x", 1]}),
    "a set": ({1}, [1]),
    "None": (None, ()),
}


class Desk(RoutedNamespace, namespace="/desks/<int:number>"):
    @on("give")
    def give(self, what: str) -> Any:
        return ANSWERS[what][0]

    @on("fall")
    def fall(self, how: str) -> None:
        raise {
            "ValueError": ValueError("secret"),
            "TypeError": TypeError("secret"),
            "EventError": EventError("closed", "The desk is closed."),
            "refusal": ConnectionRefusedError("not now"),
            "recursion": RecursionError("secret"),
        }[how]

    @on("typed")
    def typed(self, count: int) -> int:
        return count

    @on("exit")
    def exit(self) -> None:
        raise SystemExit(1)

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        return text


@every_config
@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_is_carried_or_is_an_error(config: ServerConfig, what: str) -> None:
    """No return value leaves the client without an acknowledgement."""
    site = config.site(Desk)
    client = PacketClient(site)
    client.join("/desks/1")
    expected = ANSWERS[what][1]
    answer = client.call("/desks/1", "give", what)
    if expected is INTERNAL and config.error_default:
        assert answer.startswith("default: ")
    else:
        assert answer == expected
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("value", [2**64, "\ud800", {"\ud800": 1}], ids=repr)
@pytest.mark.parametrize("serializer", ["default", "msgpack"])
def test_an_answer_is_carried_by_the_serializer_or_is_an_error(
    serializer: str, value: Any
) -> None:
    """MessagePack has no number of 65 bits, and no half of a surrogate pair."""

    class Odd(RoutedNamespace, namespace="/odd"):
        @on("connect")
        def enter(self, auth: Any = None) -> None:
            if auth:
                raise ConnectionRefusedError(str(value), value)

        @on("give")
        def give(self) -> Any:
            return value

        @on("raise")
        def fall(self) -> None:
            raise EventError("odd", "Odd.", value)

    site = ServerConfig(serializer=serializer).site(Odd)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    recorder, client = DispatchRecorder(site), PacketClient(site)
    carried = serializer == "default"
    refused = {"message": str(value), "data": value}
    told = client.refusal("/odd", "refuse")
    assert told == (refused if carried else {"message": "internal error"})
    client.join("/odd")
    assert client.call("/odd", "give") == (value if carried else INTERNAL)
    raised = {"error": {"code": "odd", "message": "Odd.", "details": value}}
    assert client.call("/odd", "raise") == (raised if carried else INTERNAL)
    outcomes = [recorder.next().outcome for _ in range(4)]
    expected = ["refused", "ok", "ok", "rejected"]
    assert outcomes == (expected if carried else ["error", "ok", "error", "error"])


@every_config
def test_a_handler_that_raises_answers_its_client_and_harms_nobody(
    config: ServerConfig,
) -> None:
    """The code is that of the error; the next event is served as the first."""
    site = config.site(Desk)
    recorder, client, other = (
        DispatchRecorder(site),
        PacketClient(site),
        PacketClient(site),
    )
    client.join("/desks/1")
    other.join("/desks/1")
    recorder.take()
    told: dict[str, Any] = {}
    for how in ("ValueError", "TypeError", "recursion", "EventError", "refusal"):
        told[how] = client.call("/desks/1", "fall", how)
        recorder.next()
        assert other.call("/desks/1", "say", how) == how
        recorder.next()
    failed = "default: secret" if config.error_default else INTERNAL
    assert told == {
        "ValueError": failed,
        "TypeError": failed,
        "recursion": failed,
        "EventError": {"error": {"code": "closed", "message": "The desk is closed."}},
        "refusal": {"error": {"code": "refused", "message": "not now"}},
    }
    outcomes = [d.outcome for d in recorder.all if d.event == "fall"]
    unexpected = "rejected" if config.error_default else "error"
    assert outcomes == [*[unexpected] * 3, "rejected", "rejected"]
    client.close()
    other.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("args", [(), (1, 2), ("x",), (None,), ({},), (1.5,), (b"1",)])
def test_wrong_arguments_are_answered_and_run_nothing(
    config: ServerConfig, args: tuple[Any, ...]
) -> None:
    """Too few, too many, or of another type."""
    site = config.site(Desk)
    client = PacketClient(site)
    client.join("/desks/1")
    answer = client.call("/desks/1", "typed", *args)
    assert answer["error"]["code"] == "invalid_arguments"
    assert answer["error"]["details"]
    assert client.call("/desks/1", "typed", 1) == 1
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("async_handlers", [False, True])
def test_a_system_exit_ends_nothing_but_its_dispatch(async_handlers: bool) -> None:
    """In gevent it would end the process; `argparse` raises it for a client's text."""
    site = ServerConfig(async_handlers=async_handlers).site(Desk)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.join("/desks/1")
    assert client.call("/desks/1", "exit")["error"]["code"] == "internal_error"
    assert client.call("/desks/1", "say", "on") == "on"
    client.close()
    join_event_threads()
    outcomes = {d.event: d.outcome for d in recorder.take()}
    assert outcomes == {
        "connect": "ok",
        "exit": "error",
        "say": "ok",
        "disconnect": "ok",
    }
    assert left_behind(site) == {}


@every_config
def test_what_nobody_handles_is_raised_where_flask_would_raise_it(
    config: ServerConfig,
) -> None:
    """Under `TESTING` it comes out of the event, recorded all the same."""
    site = config.site(Desk)
    site.app.testing = True
    recorder, client = DispatchRecorder(site), PacketClient(site)
    sid = client.join("/desks/1")
    trigger = site.socketio.server._trigger_event
    if config.error_default:
        assert trigger("fall", "/desks/1", sid, "ValueError") == "default: secret"
    else:
        with pytest.raises(ValueError, match="secret"):
            trigger("fall", "/desks/1", sid, "ValueError")
    told = ("rejected", None) if config.error_default else ("error", "internal_error")
    assert recorder.shown()[-1] == ("event", "fall", *told)
    client.close()
    assert left_behind(site) == {}


class Broken(RuntimeError):
    """What a logger or a receiver raises."""


def _broken(*_: Any, **__: Any) -> Any:
    raise Broken


@every_config
@pytest.mark.parametrize("who", ["a receiver", "a logger", "Flask's signal"])
def test_whoever_only_listens_breaks_no_dispatch(
    config: ServerConfig, who: str
) -> None:
    """Connects, events, errors and disconnects go on as if nobody had listened."""
    site = config.site(Desk)
    before = structlog.get_config()
    if who == "a receiver":
        dispatched.connect(_broken, sender=site.router)
    elif who == "a logger":
        structlog.configure(processors=[_broken])
    else:
        got_request_exception.connect(_broken, site.app)
    try:
        client = PacketClient(site)
        client.join("/desks/1")
        assert client.call("/desks/1", "say", "a") == "a"
        client.call("/desks/1", "fall", "ValueError")
        assert client.call("/desks/1", "say", "b") == "b"
        with pytest.raises(Exception, match=r"Invalid namespace|Unable to connect"):
            client.join("/nowhere")
        client.close()
    finally:
        dispatched.disconnect(_broken, sender=site.router)
        got_request_exception.disconnect(_broken, site.app)
        structlog.configure(**before)
    assert left_behind(site) == {}


def test_many_slow_events_at_once_are_all_answered() -> None:
    """Each runs beside the others; who leaves meanwhile harms none of them."""
    site = DEFAULT_CONFIG.site(Desk)
    client, leaver = PacketClient(site), PacketClient(site)
    client.join("/desks/1")
    leaver.join("/desks/1")
    numbers = [client.ask("/desks/1", "say", str(n)) for n in range(50)]
    for n in range(50):
        leaver.emit("/desks/1", "say", str(n))
    leaver.close()
    answered = set()
    while len(answered) < 50:
        received = client.next_packet()
        if received.packet_type == packet.ACK:
            answered.add(received.id)
    assert answered == set(numbers)
    client.close()
    join_event_threads()
    assert left_behind(site) == {}
