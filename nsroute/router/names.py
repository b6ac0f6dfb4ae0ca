"""Which names a router serves, and how the others are refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.refusals import INVALID_NAMESPACE
from nsroute.live.clients import Found
from nsroute.records import Recorder, publish, truncate
from nsroute.routing import RouteTable
from nsroute.signals import Dispatch
from nsroute.upstream.manager import RefusedName
from nsroute.upstream.protocols import Server
from nsroute.upstream.registration import STAR, NamespaceFilter

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class RoutedNames:
    """The names that a router's table matches, on one server."""

    def __init__(
        self,
        server: Server,
        table: RouteTable,
        compiled: Mapping[int, CompiledRoute],
        recorder: Recorder,
        *,
        sender: object,
    ) -> None:
        self._server = server
        self._filter = NamespaceFilter(server)
        self._table = table
        self._compiled = compiled
        self._recorder = recorder
        self._sender = sender

    def find(self, name: str) -> Found | None:
        """Return the route that a name matches, and its parameters; or None."""
        match = self._table.match(name)
        if match is None:
            return None
        return self._compiled[id(match.route)], match.params

    def claim(self, name: object) -> Found | None:
        """As `find`, for a name that a client wants to join.

        Only msgpack can carry a name that is no text, and the literal `'*'`.
        """
        if not isinstance(name, str) or name == STAR:
            raise self._refused(name)
        if name in self._server.namespace_handlers:
            return None
        found = self.find(name)
        if found is None and not (
            self._filter.serves(name) or self._filter.asks_router()
        ):
            raise self._refused(name)
        return found

    def refuse(self, name: str, sid: str) -> object:
        """Refuse a name in socket.io's words, unless the app serves it."""
        if self._filter.serves(name):
            return self._server.not_handled
        self._record(name, sid)
        raise Refused(INVALID_NAMESPACE)

    def _refused(self, name: object) -> RefusedName:
        self._record(name, None)
        return RefusedName()

    def _record(self, name: object, sid: str | None) -> None:
        dispatch = Dispatch(
            kind="connect",
            event="connect",
            namespace=truncate(name),
            pattern=None,
            params=NOTHING,
            sid=sid,
            args=(),
            target=None,
            outcome="unrouted",
            duration=0.0,
        )
        publish(self._recorder, self._sender, dispatch)
