"""`MetaRouter`: mounted on a `SocketIO`, it forwards events to live objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar, cast

from flask_socketio import Namespace, SocketIO
from socketio.exceptions import ConnectionRefusedError as Refused
from werkzeug.routing import BaseConverter

from nsroute.arguments import Middleware, checked_middleware
from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.error_handlers import (
    ErrorHandler,
    error_handler_problems,
    handled_exceptions,
)
from nsroute.dispatch.refusals import INVALID_NAMESPACE
from nsroute.dispatch.unserved import publish_unrouted
from nsroute.errors import MountError, RouteError, name_of, raise_together
from nsroute.live import LiveNamespace, LiveObjects, NamespaceRegistry
from nsroute.namespace import RoutedNamespace, compile_routed, make_routed
from nsroute.namespace.compilation import RouteOptions, compile_plain
from nsroute.records import LogChoice, Recorder, check_choice, nearest_recorder
from nsroute.router.mounting import check_conflicts, check_host
from nsroute.routing import Routable, Route, RouteTable
from nsroute.upstream import protocols
from nsroute.upstream.registration import (
    STAR,
    HostedNamespace,
    attach,
    class_handler,
    register_on_init,
)

__all__ = ["MetaRouter"]

F = TypeVar("F", bound=ErrorHandler)


class MetaRouter(HostedNamespace):
    """Forwards what no exact handler claims to the classes of its routes.

    Args:
        routes: `Route`, `Submount`, `RouteTable`, and classes with patterns.
        middleware: Wraps every dispatch, outermost of all.
        converters: Werkzeug's kind of converters, by the names that patterns use.
        max_namespaces_per_client: How many namespaces one connection may be in.
        log: How dispatches are recorded where neither class nor route says; by default
            as `LogPolicy()` does.

    Raises:
        RouteError: If a route or an option is wrong; an `ExceptionGroup` of several
            routes.
    """

    def __init__(
        self,
        routes: Iterable[Routable],
        *,
        middleware: Iterable[Middleware] = (),
        converters: Mapping[str, type[BaseConverter]] | None = None,
        max_namespaces_per_client: int = 100,
        log: LogChoice = None,
    ) -> None:
        super().__init__(STAR)
        self._table = RouteTable(routes, converters=converters)
        self._middleware = checked_middleware(middleware, name_of(type(self)))
        self._limit = _checked_limit(max_namespaces_per_client)
        check_choice(log, target=name_of(type(self)))
        self._log = log
        self._recorder: Recorder = nearest_recorder(log)
        self._errors: dict[type[BaseException], ErrorHandler] = {}
        self._compiled: dict[int, CompiledRoute] = {}
        self._compile_all()
        self._registry: NamespaceRegistry | None = None
        self._is_mounted = False
        self._mounted_on: protocols.Server | None = None

    @property
    def table(self) -> RouteTable:
        """The routes, in the order in which they are tried."""
        return self._table

    @property
    def live(self) -> LiveObjects:
        """Concrete namespace -> live object, read-only, as it is now."""
        return LiveObjects({}) if self._registry is None else self._registry.objects

    def namespace_for(self, target: type[Namespace] | str, /, **params: Any) -> str:
        """Build the namespace of a class, or of a named route, from its parameters.

        Raises:
            BuildError: If no name stands for these parameters.
        """
        return self.table.namespace_for(target, **params)

    def compiled(self, route: Route) -> CompiledRoute:
        """Return what was compiled for one of the table's routes."""
        return self._compiled[id(route)]

    def wrap(self, *middleware: Middleware) -> None:
        """Put middleware around all that the router has, for clients to come.

        Call it before the first client connects: a namespace that is live keeps what it
        has until its last client has left.

        Raises:
            RouteError: If it is no function.
        """
        added = checked_middleware(middleware, name_of(type(self)))
        self._middleware = (*added, *self._middleware)
        self._compile_all()

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
                connects of a name that a route matches.
        """
        if self._is_mounted:
            raise MountError("This router is mounted already; make another one.")
        check_host(socketio)
        host = cast("protocols.SocketIO", socketio)
        self._replace_earlier(host)
        check_conflicts(host, self.table, self._compiled)
        self._is_mounted = True
        self._mounted_on = host.server
        host.on_namespace(self)
        register_on_init(host, self, True)
        return self

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

    def _replace_earlier(self, socketio: protocols.SocketIO) -> None:
        """Replace a router that an earlier server left behind."""
        other = class_handler(socketio, STAR)
        if other is None:
            return
        if not (isinstance(other, MetaRouter) and other.is_left_behind(socketio)):
            raise MountError(
                f"{name_of(type(other))} is the '*' namespace of this SocketIO "
                "already, and there can be only one: put all routes into one router."
            )
        register_on_init(socketio, other, False)
        other.unregister(socketio)

    def unregister(self, socketio: protocols.SocketIO) -> None:
        """Serve no more on the server of a `SocketIO`."""
        if self._registry is not None and self._registry.server is socketio.server:
            self._registry.unregister()

    def is_left_behind(self, socketio: protocols.SocketIO) -> bool:
        """Return whether `init_app` has replaced the server that it was mounted on."""
        return self._mounted_on not in (None, socketio.server)

    def _nsroute_register(self, server: protocols.Server) -> None:
        self._registry = NamespaceRegistry(
            self.socketio,
            server,
            self._find,
            limit=self._limit,
            unrouted=partial(publish_unrouted, self._recorder, self),
        )

    def _find(self, name: str) -> tuple[CompiledRoute, Mapping[str, Any]] | None:
        return self._matcher.find(name)

    def _compile_all(self) -> None:
        self._compiled.update({id(route): self._compile(route) for route in self.table})
        self._matcher = self.table.matcher_of(self.compiled)

    def _compile(self, route: Route) -> CompiledRoute:
        target = cast("type[Namespace]", route.target)
        options = RouteOptions(
            sender=self,
            make=partial(self._make, target),
            pattern=route.pattern,
            declared=route.declared,
            middleware=(
                *self._middleware,
                *route.submount_middleware,
                *route.middleware,
            ),
            log=self._log,
            errors=self._errors,
        )
        if issubclass(target, RoutedNamespace):
            return compile_routed(target, options)
        return compile_plain(target, options)

    def _make(self, target: type[Namespace], live: LiveNamespace) -> Namespace:
        """Make the live object of a namespace, registered like an exact one."""
        registry = cast("NamespaceRegistry", self._registry)
        if issubclass(target, RoutedNamespace):
            instance: Namespace = make_routed(target, registry, live)
        else:
            instance = target(live.namespace)
        attach(instance, self.socketio, registry.server)
        return instance


def _checked_limit(limit: object) -> int:
    if isinstance(limit, int) and limit >= 0:
        return limit
    raise RouteError(
        f"max_namespaces_per_client is a whole number of 0 or more, not {limit!r}",
        target=MetaRouter.__name__,
    )
