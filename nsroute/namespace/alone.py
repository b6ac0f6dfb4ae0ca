"""A namespace that stands by itself, without a router: its name and its desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from types import MappingProxyType
from typing import Any, cast

from nsroute.errors import RouteError
from nsroute.pipeline.clients import Client, Occupancy
from nsroute.pipeline.reception import Desk
from nsroute.pipeline.turn import Plan
from nsroute.routing import Pattern
from nsroute.upstream.acceptance import STAR
from nsroute.upstream.context import client_context
from nsroute.upstream.lifecycle import eio_sid_of
from nsroute.upstream.protocols import Server, SocketIO

__all__ = ["Alone", "match_alone", "name_alone"]


class Alone(Desk):
    """Serves one exact namespace by one object, which opens and closes anew each time.

    Args:
        socketio: The `SocketIO` that the namespace is registered on.
        server: Its server.
        namespace: The exact namespace.
        params: The parameters of the class's pattern, where it matches the namespace.
        plan: What serves it.
        moved: Called with each new occupancy, the first included.
    """

    def __init__(
        self,
        socketio: SocketIO,
        server: Server,
        namespace: str,
        params: dict[str, Any],
        plan: Plan,
        moved: Callable[[Occupancy], None],
    ) -> None:
        self._namespace = namespace
        self._params = MappingProxyType(params)
        self._plan = plan
        self._moved = moved
        self._lock = Lock()
        self._clients: dict[str, Client] = {}
        self.places: dict[str, Occupancy] = {}
        self._move()
        super().__init__(socketio, server)

    def _move(self) -> None:
        place = Occupancy(self._namespace, self._params, self._plan, self)
        self.places[self._namespace] = place
        self._moved(place)

    def made(self, place: Occupancy) -> None:
        """Hear that an object was made: it is always the same one."""

    def gone(self, place: Occupancy) -> None:
        """Begin anew behind the last client."""
        with self._lock:
            if self.places[self._namespace] is place:
                self._move()

    def plan(self, namespace: str) -> Plan | None:
        """Return what serves the namespace."""
        return self._plan

    def params(self, namespace: str) -> Mapping[str, Any]:
        """Return those of the class's pattern, where it matches the namespace."""
        return self._params

    def enter(self, namespace: str, sid: str, environ: dict[str, Any]) -> Client:
        """Take a new client in."""
        context = client_context(cast("Any", self.socketio), environ, namespace, sid)
        eio_sid = eio_sid_of(self.server, namespace, sid)
        while True:
            place = self.places[self._namespace]
            client = Client(sid, eio_sid, place, context)
            if place.enter(client):
                self._clients[eio_sid] = client
                return client
            place.wait_until_gone()

    def left(self, client: Client) -> None:
        """Forget a client, unless its connection has joined again."""
        if self._clients.get(client.eio_sid) is client:
            del self._clients[client.eio_sid]

    def clients(self, eio_sid: str) -> Iterable[Client]:
        """Return the client of a connection, if it is here."""
        client = self._clients.get(eio_sid)
        return () if client is None else (client,)

    def holds(self, eio_sid: str, namespace: str) -> bool:
        """Say whether a connection is here."""
        return namespace == self._namespace and eio_sid in self._clients

    def others(self) -> Iterable[str]:
        """Return nothing: it does not know what else stands on the server."""
        return ()

    def refuses(self, name: object) -> bool:
        """Leave other names to others."""
        return False

    def serves(self, name: str) -> bool:
        """Say whether a name is the one that it serves."""
        return name == self._namespace


def name_alone(owner: str, given: str | None, patterns: Sequence[str]) -> str | None:
    """Return the name of an object; None stands for the one that upstream gives it.

    Args:
        owner: Its class.
        given: The name that it was given, if any.
        patterns: Those that the class declares, for an object without a name.

    Raises:
        RouteError: If it would serve more than one name.
    """
    if not given and (len(patterns) > 1 or "<" in "".join(patterns)):
        raise RouteError(
            "an object that stands by itself serves one namespace",
            pattern=patterns[0],
            target=owner,
            hint="pass its name, or mount a MetaRouter with the class",
        )
    name = given or next(iter(patterns), None)
    if name == STAR:
        # Upstream passes the namespace first there: it would be taken for the client's
        # sid, and a connect for an event of nobody's, which lets everybody in.
        raise RouteError(
            "'*' stands for all namespaces, and one object cannot serve them",
            target=owner,
            hint="mount a MetaRouter with the class",
        )
    return name


def match_alone(
    name: str, patterns: Iterable[str]
) -> tuple[dict[str, Any], str | None]:
    """Find the params of an exact name, and the pattern that it matches, if any."""
    for text in patterns:
        try:
            params = Pattern.parse(text).match(name)
        except (RouteError, ExceptionGroup):
            continue  # with an app's own converter, which only a router knows
        if params is not None:
            return params, text
    return {}, None
