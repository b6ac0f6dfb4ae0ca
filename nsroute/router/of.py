"""`of`: all live namespaces of a class, or one of them, in every process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from flask import request
from flask_socketio import Namespace, SocketIO
from werkzeug.routing import BaseConverter

from nsroute.cluster import Census, ClusterProcess, process_of
from nsroute.cluster.census import count
from nsroute.cluster.messages import Disconnect, Emit, Selected, ServerEvent
from nsroute.errors import MountError
from nsroute.routing import Routable, RouteTable
from nsroute.upstream import protocols
from nsroute.upstream.packets import PacketEncoder
from nsroute.upstream.publisher import FLUSH_SECONDS

Rooms = str | list[str] | None


class Selection:
    """Some live namespaces, in all processes that share the message queue.

    `MetaRouter.of` and `Emitter.of` make it. Without a message queue there is one
    process, this one.
    """

    __slots__ = ("_process", "_selected", "_server")

    def __init__(
        self, process: ClusterProcess, server: protocols.Server, selected: Selected
    ) -> None:
        self._process = process
        self._server = server
        self._selected = selected

    def emit(
        self,
        event: str,
        data: Any = None,
        *,
        to: Rooms = None,
        skip_sid: Rooms = None,
        include_self: bool = True,
    ) -> None:
        """Emit an event to the clients of these namespaces.

        It is one message on the queue, however many namespaces there are.

        Args:
            event: The event's name.
            data: The payload; a tuple is several arguments. Typed objects are sent as
                what a packet can carry.
            to: A room or a sid, or several, in each namespace; None for all clients.
            skip_sid: The sid of a client that does not get it, or several.
            include_self: Whether the client being served gets it too.

        Raises:
            TypeError: If there is something in `data` that no packet can carry.
        """
        args = self._args(data)
        if not include_self and not skip_sid:
            skip_sid = getattr(request, "sid", None)
        self._process.do_everywhere(Emit(self._selected, event, args, to, skip_sid))

    def disconnect(self, to: Rooms = None) -> None:
        """Disconnect the clients of these namespaces, or those of rooms in them."""
        self._process.do_everywhere(Disconnect(self._selected, to))

    def server_side_emit(self, event: str, *args: Any) -> None:
        """Run the `@on_server(event)` methods of the live objects, wherever they are.

        Raises:
            TypeError: If no packet can carry an argument.
        """
        carried = self._args(args)
        self._process.do_everywhere(ServerEvent(self._selected, event, carried))

    def census(self, timeout: float = 1.0) -> Census:
        """Count the clients, over all processes that answer in time.

        It waits until all known processes have answered, and no longer than `timeout`
        seconds. A process that has just started, and an `Emitter`, know none: they
        wait for the whole time.
        """
        return count(*self._process.ask("clients", self._selected, timeout))

    def presence(self, timeout: float = 1.0) -> dict[str, list[Any]]:
        """Return who is present: each key, with the metas of all its clients.

        A server knows it. An `Emitter` asks, and waits for `timeout` seconds.
        """
        if not self._process.is_serving:
            rows, _ = self._process.ask("presence", self._selected, timeout)
            found: dict[str, list[Any]] = {}
            for _namespace, _sid, key, meta in rows:
                found.setdefault(key, []).append(meta)
            return found
        return self._process.present_among(self._selected)

    def _args(self, data: Any) -> list[Any]:
        carried = PacketEncoder(self._server).sendable(data)
        if isinstance(data, tuple):
            return list(cast("Iterable[Any]", carried))
        return [] if data is None else [carried]


class Emitter:
    """Reaches live namespaces from a process that serves nobody.

    A worker or a script needs the routes, and no application.

    Args:
        routes: The same routes as the servers have: a `RouteTable`, or what makes one.
        socketio: `SocketIO(message_queue=URL)`.
        converters: As of `MetaRouter`.

    Raises:
        MountError: If the `SocketIO` has no message queue.
    """

    def __init__(
        self,
        routes: Iterable[Routable],
        socketio: SocketIO,
        *,
        converters: Mapping[str, type[BaseConverter]] | None = None,
    ) -> None:
        self._table = RouteTable(routes, converters=converters)
        host = cast("protocols.SocketIO", socketio)
        if host.server is None:
            raise MountError(
                "This SocketIO has no server yet; make it with "
                "SocketIO(message_queue=URL)."
            )
        self._server = host.server
        self._process = process_of(host, host.server)
        if not self._process.has_queue:
            raise MountError(
                "This SocketIO has no message queue, so an Emitter reaches nobody; "
                "make it with SocketIO(message_queue=URL)."
            )

    @property
    def table(self) -> RouteTable:
        """The routes."""
        return self._table

    def of(self, target: type[Namespace] | str, /, **params: Any) -> Selection:
        """Return all live namespaces of a class or a named route, or one of them.

        Raises:
            BuildError: If no route leads there, or no name stands for the parameters.
        """
        return select(self._table, self._process, self._server, target, params)

    def flush(self, timeout: float = FLUSH_SECONDS) -> bool:
        """Wait until the broker has all messages; return whether it has.

        Python does this when a process ends. Call it in processes that end otherwise,
        as those of Celery do, or to be sure.

        Args:
            timeout: How many seconds to wait at most.
        """
        return self._process.flush(timeout)


def select(
    table: RouteTable,
    process: ClusterProcess,
    server: protocols.Server,
    target: type[Namespace] | str,
    params: Mapping[str, Any],
) -> Selection:
    """Return what is meant by a class or a route, and perhaps parameters."""
    if params:
        selected = Selected(names=[table.namespace_for(target, **params)])
    else:
        selected = Selected(patterns=[r.pattern for r in table.routes_of(target)])
    return Selection(process, server, selected)
