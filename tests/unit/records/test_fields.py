"""The fields of a record: their order, and nothing that a renderer cannot write."""

from __future__ import annotations

import json
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from nsroute import Dispatch, LogPolicy, RoutedNamespace, on
from nsroute.records.fields import record_fields, record_name
from nsroute.records.redaction import NO_NAMES
from tests.support.packet_client import inline_client
from tests.support.server_configs import DEFAULT_CONFIG


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("say")
    def say(self, text: str) -> str:
        return text


UNROUTED = Dispatch(
    kind="connect",
    event="connect",
    namespace="/lobby",
    pattern=None,
    params={},
    sid=None,
    args=(),
    target=None,
    outcome="unrouted",
)


def fields(dispatch: Dispatch, policy: LogPolicy | None = None) -> dict[str, Any]:
    return record_fields(dispatch, policy or LogPolicy(), NO_NAMES)


def test_fields_stand_in_the_order_in_which_they_are_read() -> None:
    """A record says where, what, by whom and how it ended before all details."""
    with capture_logs() as captured:
        client = inline_client(DEFAULT_CONFIG.site(Room))
        client.join("/rooms/1")
        client.call("/rooms/1", "say", "hello")
        client.call("/rooms/1", "say", 5)
    assert list(captured[1]) == [
        *("namespace", "sio_event", "target", "outcome", "duration_ms", "arg_count"),
        *("sid", "pattern", "params", "event", "log_level"),
    ]
    assert list(captured[2])[3:6] == ["outcome", "code", "error"]


def test_what_a_dispatch_does_not_have_is_left_out() -> None:
    """An unrouted name has no target, sid, pattern and params."""
    assert record_name(UNROUTED) == "nsroute.unrouted"
    assert fields(UNROUTED) == {
        "namespace": "/lobby",
        "sio_event": "connect",
        "outcome": "unrouted",
        "duration_ms": 0.0,
        "arg_count": 0,
    }


@pytest.mark.parametrize("outcome", ["ok", "late"])
def test_a_sample_is_told_of_what_went_well(outcome: Any) -> None:
    """Only `ok` dispatches are sampled, so only their records say so."""
    found = fields(attrs.evolve(UNROUTED, outcome=outcome), LogPolicy(sample=10))
    assert found.get("sample") == (10 if outcome == "ok" else None)


def test_auth_that_is_no_mapping_is_hidden_whole() -> None:
    """What a client signs in with may be the secret itself."""
    policy = LogPolicy(payloads=True)
    for auth, payload in ("my-token", "[redacted]"), ({"user": "ann"}, {"user": "ann"}):
        dispatch = attrs.evolve(UNROUTED, args=(auth,))
        assert fields(dispatch, policy)["payload"] == [payload]


texts = st.text(st.characters())


@given(texts, texts, texts, st.lists(texts))
def test_whatever_a_client_sends_can_be_written(
    event: str, namespace: str, message: str, args: list[str]
) -> None:
    """Strict encoders take all fields, halves of surrogate pairs included."""
    dispatch = attrs.evolve(
        UNROUTED,
        kind="event",
        outcome="rejected",
        event=event,
        namespace=namespace,
        args=tuple(args),
        params={"name": event},
        pattern="/<name>",
        code=message,
        error=ValueError(message),
    )
    found = fields(dispatch, LogPolicy(payloads=True))
    json.dumps(found, allow_nan=False).encode()
    msgspec.json.encode(found)
    assert str(found).isprintable()
