"""One live object and the clients in it: who is joining, here, leaving.

The object is made once, opened once and closed once, and no two of those steps of one
namespace overlap. User code never runs under a lock: `_transition` is held for a few
assignments only, and a step that takes time is waited for at a gate. Only a client that
joins ever waits, and it holds nothing then, so two namespaces can not wait for each
other (an `emit` may run another client's disconnect handler inside itself).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, IntEnum
from threading import Lock
from time import time
from typing import Any, Protocol

from nsroute.upstream.context import ClientContext
from nsroute.upstream.protocols import Gate, Server, SocketIO
from nsroute.upstream.sending import Check

__all__ = ["Client", "House", "Occupancy", "Stage"]

_transition = Lock()


class Stage(IntEnum):
    """How far a client has come; from `ADMITTED` on its events are served."""

    JOINING = 0
    LEAVING = 1
    ADMITTED = 2
    ACCEPTED = 3


class Phase(Enum):
    """How far a live object has come; it only moves forward."""

    EMPTY = 0
    MAKING = 1
    MADE = 2
    OPENING = 3
    OPEN = 4
    CLOSING = 5
    GONE = 6


class House(Protocol):
    """Whoever keeps occupancies: a router, or a namespace that stands by itself."""

    socketio: SocketIO
    server: Server
    check: Check | None
    """Raises where no packet carries a value; None where `to_wire` knows that."""

    def gate(self) -> Gate:
        """Make an event of the server's async mode."""
        ...

    def made(self, place: Occupancy) -> None:
        """Hear that an object was made."""

    def gone(self, place: Occupancy) -> None:
        """Hear that nobody can enter any more."""


class Client:
    """One client in one namespace, from its connect to its disconnect."""

    __slots__ = ("_data", "context", "eio_sid", "ending", "place", "sid", "stage")

    def __init__(
        self, sid: str, eio_sid: str, place: Occupancy, context: ClientContext
    ) -> None:
        self.sid: str = sid
        self.eio_sid: str = eio_sid
        self.place: Occupancy = place
        self.context: ClientContext = context
        self._data: dict[str, Any] | None = None
        self.stage: Stage = Stage.JOINING
        self.ending: str | None = None
        """Why it must go as soon as it is in; None if it may stay."""

    @property
    def data(self) -> dict[str, Any]:
        """What handlers keep for the client."""
        if self._data is None:
            with _transition:
                self._data = {} if self._data is None else self._data
        return self._data

    def admit(self) -> None:
        """Move on to `ADMITTED`: its connect handler has let it in."""
        with _transition:
            self.stage = Stage.ADMITTED

    def accept(self) -> bool:
        """Move on to `ACCEPTED`, unless it is going or has to; say whether it did."""
        with _transition:
            if self.stage is not Stage.ADMITTED or self.ending is not None:
                return False
            self.stage = Stage.ACCEPTED
            return True

    def leave(self, reason: str) -> bool:
        """Move on to `LEAVING`; of several threads that try that, one succeeds.

        A client that is joining leaves as soon as it is in.
        """
        with _transition:
            if self.stage is Stage.JOINING:
                self.ending = self.ending or reason
            if self.stage < Stage.ADMITTED:
                return False
            self.stage = Stage.LEAVING
            return True

    def dismiss(self, reason: str) -> bool:
        """Have it leave as soon as it is in; say whether it is not in yet."""
        with _transition:
            if self.stage not in (Stage.JOINING, Stage.ADMITTED):
                return False
            self.ending = self.ending or reason
            return True


class Occupancy:
    """One concrete namespace, its live object and its clients."""

    __slots__ = (
        "_failure", "_gate", "_phase", "house", "instance", "members", "namespace",
        "params", "plan", "since",
    )  # fmt: skip

    def __init__(
        self, namespace: str, params: Mapping[str, Any], plan: Any, house: House
    ) -> None:
        self.namespace: str = namespace
        self.params: Mapping[str, Any] = params
        self.plan: Any = plan
        self.house: House = house
        self.since: float = time()
        self.instance: Any = None
        self.members: dict[str, Client] = {}
        self._phase = Phase.EMPTY
        self._gate: Gate | None = None
        self._failure: BaseException | None = None

    @property
    def sids(self) -> frozenset[str]:
        """The clients that are connected here, in this process."""
        members = list(self.members.values())
        return frozenset(c.sid for c in members if c.stage >= Stage.ADMITTED)

    def enter(self, client: Client) -> bool:
        """Take a client in, unless the object is on its way out."""
        with _transition:
            if self._phase in (Phase.CLOSING, Phase.GONE):
                return False
            self.members[client.sid] = client
            return True

    def has(self, client: Client) -> bool:
        """Say whether a client is in, at whatever stage."""
        return self.members.get(client.sid) is client

    def wait_until_gone(self) -> None:
        """Wait for the end of an object that takes nobody in any more."""
        with _transition:
            gate = self._gate_of(Phase.CLOSING)
        if gate is not None:
            gate.wait()

    def make(self, factory: Callable[[], Any]) -> None:
        """Make the object, if nobody has; wait, if somebody is at it.

        Raises:
            BaseException: What the factory raised, for all who waited for it.
        """

        def step() -> None:
            self.instance = factory()
            self.house.made(self)

        self._once(step, Phase.EMPTY, Phase.MAKING, Phase.MADE)

    def open(self, opened: Callable[[], object]) -> None:
        """Call `opened`, if nobody has; wait, if somebody is at it.

        Raises:
            BaseException: What `opened` raised, for all who waited for it.
        """
        if self._phase is not Phase.OPEN:
            self._once(opened, Phase.MADE, Phase.OPENING, Phase.OPEN)

    def leave(self, client: Client) -> bool:
        """Let a client go; say whether it was the last and `close` is now due."""
        with _transition:
            self.members.pop(client.sid, None)
            if self.members or self._phase in (Phase.CLOSING, Phase.GONE):
                return False
            opened = self._phase is Phase.OPEN
            self._phase = Phase.CLOSING if opened else Phase.GONE
        if not opened:
            self.house.gone(self)
        return opened

    def close(self, closed: Callable[[], object]) -> None:
        """Call `closed`, then let the namespace go to whoever comes next."""
        try:
            closed()
        finally:
            self._end(None)

    def _once(
        self, step: Callable[[], object], before: Phase, during: Phase, after: Phase
    ) -> None:
        with _transition:
            mine = self._phase is before
            gate = self._gate_of(during)
            if mine:
                self._phase = during
        if not mine:
            self._wait_for(gate)
            return
        try:
            step()
        except BaseException as error:
            self._end(error)
            raise
        self._advance(after)

    def _gate_of(self, phase: Phase) -> Gate | None:
        """Return the gate at the end of a phase, if the object is in it."""
        if self._phase is not phase:
            return None
        if self._gate is None:
            self._gate = self.house.gate()
        return self._gate

    def _wait_for(self, gate: Gate | None) -> None:
        if gate is not None:
            gate.wait()
        if self._failure is not None:
            raise self._failure

    def _advance(self, phase: Phase) -> None:
        with _transition:
            self._phase = phase
            gate, self._gate = self._gate, None
        if gate is not None:
            gate.set()

    def _end(self, failure: BaseException | None) -> None:
        self._failure = failure
        self.house.gone(self)
        self._advance(Phase.GONE)
