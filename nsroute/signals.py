"""`Dispatch`: one connect, event or disconnect; `dispatched`: the signal that sends it.

Middleware gets a `Dispatch` while it runs, receivers of the signal a finished one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs
from blinker import Signal

__all__ = ["Dispatch", "Kind", "Outcome", "dispatched"]

Kind = Literal["connect", "event", "disconnect"]
Outcome = Literal["ok", "refused", "rejected", "unhandled", "error", "late", "unrouted"]


@attrs.frozen
class Dispatch:
    """One connect, event or disconnect on its way to a handler.

    The last four fields are set once it is finished; before that they are None.
    """

    kind: Kind
    """What the client did."""
    event: Any
    """The event's name; whatever the client sent in its place, if it was no text."""
    namespace: str
    """The concrete namespace, such as `/rooms/42`."""
    pattern: str | None
    """The pattern of the route; None if no route matched."""
    params: Mapping[str, Any]
    """The converted parameters of the pattern, read-only."""
    sid: str | None
    """The client's session id in this namespace."""
    args: tuple[Any, ...]
    """The wire arguments; `(auth,)` of a connect, `(reason,)` of a disconnect."""
    target: str | None
    """The class and the method, such as `Room.message`; None if unrouted."""
    instance: Any = None
    """The live object; None where there was none."""
    outcome: Outcome | None = None
    """How it ended."""
    error: BaseException | None = None
    """The exception behind an outcome other than `ok`, where there was one."""
    code: str | None = None
    """The code of the client's answer, where there was one."""
    duration: float | None = None
    """Seconds from the first step to the answer."""


dispatched: Signal = Signal(
    "Sent with `dispatch` by a router for every finished dispatch."
)
