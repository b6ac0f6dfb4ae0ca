"""What a live namespace asks of the registry that it is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from nsroute.events_queue import Scheduler
from nsroute.upstream.packets import PacketEncoder
from nsroute.upstream.protocols import Server, SocketIO


class Host(Protocol):
    """The registry, as a live namespace needs it; `live` is that."""

    socketio: SocketIO
    server: Server
    packets: PacketEncoder

    scheduler: Scheduler
    may_linger: bool

    def drop(self, live: Any) -> None:
        """Drop a live namespace that nobody can enter any more."""

    def keep(self, live: Any) -> None:
        """Keep an object that lingers; if there are too many, end the oldest linger."""

    def release(self, live: Any) -> None:
        """Count an object no more that has ceased to linger."""

    def in_turn(self, live: Any, job: Callable[[], object], /) -> None:
        """Run a job, of a namespace that does one thing at a time in its turn."""
