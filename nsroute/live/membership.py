"""One client in one live namespace, from its connect to its disconnect."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

from nsroute.signals import Dispatch
from nsroute.upstream.context import ClientContext


class MembershipState(IntEnum):
    """How far a client is; from `ADMITTED` on its events are served."""

    CONNECTING = 0  # its connect handler runs
    DISCONNECTING = 1  # its disconnect is dispatched
    ADMITTED = 2  # its connect handler let it in
    CONNECTED = 3  # it has its CONNECT packet


CONNECTING: Final = MembershipState.CONNECTING
DISCONNECTING: Final = MembershipState.DISCONNECTING
ADMITTED: Final = MembershipState.ADMITTED
CONNECTED: Final = MembershipState.CONNECTED

TRANSITIONS: Final[Mapping[tuple[MembershipState, str], MembershipState]] = (
    MappingProxyType(
        {
            (CONNECTING, "admit"): ADMITTED,
            (ADMITTED, "finish"): CONNECTED,
            (ADMITTED, "disconnect"): DISCONNECTING,
            (CONNECTED, "disconnect"): DISCONNECTING,
        }
    )
)
"""Where a step leads to; what is not here does not happen."""

_transition = Lock()


class Membership:
    """A client in a live namespace."""

    __slots__ = (
        "_data", "connect", "context", "eio_sid", "live", "lost_reason", "sid", "state",
    )  # fmt: skip

    def __init__(
        self, sid: str, eio_sid: str, live: Any, context: ClientContext
    ) -> None:
        self.sid: str = sid
        self.eio_sid: str = eio_sid
        self.live: Any = live  # its `LiveNamespace`
        self.context: ClientContext = context
        self._data: dict[str, Any] | None = None
        self.state: MembershipState = CONNECTING
        self.lost_reason: str | None = None
        """Why it must leave as soon as it is in; None if it may stay."""
        self.connect: Dispatch | None = None
        """Its connect, until that is finished."""

    @property
    def is_connecting(self) -> bool:
        """Whether its connect is not decided yet."""
        return self.state is CONNECTING

    @property
    def is_admitted(self) -> bool:
        """Whether it was let in and has not left: its events are served."""
        return self.state >= ADMITTED

    @property
    def data(self) -> dict[str, Any]:
        """What handlers keep for the client."""
        if self._data is None:
            with _transition:
                self._data = {} if self._data is None else self._data
        return self._data

    def step(self, name: str) -> bool:
        """Take a step, if its state allows that; of several threads one succeeds."""
        with _transition:
            return self._step(name)

    def finish(self) -> bool:
        """Take the step to `CONNECTED`, unless it must leave."""
        with _transition:
            return self.lost_reason is None and self._step("finish")

    def disconnect(self, reason: str) -> bool:
        """Take the step to `DISCONNECTING`; a client that connects takes it later."""
        with _transition:
            if self.state is CONNECTING:
                self.lost_reason = self.lost_reason or reason
            return self._step("disconnect")

    def lose(self, reason: str) -> bool:
        """Note why it must leave; return whether that has to wait for its connect."""
        with _transition:
            self.lost_reason = self.lost_reason or reason
            return self.state in (CONNECTING, ADMITTED)

    def _step(self, name: str) -> bool:
        after = TRANSITIONS.get((self.state, name))
        if after is None:
            return False
        self.state = after
        return True
