"""The span of a dispatch: its name, attributes, status, place and parent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import structlog
from flask import request
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from nsroute import RoutedNamespace, every, on
from nsroute.testing import RouterClient
from tests.support.otel_probe import OtelProbe, attributes, found, site
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig

every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def probe() -> Iterator[OtelProbe]:
    """Observe with the SDK's in-memory exporters."""
    made = OtelProbe()
    yield made
    made.tracing.shutdown()


@pytest.fixture(autouse=True)
def _forget() -> None:
    found.clear()


def test_a_span_is_named_by_the_pattern_and_the_declared_event(
    probe: OtelProbe,
) -> None:
    """Names hold nothing that a client has chosen."""
    client = PacketClient(site(probe))
    client.join("/rooms/7")
    for event in "say", "cursor:42", "made-up", "connect", 5:
        client.call("/rooms/7", event, "hello")
    client.refusal("/elsewhere/7")
    client.close()
    room = "/rooms/<int:room_id>"
    assert probe.names() == [
        f"{room} connect",
        f"{room} say",
        f"{room} cursor:*",
        f"{room} unhandled",
        f"{room} unhandled",
        f"{room} unhandled",
        "unrouted connect",
        f"{room} disconnect",
    ]


def test_what_no_client_asked_for_is_named_by_its_kind(probe: OtelProbe) -> None:
    """Its span has no client; of timers only those that fail have one."""

    class Lone(RoutedNamespace, namespace="/lone/<int:number>", linger=2.5):
        ticks = 0

        @every(1)
        def tick(self) -> None:
            self.ticks += 1
            if self.ticks == 2:
                raise LookupError

    here = ServerConfig().site(Lone)
    probe.attach(here.router)
    client = RouterClient(here.app, namespace="/lone/1")
    client.connect()
    client.close()
    client.advance(2.5)
    lone = "/lone/<int:number>"
    kinds = ["connect", "disconnect", "timer", "close"]
    assert probe.names() == [f"{lone} {kind}" for kind in kinds]


def test_a_span_has_the_attributes_of_the_conventions(probe: OtelProbe) -> None:
    """A span tells the system, the operation, where it was and how it ended."""
    client = PacketClient(site(probe))
    sid = client.join("/rooms/7")
    client.call("/rooms/7", "say", "hello")
    span = probe.spans()[1]
    assert span.kind is SpanKind.CONSUMER
    assert attributes(span) == {
        "messaging.system": "socket.io",
        "messaging.operation.name": "event",
        "messaging.operation.type": "process",
        "messaging.destination.template": "/rooms/<int:room_id>",
        "messaging.destination.name": "/rooms/7",
        "messaging.client.id": sid,
        "code.function.name": "Room.say",
        "nsroute.event": "say",
        "nsroute.outcome": "ok",
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "nsroute"


def test_an_error_is_recorded_on_its_span(probe: OtelProbe) -> None:
    """What nobody handled sets the status, the type, and is an exception event."""
    client = PacketClient(site(probe))
    client.join("/rooms/7")
    client.call("/rooms/7", "fail")
    span = probe.spans()[1]
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "LookupError: lost in room 7"
    assert attributes(span)["error.type"] == "builtins.LookupError"
    [event] = span.events
    assert event.name == "exception"
    assert (event.attributes or {})["exception.message"] == "lost in room 7"


def test_an_exception_on_a_span_is_escaped_and_cut(probe: OtelProbe) -> None:
    """Its text may quote the client; type and traceback stay those of the handler."""

    class Quoting(RoutedNamespace, namespace="/quoting"):
        @on("quote")
        def quote(self, text: str) -> None:
            raise LookupError(text)

    made = ServerConfig().site(Quoting)
    made.app.config["PROPAGATE_EXCEPTIONS"] = False
    probe.attach(made.router)
    client = PacketClient(made)
    client.join("/quoting")
    client.call("/quoting", "quote", "\x1b[31m" + "x" * 10_000)
    [event] = probe.spans()[1].events
    shown = {name: str(text) for name, text in (event.attributes or {}).items()}
    assert shown["exception.type"] == "LookupError"
    assert len(shown["exception.message"]) <= 500
    assert "raise LookupError(text)" in shown["exception.stacktrace"]
    assert "\x1b" not in "".join(shown.values())
    assert len(shown["exception.stacktrace"]) < 9_000


@pytest.mark.parametrize(
    "event, outcome, code",
    [
        ("reject", "rejected", "rude"),
        ("vex", "rejected", None),
        ("made-up", "unhandled", "unhandled_event"),
        ("say", "rejected", "invalid_arguments"),
    ],
)
def test_an_answer_is_no_error(
    probe: OtelProbe, event: str, outcome: str, code: str | None
) -> None:
    """What a client was told, or a handler has handled, leaves the status unset."""
    client = PacketClient(site(probe))
    client.join("/rooms/7")
    client.call("/rooms/7", event, *([5] if event == "say" else []))
    span = probe.spans()[1]
    assert (span.status.status_code, span.events) == (StatusCode.UNSET, ())
    assert attributes(span)["nsroute.outcome"] == outcome
    assert attributes(span).get("nsroute.code") == code
    assert "error.type" not in attributes(span)


@every_config
def test_the_span_is_the_current_one_all_through(
    probe: OtelProbe, config: ServerConfig
) -> None:
    """Handlers, hooks and error handlers run in the span of their dispatch."""
    client = PacketClient(site(probe, config))
    client.join("/rooms/7")
    client.call("/rooms/7", "say", "hello")
    client.call("/rooms/7", "vex")
    client.close()
    ids = [s.context.span_id for s in probe.spans() if s.context]
    assert found == [
        ("__init__", 0),
        *((stage, ids[0]) for stage in ("opened", "connect", "accepted")),
        ("say", ids[1]),
        ("errorhandler", ids[2]),
        *((stage, ids[3]) for stage in ("disconnect", "closed")),
    ]
    assert not trace.get_current_span().get_span_context().is_valid


def test_the_record_is_written_in_the_span(probe: OtelProbe) -> None:
    """A processor can put the ids of trace and span into the record itself."""
    ids: list[int] = []

    def note(_logger: object, _method: str, _fields: object) -> str:
        ids.append(trace.get_current_span().get_span_context().span_id)
        raise structlog.DropEvent

    client = PacketClient(site(probe))
    structlog.configure(processors=[note])  # until the end of the test: it is `quiet`
    client.join("/rooms/7")
    client.call("/rooms/7", "fail")
    client.close()
    assert ids == [s.context.span_id for s in probe.spans() if s.context]


def test_a_dispatch_begins_a_trace_of_its_own(probe: OtelProbe) -> None:
    """A request that stays open is linked, not the parent of all that comes on it."""
    client = PacketClient(site(probe, ServerConfig(async_handlers=False)))
    tracer = probe.tracing.get_tracer("request")
    with tracer.start_as_current_span("GET /socket.io/") as around:
        client.join("/rooms/7")
    client.call("/rooms/7", "say", "hello")
    connect, _, say = probe.spans()
    assert (connect.parent, say.parent, say.links) == (None, None, ())
    assert [link.context for link in connect.links] == [around.get_span_context()]


def test_a_dispatch_inside_another_is_part_of_it(probe: OtelProbe) -> None:
    """A disconnect that a handler causes is a child of the handler's span."""
    client = PacketClient(site(probe, ServerConfig(async_handlers=False)))
    sid = client.join("/rooms/7")
    client.emit("/rooms/7", "kick", sid)
    client.wait_for(1, "/rooms/7")
    made = {span.name.split()[-1]: span for span in probe.spans()}
    part, kick = made["disconnect"], made["kick"]
    assert part.parent is not None
    assert part.parent == kick.context


def test_what_runs_into_a_dispatch_that_has_no_middleware_has_its_own_span(
    probe: OtelProbe,
) -> None:
    """An event that comes late, inside a handler, does not end the handler's span."""

    class Echo(RoutedNamespace, namespace="/echo"):
        @on("call")
        def answer(self) -> None:
            sid = request.sid  # type: ignore[attr-defined]
            self.server.disconnect(sid, self.namespace)
            self.trigger_event("call", sid)

    made = ServerConfig(async_handlers=False).site(Echo)
    probe.attach(made.router)
    client = PacketClient(made)
    client.join("/echo")
    client.emit("/echo", "call")
    client.wait_for(1, "/echo")
    outcomes = Counter(attributes(s)["nsroute.outcome"] for s in probe.spans())
    assert outcomes == {"ok": 3, "late": 1}
