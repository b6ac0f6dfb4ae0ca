"""How far a client is in its namespace, and which step leads where."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final


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
