"""What processes tell each other: frozen values, and the same as JSON can carry it.

A process ignores a message that it does not know, so that processes of different
versions may share a queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import attrs
import msgspec

NAMESPACE: Final = ",nsroute"
"""Where the messages are emitted. No packet's namespace can hold a comma."""
ROWS: Final = 500
"""How many rows one message carries at most."""


@attrs.frozen
class Selected:
    """Which live namespaces are meant: those of patterns, or those of names."""

    patterns: list[str] = attrs.field(factory=list[str])
    names: list[str] = attrs.field(factory=list[str])

    def chooses(self, name: str, pattern: str | None) -> bool:
        """Return whether a live namespace is meant."""
        return name in self.names or pattern in self.patterns


@attrs.frozen
class Beat:
    """A process is there, and has changed its presence so many times."""

    host: str
    sequence: int


@attrs.frozen
class Bye:
    """A process ends."""

    host: str


@attrs.frozen
class Emit:
    """Emit an event in each namespace that is meant."""

    selected: Selected
    event: str
    args: list[Any]
    to: str | list[str] | None = None
    skip_sid: str | list[str] | None = None


@attrs.frozen
class Disconnect:
    """Disconnect the clients of each namespace that is meant, or of rooms in it."""

    selected: Selected
    to: str | list[str] | None = None


@attrs.frozen
class ServerEvent:
    """Call the handlers of a server-side event of each live object that is meant."""

    selected: Selected
    event: str
    args: list[Any]


@attrs.frozen
class Question:
    """Ask every process for its clients, or for whom it has present."""

    number: str
    attempt: int
    host: str
    about: str
    selected: Selected


@attrs.frozen
class Answer:
    """One part of what a process answers to a question."""

    number: str
    attempt: int
    host: str
    part: int
    parts: int
    rows: list[list[Any]]


@attrs.frozen
class Change:
    """The presence of a process changes, for the time that `sequence` counts.

    A row is a key, the sid of its client, and its meta.
    """

    host: str
    sequence: int
    namespace: str
    joins: list[list[Any]]
    leaves: list[list[Any]]


@attrs.frozen
class StateWanted:
    """Ask one process for all of its presence."""

    host: str


@attrs.frozen
class State:
    """One part of all presence of a process; a row begins with the namespace."""

    host: str
    sequence: int
    part: int
    parts: int
    rows: list[list[Any]]


Message = (
    Beat | Bye | Emit | Disconnect | ServerEvent | Question | Answer | Change
    | StateWanted | State
)  # fmt: skip
_KINDS: Final[Mapping[str, type[Message]]] = {
    "beat": Beat,
    "bye": Bye,
    "emit": Emit,
    "disconnect": Disconnect,
    "server_event": ServerEvent,
    "question": Question,
    "answer": Answer,
    "change": Change,
    "state_wanted": StateWanted,
    "state": State,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def to_payload(message: Message) -> dict[str, Any]:
    """Return a message as JSON can carry it."""
    fields: dict[str, Any] = {
        field.name: getattr(message, field.name)
        for field in attrs.fields(type(message))
    }
    if "selected" in fields:
        fields["selected"] = attrs.asdict(fields["selected"])
    return {"kind": _NAMES[type(message)], **fields}


def from_payload(payload: object) -> Message | None:
    """Return the message of a payload; None for what is not known here."""
    if not isinstance(payload, dict):
        return None
    fields = cast("dict[str, Any]", payload)
    kind = _KINDS.get(str(fields.get("kind")))
    if kind is None:
        return None
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError:
        return None


def in_parts(rows: list[list[Any]]) -> list[list[list[Any]]]:
    """Return rows as parts that one message can carry; one part if there are none."""
    return [rows[at : at + ROWS] for at in range(0, len(rows), ROWS)] or [[]]


class Parts:
    """Puts parts together that come in any order, and perhaps twice."""

    def __init__(self) -> None:
        self._parts: dict[int, list[list[Any]]] = {}

    def add(self, part: int, parts: int, rows: list[list[Any]]) -> bool:
        """Keep a part; return whether all are there."""
        self._parts.setdefault(part, rows)
        return all(number in self._parts for number in range(parts))

    @property
    def rows(self) -> list[list[Any]]:
        """The rows that have come so far, in their order."""
        return [row for part in sorted(self._parts) for row in self._parts[part]]
