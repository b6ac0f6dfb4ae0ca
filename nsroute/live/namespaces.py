"""One live namespace: its object, the states of that, and the clients in it.

The object is made once, opened once and closed once, and no two of those steps of one
namespace overlap. User code never runs under a lock: `_transition` is held for a few
assignments only, and a step that takes time is waited for. Only a client that connects
ever waits, and it holds nothing then, so two namespaces cannot wait for each other (an
`emit` may run another client's disconnect handler inside itself). A close waits for no
timer either: the timer's end closes the object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from threading import Lock
from time import time
from types import MappingProxyType
from typing import Any, Final

from flask import Flask

from nsroute.dispatch import Client, CompiledRoute, run_close
from nsroute.errors import EventError
from nsroute.events_queue import EventQueue, Timer
from nsroute.live.host import Host
from nsroute.live.timers import NamespaceTimer
from nsroute.upstream.packets import PacketEncoder
from nsroute.upstream.protocols import Event


class LiveState(Enum):
    """How far a live object is."""

    NEW = "new"
    MAKING = "making"
    MADE = "made"
    OPENING = "opening"
    OPEN = "open"
    LINGERING = "lingering"
    CLOSING = "closing"
    CLOSED = "closed"


NEW, MAKING, MADE = LiveState.NEW, LiveState.MAKING, LiveState.MADE
OPENING, OPEN, LINGERING = LiveState.OPENING, LiveState.OPEN, LiveState.LINGERING
CLOSING, CLOSED = LiveState.CLOSING, LiveState.CLOSED

TRANSITIONS: Final[Mapping[tuple[LiveState, str], LiveState]] = MappingProxyType(
    {
        (NEW, "make"): MAKING,
        (MAKING, "done"): MADE,
        (MAKING, "fail"): CLOSED,
        (MADE, "open"): OPENING,
        (OPENING, "done"): OPEN,
        (OPENING, "fail"): CLOSED,
        (OPEN, "linger"): LINGERING,
        (LINGERING, "return"): OPEN,
        (LINGERING, "end"): CLOSING,
        (OPEN, "empty"): CLOSING,
        (NEW, "empty"): CLOSED,
        (MADE, "empty"): CLOSED,
        (CLOSING, "done"): CLOSED,
    }
)
"""Where a step leads to; what is not here does not happen."""

_transition = Lock()


class LiveNamespace:
    """A concrete namespace that somebody is in, or whose object lingers."""

    __slots__ = (
        "_closes_behind", "_done", "_failure", "_inside", "_is_overdue", "_linger",
        "_state", "_ticking", "_timers", "_was_joined", "app", "clients", "host",
        "instance", "namespace", "packets", "params", "queue", "route", "since",
    )  # fmt: skip

    def __init__(
        self,
        namespace: str,
        params: Mapping[str, Any],
        route: CompiledRoute,
        host: Host,
        app: Flask,
    ) -> None:
        self.namespace: str = namespace
        self.params: Mapping[str, Any] = params
        self.route: CompiledRoute = route
        self.host: Host = host
        self.app: Flask = app  # which its first client connected to
        self.packets: PacketEncoder = host.packets
        self.since: float = time()
        self.queue: EventQueue | None = None
        """What waits for the whole namespace, once anything did."""
        self.instance: Any = None
        self.clients: dict[str, Any] = {}  # its `Membership`s by sid
        self._state = NEW
        self._done: Event | None = None
        self._failure: BaseException | None = None
        self._inside = 0  # how many clients were let in and have not left
        self._was_joined = False  # whether anybody ever was
        self._linger: Timer | None = None
        self._is_overdue = False  # somebody connected when the linger ended
        self._timers: tuple[NamespaceTimer, ...] = ()
        self._ticking = 0  # how many of them run
        self._closes_behind = False  # the last of them closes the object

    @property
    def sids(self) -> list[str]:
        """The clients that are connected here, in this process, in their order."""
        return [c.sid for c in list(self.clients.values()) if c.is_admitted]

    @property
    def is_lingering(self) -> bool:
        """Whether the object waits for somebody to come back."""
        return self._linger is not None

    def enter(self, client: Client) -> bool:
        """Add a client, unless the object is closing; return whether it was added.

        Raises:
            EventError: If it is full.
        """
        capacity = self.route.capacity
        with _transition:
            if self._state in (CLOSING, CLOSED):
                return False
            if capacity is None or len(self.clients) < capacity:
                self.clients[client.sid] = client
                return True
        raise EventError("full", f"It is full: its capacity is {capacity}.")

    def admit(self) -> None:
        """Note that a client was let in: the object lingers no more."""
        with _transition:
            self._inside += 1
            self._was_joined = True
            self._step("return")
            linger, self._linger = self._linger, None
            self._is_overdue = False
        if linger is not None:
            self.host.scheduler.stop(linger)
            self.host.release(self)

    def has(self, client: Client) -> bool:
        """Return whether a client is in, however far it is."""
        return self.clients.get(client.sid) is client

    def wait_until_closed(self) -> None:
        """Wait for the end of an object that takes nobody in any more."""
        with _transition:
            done = self._event_of(CLOSING)
        if done is not None:
            done.wait()

    def make(self) -> None:
        """Make the object, if nobody has; wait while somebody does."""

        def make() -> None:
            self.instance = self.route.make(self)

        if self._state is not OPEN:
            self._once("make", make, MAKING)

    def open(self, opened: Callable[[], object]) -> None:
        """Call `opened`, if nobody has; wait while somebody does."""
        if self._state is not OPEN and self._once("open", opened, OPENING):
            self._timers = tuple(NamespaceTimer(self, one) for one in self.route.timers)
            for timer in self._timers:
                timer.start()

    def remove(self, client: Client, closed: Callable[[], object]) -> None:
        """Remove a client; behind the last one linger, or call `closed`.

        Where a timer runs, its end closes the object, without a client.
        """
        with _transition:
            left = self.clients.pop(client.sid, None)
            if left is not None and not left.is_connecting:
                self._inside -= 1
            linger = self._begin_linger()
            is_over = linger is None and not self.clients and self._step("empty")
            is_open = self._state is CLOSING
            if is_over and is_open and self._leave_to_timer():
                return
        if linger is not None:
            seconds = 0.0 if self._is_overdue else self.route.linger
            self.host.scheduler.set(linger, self.host.scheduler.now + seconds)
            self.host.keep(self)
        elif is_over:
            self._close(closed if is_open else None)

    def _close(self, closed: Callable[[], object] | None) -> None:
        for timer in self._timers:
            timer.stop()
        try:
            if closed is not None:
                closed()
        finally:
            self._end("done", None)

    def _begin_linger(self) -> Timer | None:
        """Linger if the last client that was in has left; under the lock."""
        if not self.route.linger or not self._was_joined or self._inside:
            return None
        begins = self.host.may_linger and self._step("linger")
        # Or it was due while somebody connected, who is refused now.
        if not begins and (not self._is_overdue or self.clients):
            return None
        return self._new_linger()

    def _new_linger(self) -> Timer:
        timer = self._linger = Timer(
            lambda: self.host.in_turn(self, lambda: self._end_linger(timer))
        )
        return timer

    def close_lingering(self) -> None:
        """Close the object here, if it lingers."""
        if (timer := self._linger) is not None:
            self.host.scheduler.stop(timer)
            self._end_linger(timer)

    def _end_linger(self, timer: Timer) -> None:
        """Close the object, unless somebody has come meanwhile."""
        with _transition:
            if self._linger is not timer:
                return
            self._is_overdue = bool(self.clients)
            if self._is_overdue:  # they are connecting: it depends on their answer
                return
            self._linger = None
            self._step("end")
            if self._leave_to_timer():
                return
        self._close(lambda: run_close(self))

    def begin_tick(self) -> bool:
        """Return whether a timer may run; if so, `end_tick` follows."""
        with _transition:
            may_run = self._state in (OPEN, LINGERING)
            self._ticking += may_run
            return may_run

    def end_tick(self) -> None:
        """Close the object, if its last client has left while the timer ran."""
        with _transition:
            self._ticking -= 1
            is_over = self._closes_behind and not self._ticking
        if is_over:
            self._close(lambda: run_close(self))

    def _leave_to_timer(self) -> bool:
        self._closes_behind = self._ticking > 0
        return self._closes_behind

    def _once(self, name: str, step: Callable[[], object], during: LiveState) -> bool:
        with _transition:
            mine = self._step(name)
            done = None if mine else self._event_of(during)
        if not mine:
            if done is not None:
                done.wait()
            if self._failure is not None:
                raise self._failure
            return False
        try:
            step()
        except BaseException as error:
            self._end("fail", error)
            raise
        self._finish("done")
        return True

    def _event_of(self, during: LiveState) -> Event | None:
        """Return what is set at the end of a state, if the object is in that."""
        if self._state is not during:
            return None
        if self._done is None:
            self._done = self.host.server.eio.create_event()
        return self._done

    def _end(self, name: str, failure: BaseException | None) -> None:
        self._failure = failure
        self.host.drop(self)
        self._finish(name)

    def _finish(self, name: str) -> None:
        with _transition:
            self._step(name)
            done, self._done = self._done, None
        if done is not None:
            done.set()

    def _step(self, name: str) -> bool:
        after = TRANSITIONS.get((self._state, name))
        if after is not None:
            self._state = after
        return after is not None
