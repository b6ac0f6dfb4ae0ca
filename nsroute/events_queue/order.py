"""The orders that a router, a class or an event may choose; the nearest one holds."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from nsroute.errors import RouteError, nearest


class UnsetType(Enum):
    """The type of `UNSET`."""

    UNSET = "unset"


UNSET: Final = UnsetType.UNSET
"""No choice: that of the class, or of the router, holds."""

Order: TypeAlias = Literal["client", "namespace"] | None
"""`"client"`: one event of a client at a time, in the order in which it sent them;
`"namespace"`: one thing at a time for each live object; None: each event by itself."""

OrderChoice: TypeAlias = Order | Literal[UnsetType.UNSET]

ORDERS: Final = ("client", "namespace")
DEFAULT: Final = "client"


def check_order(choice: Any, target: str | None = None) -> None:
    """Raise a `RouteError` that names the target, unless this is an `OrderChoice`."""
    if choice is None or choice is UNSET or choice in ORDERS:
        return
    raise RouteError(
        f"order is 'client', 'namespace' or None, not {choice!r}",
        target=target,
        hint=nearest(str(choice).lower(), ORDERS),
    )


def nearest_order(*choices: OrderChoice) -> Order:
    """Return the first choice that was made, given from the nearest to the farthest."""
    for choice in choices:
        if choice is not UNSET:
            return choice
    return DEFAULT
