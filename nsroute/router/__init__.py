"""`MetaRouter`: mounted on a `SocketIO`, it forwards events to live objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Never, TypeVar, cast

from flask_socketio import Namespace, SocketIO
from socketio.exceptions import ConnectionRefusedError as Refused
from werkzeug.routing import BaseConverter

from nsroute.arguments import Middleware, checked_middleware
from nsroute.cluster import process_of
from nsroute.cluster.process import MAX_UNPUBLISHED, PRESENCE_TIMEOUT
from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.error_handlers import (
    ErrorHandler,
    error_handler_problems,
    handled_exceptions,
)
from nsroute.dispatch.refusals import INVALID_NAMESPACE
from nsroute.dispatch.unserved import publish_unrouted
from nsroute.errors import MountError, name_of, raise_together
from nsroute.events_queue import Order, check_order
from nsroute.live import Host, LiveNamespace, LiveObjects, NamespaceRegistry
from nsroute.live.draining import drain
from nsroute.namespace import RoutedNamespace, make_plain, make_routed
from nsroute.records import LogChoice, Recorder, check_choice, nearest_recorder
from nsroute.router.compiled import CompiledRoutes
from nsroute.router.mounting import (
    check_conflicts,
    check_host,
    checked_limit,
    ordered_class,
    replace_earlier,
)
from nsroute.router.of import Selection, select
from nsroute.router.star import StarNamespace
from nsroute.routing import Routable, Route, RouteTable, one_list
from nsroute.upstream import protocols
from nsroute.upstream.registration import (
    STAR,
    attach,
    register_on_init,
)

__all__ = ["MetaRouter"]

F = TypeVar("F", bound=ErrorHandler)


class MetaRouter(StarNamespace):
    """Forwards what no exact handler claims to the classes of its routes.

    Args:
        routes: `Route`, `Submount`, `RouteTable`, and classes with patterns.
        middleware: Wraps every dispatch, outermost of all.
        converters: Werkzeug's kind of converters, by the names that patterns use.
        order: What an event waits for, where neither class nor event says: `"client"`
            for the earlier events of its client, `"namespace"` for all that runs in its
            namespace, None for nothing.
        max_namespaces_per_client: How many namespaces one connection may be in.
        max_pending_events: How many events of one client may wait, and how many of one
            namespace with `order="namespace"`; the next is answered `busy`.
        max_workers: How many handlers of events run at once.
        log: How dispatches are recorded where neither class nor route says; by default
            as `LogPolicy()` does.
        presence_timeout: After so many seconds of silence another process is taken for
            gone, and with it whoever is present there.
        max_unpublished: How many messages may wait for the message queue; beyond it the
            oldest emits are dropped.

    Raises:
        RouteError: If a route or an option is wrong; an `ExceptionGroup` of several
            routes.
    """

    def __init__(
        self,
        routes: Iterable[Routable],
        *others: Never,
        middleware: Iterable[Middleware] = (),
        converters: Mapping[str, type[BaseConverter]] | None = None,
        log: LogChoice = None,
        order: Order = "client",
        max_namespaces_per_client: int = 100,
        max_pending_events: int = 1000,
        max_workers: int = 128,
        presence_timeout: float = PRESENCE_TIMEOUT,
        max_unpublished: int = MAX_UNPUBLISHED,
    ) -> None:
        one_list(others, name_of(type(self)))
        super().__init__(STAR)
        self._table = RouteTable(routes, converters=converters)
        self._limit = checked_limit(
            "max_namespaces_per_client", max_namespaces_per_client, 0
        )
        self._max_pending = checked_limit("max_pending_events", max_pending_events, 1)
        self._max_workers = checked_limit("max_workers", max_workers, 1)
        check_order(order, target=name_of(type(self)))
        check_choice(log, target=name_of(type(self)))
        self._recorder: Recorder = nearest_recorder(log)
        self._errors: dict[type[BaseException], ErrorHandler] = {}
        self._compiled = CompiledRoutes(
            self._table,
            self,
            self._make,
            checked_middleware(middleware, name_of(type(self))),
            log,
            order,
            self._errors,
        )
        self._presence_timeout = presence_timeout
        self._max_unpublished = checked_limit("max_unpublished", max_unpublished, 1)
        self._registry: NamespaceRegistry | None = None
        self._is_mounted = False

    @property
    def table(self) -> RouteTable:
        """The routes, in the order in which they are tried."""
        return self._table

    @property
    def live(self) -> LiveObjects:
        """Concrete namespace -> live object, read-only, as it is now."""
        return LiveObjects({}) if self._registry is None else self._registry.objects

    @property
    def waiting_events(self) -> int:
        """How many events wait for their turn, in this process."""
        return 0 if self._registry is None else self._registry.queues.waiting

    def namespace_for(
        self, target: type[Namespace] | str, /, *values: Never, **params: Any
    ) -> str:
        """Build the namespace of a class, or of a named route, from its parameters.

        Raises:
            BuildError: If no name stands for these parameters.
        """
        return self.table.namespace_for(target, *values, **params)

    def of(self, target: type[Namespace] | str, /, **params: Any) -> Selection:
        """Return all live namespaces of a class or a named route, or one of them.

        Without parameters they are all, in every process that shares the message
        queue; with parameters, the one that they stand for.

        Raises:
            BuildError: If no route leads there, or no name stands for the parameters.
            MountError: If the router is not mounted on a server yet.
        """
        if self._registry is None:
            raise MountError("This router is not mounted on a server yet.")
        server = self._registry.server
        return select(
            self.table, process_of(self.socketio, server), server, target, params
        )

    def compiled(self, route: Route) -> CompiledRoute:
        """Return what was compiled for one of the table's routes."""
        return self._compiled.of(route)

    def wrap(self, *middleware: Middleware) -> None:
        """Put middleware around all that the router has, for clients to come.

        Call it before the first client connects: a namespace that is live keeps what it
        has until its last client has left.

        Raises:
            RouteError: If it is no function.
        """
        added = checked_middleware(middleware, name_of(type(self)))
        self._compiled.middleware = (*added, *self._compiled.middleware)
        self._compiled.compile()

    def errorhandler(self, *exceptions: type[BaseException]) -> Callable[[F], F]:
        """Let a function handle what the classes do not handle themselves.

        Args:
            *exceptions: The classes of exceptions; none stands for `Exception`. The
                nearest class in the exception's MRO wins.

        Raises:
            RouteError: If one is not a class of exceptions, or if the function cannot
                be called with one.
        """
        kinds = handled_exceptions(exceptions, name_of(type(self)))

        def decorate(function: F) -> F:
            name = getattr(function, "__name__", repr(function))
            raise_together(name, [*error_handler_problems(function, name)])
            self._errors.update(dict.fromkeys(kinds, function))
            return function

        return decorate

    def mount(self, socketio: SocketIO) -> MetaRouter:
        """Register as the `'*'` namespace of a `SocketIO`, before or after `init_app`.

        What the app served before, it serves as before.

        Raises:
            MountError: If this is no `SocketIO`, if the router is mounted already, if
                there is another `'*'` class, or if a function handler takes the
                connects of a name that a route matches, or if a class has
                `order="namespace"` and the server `async_handlers=False`.
        """
        if self._is_mounted:
            raise MountError("This router is mounted already; make another one.")
        check_host(socketio)
        host = cast("protocols.SocketIO", socketio)
        replace_earlier(host)
        check_conflicts(host, self.table, self._compiled.by_id)
        host.on_namespace(self)
        self._is_mounted = True
        self.mounted_on: protocols.Server | None = host.server
        register_on_init(host, self, True)
        return self

    def drain(self, timeout: float = 10.0) -> int:
        """End all connections of the server; return how many this call has cut off.

        Refuse whoever comes, let begun and waiting events end, run disconnect handlers
        and `closed`, then close the transports, so that clients connect again by
        themselves. Call it in a thread, or a greenlet, that handles no event.

        Args:
            timeout: How many seconds events, disconnect handlers and `closed` may take.

        Raises:
            MountError: If the router is not mounted.
        """
        if (registry := self._registry) is None:
            raise MountError("Nothing to drain yet: call mount(socketio) first.")
        return drain(registry.server, registry.manager, timeout)

    def trigger_event(
        self, event: Any, namespace: Any = None, sid: Any = None, *rest: Any
    ) -> Any:
        """Forward an event to the live object of its namespace; upstream calls it.

        Raises:
            Refused: If it is a connect that is refused.
        """
        registry = self._registry
        if registry is None:
            raise MountError("This router is not mounted.")
        if not isinstance(sid, str):
            # Of the literal `'*'`, which the client manager refuses, upstream would
            # prepend no namespace: what stands in its place is the client's sid.
            if event == "connect":
                raise Refused(INVALID_NAMESPACE)
            return registry.server.not_handled
        return registry.receive(event, namespace, sid, rest)

    def unregister(self, socketio: protocols.SocketIO) -> None:
        """Serve no more on the server of a `SocketIO`."""
        if self._registry is not None and self._registry.server is socketio.server:
            self._registry.unregister()
            process_of(socketio, self._registry.server).forget(self._registry)

    def _nsroute_register(self, server: protocols.Server) -> None:
        self._registry = NamespaceRegistry(
            self.socketio,
            server,
            self._compiled,
            host=Host(
                self,
                is_direct=type(self).trigger_event is MetaRouter.trigger_event,
                ordered=ordered_class(self._compiled.by_id.values()),
            ),
            limit=self._limit,
            bounds=(self._max_workers, self._max_pending),
            unrouted=partial(publish_unrouted, self._recorder, self),
        )
        process = process_of(self.socketio, server)
        process.configure(self._presence_timeout, self._max_unpublished)
        process.serve(self._registry)

    def _make(self, factory: Any, live: LiveNamespace) -> Namespace:
        """Make the live object of a namespace, registered like an exact one."""
        registry = cast("NamespaceRegistry", self._registry)
        if issubclass(live.route.target, RoutedNamespace):
            instance: Namespace = make_routed(factory, registry, live)
        else:
            instance = make_plain(factory, live)
        attach(instance, self.socketio, registry.server)
        return instance
