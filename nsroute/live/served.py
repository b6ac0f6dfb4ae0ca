"""What a registry serves, and through which object of upstream's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import attrs

from nsroute.live.membership import Found, Membership
from nsroute.upstream.registration import HostedNamespace


class Routes(Protocol):
    """What is served."""

    find: Callable[[str], Found | None]
    """Returns what serves a name, or None."""


Unrouted = Callable[[object, str | None], None]
"""Records a name that nobody serves, and the sid of the client, if it has one."""
Reject = Callable[[Membership | None, Any, str, str, tuple[Any, ...]], Any]
"""Answers an event that goes to no handler."""


@attrs.frozen
class Host:
    """The object that upstream passes the events of a registry on to."""

    instance: HostedNamespace
    is_direct: bool
    """Whether its class leaves `trigger_event` to nsroute."""
    ordered: str | None
    """The name of a class that it serves with `order="namespace"`, if any."""
