"""What processes tell each other, as values and as what JSON can carry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsroute.cluster import messages
from nsroute.cluster.messages import (
    ROWS,
    Answer,
    Beat,
    Bye,
    Change,
    Disconnect,
    Emit,
    Message,
    Parts,
    Question,
    Selected,
    ServerEvent,
    State,
    StateWanted,
    from_payload,
    in_parts,
    to_payload,
)

SELECTED = Selected(["/rooms/<int:room_id>"], ["/lobby"])
EVERY_MESSAGE: list[Message] = [
    Beat("a", 3),
    Bye("a"),
    Emit(SELECTED, "said", ["text", {"x": 1}], ["mods"], "sid"),
    Disconnect(SELECTED, "mods"),
    ServerEvent(SELECTED, "refresh", [1]),
    Question("a/1", 0, "a", "clients", SELECTED),
    Answer("a/1", 0, "b", 0, 1, [["/rooms/1", 2]]),
    Change("a", 4, "/rooms/1", [["ann", "sid", None]], []),
    StateWanted("a"),
    State("a", 4, 0, 1, [["/rooms/1", "sid", "ann", None]]),
]


@pytest.mark.parametrize("message", EVERY_MESSAGE, ids=lambda one: type(one).__name__)
def test_a_message_arrives_as_it_was(message: Message) -> None:
    """Also through JSON, and with a field that a later version has added."""
    payload = json.loads(json.dumps(to_payload(message)))
    assert from_payload(payload) == message
    assert from_payload({**payload, "added": "later"}) == message


def test_every_kind_of_message_is_tried() -> None:
    """A new one has to be in the list above."""
    assert {type(one) for one in EVERY_MESSAGE} == set(messages._KINDS.values())


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "beat",
        {},
        {"kind": "of a later version"},
        {"kind": "beat"},
        {"kind": "beat", "host": 1, "sequence": "x"},
        {"kind": ["beat"]},
    ],
)
def test_what_is_not_known_is_no_message(payload: object) -> None:
    """Processes of other versions may share the queue."""
    assert from_payload(payload) is None


@given(st.integers(0, 3 * ROWS), st.randoms())
def test_parts_come_in_any_order_and_perhaps_twice(count: int, random: Any) -> None:
    """All rows are there once the last part is."""
    rows: list[list[Any]] = [[number] for number in range(count)]
    parts = in_parts(rows)
    assert all(len(part) <= ROWS for part in parts)
    coming = [*enumerate(parts), *enumerate(parts[:-1])]
    random.shuffle(coming)
    together = Parts()
    seen: set[int] = set()
    for number, part in coming:
        seen.add(number)
        assert together.add(number, len(parts), part) is (len(seen) == len(parts))
    assert together.rows == rows
