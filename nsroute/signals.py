"""The value `Dispatch`, and the signal `dispatched` that carries it.

Middleware gets a dispatch while it runs, receivers of `dispatched` once it has
finished. For both it is frozen; only `nsroute.dispatch` sets its fields, by `update`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import attrs
from blinker import Signal

__all__ = ["Begun", "Dispatch", "Kind", "Outcome", "dispatched", "update"]

Kind = Literal["connect", "event", "disconnect", "server", "close", "timer", "task"]
Outcome = Literal["ok", "refused", "rejected", "unhandled", "error", "late", "unrouted"]


@attrs.frozen
class Dispatch:
    """One connect, event or disconnect of a client on its way to a handler.

    Or what no client asked for: a timer, a background task, the close of an object that
    has lingered. That has no `sid`, and no middleware around it.

    `outcome`, `error`, `code` and `duration` are None until it has finished.
    """

    kind: Kind
    """What the client did; the last four are what no client has asked for."""
    event: Any
    """The event's name; whatever the client sent in its place, if it was no text. Of a
    timer or a task it is the name of the function, of a close `closed`."""
    namespace: str
    """The concrete namespace, such as `/rooms/42`."""
    pattern: str | None
    """The pattern of the route; None if no route matched."""
    params: Mapping[str, Any]
    """The converted parameters of the pattern, read-only."""
    sid: str | None
    """The client's session id in this namespace; None where there is no client."""
    args: tuple[Any, ...]
    """The wire arguments; `(auth,)` of a connect, `(reason,)` of a disconnect."""
    target: str | None
    """The class and the method, such as `Room.message`; None if unrouted."""
    instance: Any = None
    """The live object; None where none was reached."""
    outcome: Outcome | None = None
    """How it ended."""
    error: BaseException | None = None
    """The exception behind an outcome other than `ok`, where there was one."""
    code: str | None = None
    """The code that the client was told, where there was one."""
    duration: float | None = None
    """Seconds from the first step to the answer."""
    queued: float = 0.0
    """Seconds that it waited before, for its turn."""

    # For `nsroute.dispatch` alone, and only while it runs:
    client: Any = attrs.field(default=None, repr=False, eq=False)
    handler: Any = attrs.field(default=None, repr=False, eq=False)
    scope: Any = attrs.field(default=None, repr=False, eq=False)
    # A copy of the context that it began in: what handlers bind stays inside.
    refusal: BaseException | None = attrs.field(default=None, repr=False, eq=False)
    # What keeps a connecting client out, whoever has caught it.
    failures: tuple[BaseException, ...] = attrs.field(default=(), repr=False, eq=False)


class _Begun(Dispatch):
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__


Begun: Callable[..., Any] = attrs.define(_Begun, eq=False, repr=False)
"""Makes a dispatch that may be changed, in less than half of the time.

attrs sets each field of a frozen class by a call. Once made, it is given the class
`Dispatch`, and is frozen."""

_set: Final = object.__setattr__


def update(dispatch: Dispatch, **fields: Any) -> None:
    """Set fields of a dispatch that has not been sent yet."""
    for name, value in fields.items():
        _set(dispatch, name, value)


dispatched: Signal = Signal(
    "Sent with `dispatch` by a router for every finished dispatch."
)
"""Every connect, event and disconnect, sent with `dispatch` once it has finished.

The sender is the router, or the object of a namespace that stands alone."""
