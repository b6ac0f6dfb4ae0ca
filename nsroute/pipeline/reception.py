"""Where what upstream forwards for a namespace meets the client that it concerns.

A `Desk` tells genuine connects and disconnects from packets that only look like them,
sees that each client's disconnect is dispatched once, however its connection ends, and
answers what reaches no client. A router has one for all its namespaces, a namespace
that stands by itself one of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final, cast

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.errors import EventError, MountError
from nsroute.events import LIFECYCLE
from nsroute.pipeline import accept, admit, forward, go_on, release, resume, serve
from nsroute.pipeline.calls import forwarding
from nsroute.pipeline.clients import Client, Occupancy, Stage
from nsroute.pipeline.strays import Stray, publish_stray, why_astray
from nsroute.pipeline.turn import INTERNAL, Plan, Turn
from nsroute.signals import Outcome
from nsroute.upstream.connection import watch
from nsroute.upstream.lifecycle import (
    connecting_environ,
    drop_ghost,
    force_end,
    holds_environ,
    is_connected,
    is_known,
)
from nsroute.upstream.protocols import Gate, Server, SocketIO
from nsroute.upstream.sending import Check, carrying

__all__ = ["Desk"]

ADMITTED: Final = Stage.ADMITTED  # a name costs less than a member of an enumeration


class Desk(ABC):
    """Receives what upstream forwards for the namespaces of one server."""

    places: dict[str, Occupancy]
    """Where the clients of each namespace are."""

    def __init__(self, socketio: SocketIO, server: Server) -> None:
        self.socketio = socketio
        self.server = server
        self.check: Check | None = carrying(server)
        self._watch = watch(server)
        self._watch.add(self)

    @abstractmethod
    def enter(self, namespace: str, sid: str, environ: dict[str, Any]) -> Client:
        """Take a new client in.

        Raises:
            EventError: If it may not enter.
        """

    @abstractmethod
    def left(self, client: Client) -> None:
        """Forget a client that was refused or has left."""

    @abstractmethod
    def clients(self, eio_sid: str) -> Iterable[Client]:
        """Return the clients of a connection."""

    @abstractmethod
    def plan(self, namespace: str) -> Plan | None:
        """Return what would serve a namespace; None if nothing would."""

    @abstractmethod
    def params(self, namespace: str) -> Mapping[str, Any]:
        """Return the parameters of a namespace that it would serve."""

    @abstractmethod
    def holds(self, eio_sid: str, namespace: str) -> bool:
        """Say whether a connection is in a namespace, at whatever stage."""

    @abstractmethod
    def others(self) -> Iterable[str]:
        """Return the names that others serve on this server, as far as it knows."""

    @abstractmethod
    def refuses(self, name: object) -> bool:
        """Say whether a name is refused before anybody is asked, and record that."""

    @abstractmethod
    def serves(self, name: str) -> bool:
        """Say whether a name is one of this desk's."""

    def gate(self) -> Gate:
        """Make an event of the server's async mode."""
        return self.server.eio.create_event()

    def receive(
        self,
        event: Any,
        namespace: str,
        sid: Any,
        rest: tuple[Any, ...],
        own: bool = False,
    ) -> Any:
        """Dispatch what upstream forwards; return the acknowledgement.

        Args:
            event: The event's name, or whatever a client sent in its place.
            namespace: The concrete namespace.
            sid: The client's session id.
            rest: The arguments.
            own: Whether the `trigger_event` of the object itself has been called.
        """
        place = self.places.get(namespace)
        client = None if place is None else place.members.get(sid)
        if (
            client is not None
            and client.stage >= ADMITTED
            and isinstance(event, str)
            and event not in LIFECYCLE
        ):
            if own:
                return go_on(client, event, rest)
            if client.place.plan.forward:
                return forward(client, event, rest)
            return serve(client, event, rest)
        return self._receive_other(Stray("event", event, namespace, sid, rest, client))

    def pass_on(
        self, event: Any, namespace: str, sid: Any, rest: tuple[Any, ...]
    ) -> Any:
        """Dispatch, or go on with, what an object's `trigger_event` is called with."""
        outer = forwarding.get()
        if outer is not None and outer.is_lifecycle(event, namespace, sid):
            return resume(outer, rest)
        return self.receive(event, namespace, sid, rest, own=True)

    def _receive_other(self, stray: Stray) -> Any:
        namespace, sid, rest = stray.namespace, stray.sid, stray.args
        if stray.event == "connect":
            environ = connecting_environ(self.server, namespace, sid, rest)
            if environ is not None:
                return self.connect(namespace, sid, environ, (*rest, None)[1])
            if holds_environ(rest):
                if self.plan(namespace) is None:
                    return self.connect(namespace, sid, rest[0], None)
                missed = self._missed(namespace, sid, rest[0])
                raise self._turn_away(missed, namespace, sid)
        elif stray.event == "disconnect" and self._watch.departures.is_genuine(
            namespace, sid, rest
        ):
            return self._disconnect(stray.client, namespace, sid, rest[0])
        return self._answer_stray(stray)

    def connect(
        self, namespace: str, sid: str, environ: dict[str, Any], auth: Any
    ) -> Any:
        """Dispatch a genuine connect.

        Raises:
            Refused: If the client is refused; never anything else, for upstream would
                leave the client half connected.
        """
        try:
            client = self.enter(namespace, sid, environ)
        except Exception as error:  # noqa: BLE001 - whatever it is, upstream may not see it
            raise self._turn_away(error, namespace, sid) from None
        turn = admit(client, environ, auth)
        if turn.refusal is None:
            settle = partial(self._settle, turn)
            pending = partial(self._is_pending, client)
            self._watch.after_answer(settle, client.eio_sid, pending)
            return None
        self.left(client)
        if self._is_out(client):
            return None
        raise turn.refusal from None

    def _missed(
        self, namespace: str, sid: str, environ: dict[str, Any]
    ) -> Exception | None:
        """Say why a client is not known; None if its connection has just ended."""
        ours = self._watch.is_connecting()
        if not ours and is_known(self.server, namespace, sid) is None:
            return MountError("a later init_app gave this SocketIO another server")
        if any(environ is kept for kept in list(self.server.environ.values())):
            force_end(self.server, sid, namespace)
            return LookupError(
                "python-socketio's manager has lost the client: several threads "
                "changed its tables at once, which nsroute.manager.SafeManager prevents"
            )
        return None

    def _turn_away(self, error: Exception | None, namespace: str, sid: str) -> Refused:
        """Record a client that did not get as far as a dispatch."""
        stray = Stray("connect", "connect", namespace, sid, (), None)
        if isinstance(error, EventError):
            self._publish(stray, "refused", error, error.code)
            return Refused(error.message, {"code": error.code})
        if error is None:
            self._publish(stray, "late", None, None)
        else:
            self._publish(stray, "error", error, "internal_error")
        return Refused(INTERNAL)

    def _is_out(self, client: Client) -> bool:
        """Say whether a client that upstream accepted at once has left meanwhile."""
        connected = is_connected(self.server, client.place.namespace, client.sid)
        return self.server.always_connect and not connected

    def _is_pending(self, client: Client) -> bool:
        manager = self.server.manager
        return manager.is_pre_connected(client.sid, client.place.namespace)

    def _settle(self, turn: Turn) -> None:
        """Complete a connect that has been answered, or end it with its connection."""
        client, server = turn.client, self.server
        sid, namespace = client.sid, client.place.namespace
        connected = is_connected(server, namespace, sid)
        if connected and client.eio_sid in server.environ and client.accept():
            accept(turn, True)
            return
        accept(turn, False)
        if connected and client.ending == server.reason.SERVER_DISCONNECT:
            server.disconnect(sid, namespace, True)
        self._end(client, client.ending or server.reason.TRANSPORT_CLOSE)
        if drop_ghost(server, sid, namespace):
            self._watch.put_out(client.eio_sid, namespace)

    def _disconnect(
        self, client: Client | None, namespace: str, sid: str, reason: str
    ) -> Any:
        if client is not None and client.leave(reason):
            self._release(client, reason)
        return self.server.not_handled

    def _release(self, client: Client, reason: str) -> None:
        try:
            release(client, reason)
        finally:
            self.left(client)

    def _end(self, client: Client, reason: str) -> None:
        """Disconnect a client that upstream will not disconnect any more."""
        if client.leave(reason):
            self._release(client, reason)
            force_end(self.server, client.sid, client.place.namespace)

    def stranded(self, namespace: str, sid: str, reason: str) -> None:
        """End a client whose disconnect upstream has not brought here."""
        place = self.places.get(namespace)
        client = None if place is None else place.members.get(sid)
        if client is not None:
            self._end(client, reason)

    def dismiss(self, namespace: str, sid: str) -> bool:
        """Have a client leave as soon as it is in; say whether it is not in yet."""
        place = self.places.get(namespace)
        client = None if place is None else place.members.get(sid)
        return client is not None and client.dismiss(
            self.server.reason.SERVER_DISCONNECT
        )

    def ended(self, eio_sid: str, reason: str) -> None:
        """End what is left of a connection: accepted while it ended, or stranded."""
        for client in list(self.clients(eio_sid)):
            self._end(client, reason)

    def namespaces(self, eio_sid: str) -> list[str]:
        """Return the namespaces of this desk that a connection is in."""
        return [client.place.namespace for client in list(self.clients(eio_sid))]

    def _answer_stray(self, stray: Stray) -> Any:
        """Answer an event that goes to no handler, and record why."""
        if self.plan(stray.namespace) is None:
            return self.server.not_handled
        client = stray.client
        here = client is not None and client.stage >= ADMITTED
        if not here and not is_connected(self.server, stray.namespace, stray.sid):
            self._publish(stray, "late", None, None)
            return self.server.not_handled
        answer = why_astray(here, stray.event)
        self._publish(stray, "rejected", answer, answer.code)
        return {"error": {"code": answer.code, "message": answer.message}}

    def _publish(
        self,
        stray: Stray,
        outcome: Outcome,
        error: Exception | None,
        code: str | None,
    ) -> None:
        name = stray.namespace
        plan = cast("Plan", self.plan(name))  # or it were not the desk's
        publish_stray(stray, plan, self.params(name), outcome, error, code)
