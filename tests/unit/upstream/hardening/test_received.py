"""Messages that nobody has taken yet hold up who sends them."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from nsroute.upstream.hardening.received import MESSAGE_BYTES, BoundedBuffer

ONE = "x" * 100
SIZE = len(ONE) + MESSAGE_BYTES


class Room:
    """An event that tells who waits for it, and lets the test go on meanwhile."""

    def __init__(self) -> None:
        self.waits = 0
        self.then: Any = lambda: None

    def wait(self, _seconds: float) -> None:
        self.waits += 1
        self.then()

    def clear(self) -> None: ...

    def set(self) -> None: ...


def buffer(*there: str, most: int = 2 * SIZE) -> tuple[BoundedBuffer, Any, Room]:
    """Make the buffer of a connection, and where its writer would wait."""
    room = Room()
    connection = SimpleNamespace(
        connected=True, event=threading.Event(), input_buffer=list(there)
    )
    return BoundedBuffer(connection, most, room), connection, room


def test_so_many_messages_wait_and_no_more() -> None:
    """Whoever adds another returns once one was taken."""
    made, connection, room = buffer(ONE)
    made.append(ONE)
    assert room.waits == 0
    assert connection.event.is_set()
    room.then = lambda: room.waits == 3 and made.pop(0)
    made.append(ONE)
    assert room.waits == 3
    assert made == [ONE, ONE]


def test_a_message_that_is_taken_just_now_holds_nobody_up() -> None:
    """Between the look and the wait."""
    made, _, room = buffer(ONE, ONE)
    room.clear = lambda: made.pop(0)  # type: ignore[method-assign]
    made.append(ONE)
    assert room.waits == 0


def test_a_reader_that_waits_ends_with_its_connection() -> None:
    """Its thread takes an `OSError` for the end."""
    made, connection, room = buffer(ONE, ONE)
    room.then = lambda: setattr(connection, "connected", False)
    with pytest.raises(OSError, match="closed"):
        made.append(ONE)


def test_what_was_there_before_counts_and_is_first() -> None:
    """Messages that came with the handshake are in their order."""
    made, _, _ = buffer("first", "second", most=10_000)
    made.append("third")
    assert [made.pop(0) for _ in range(3)] == ["first", "second", "third"]
    with pytest.raises(IndexError):
        made.pop(0)
