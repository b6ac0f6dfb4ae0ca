"""What Engine.IO and python-socketio leave open to any client, and a mend for each.

A mend is a function that is given a server, with its reason and the versions that it
was checked with. It asks upstream first: where that has mended it, it does nothing.
`docs/reference/upstream-proposals.md` has the same as reports.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from nsroute.upstream.hardening.attachments import bound_attachments
from nsroute.upstream.hardening.broadcasts import own_binary_packets
from nsroute.upstream.hardening.closing import close_at_once
from nsroute.upstream.hardening.frames import quiet_bad_frames
from nsroute.upstream.hardening.messages import (
    bound_messages,
    refuse_compression,
    send_whole_messages,
)
from nsroute.upstream.hardening.received import read_in_turn
from nsroute.upstream.hardening.target import Limits, Report, Target, target_of
from nsroute.upstream.hardening.unread import bound_unread
from nsroute.upstream.protocols import Server, SocketIO

__all__ = ["MENDS", "Limits", "Report", "harden_all", "is_hardened", "mend"]

MENDS: Final[tuple[Callable[[Target], None], ...]] = (
    bound_unread,
    own_binary_packets,
    bound_attachments,
    quiet_bad_frames,
    close_at_once,
    bound_messages,
    refuse_compression,
    send_whole_messages,
    read_in_turn,
)
"""In the order in which their mixins stand before the class of a socket."""


def mend(server: Server, limits: Limits) -> None:
    """Apply all mends to a server, which has none yet."""
    target = Target(server, limits)
    for one in MENDS:
        one(target)
    target.install()


def is_hardened(server: Server) -> bool:
    """Return whether the mends were applied to a server."""
    return target_of(server.eio) is not None


def harden_all(socketio: SocketIO, limits: Limits) -> None:
    """Mend the server that a `SocketIO` has, and each that `init_app` makes later."""
    host: Any = socketio
    known = cast("Limits | None", getattr(host, "nsroute_limits", None))
    if known is not None:
        known.unread_bytes = limits.unread_bytes
        known.attachments = limits.attachments
        return
    host.nsroute_limits = limits
    if socketio.server is not None:
        mend(socketio.server, limits)
    init_app = host.init_app

    def init_and_mend(app: object, **options: Any) -> None:
        init_app(app, **options)
        mend(cast("Server", host.server), limits)

    host.init_app = init_and_mend
