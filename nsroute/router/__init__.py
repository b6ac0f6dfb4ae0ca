"""`MetaRouter`: mounted on a `SocketIO`, it leads each namespace to its live object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from flask_socketio import Namespace, SocketIO
from socketio.exceptions import ConnectionRefusedError as Refused
from werkzeug.routing import BaseConverter

from nsroute.dispatch import Dispatch
from nsroute.errors import MountError, RouteError, name_of, raise_together
from nsroute.live import Live, LiveObjects
from nsroute.namespace import RoutedNamespace, make_routed, routed_plan
from nsroute.namespace.plans import Surroundings, plain_plan
from nsroute.pipeline.calls import layers
from nsroute.pipeline.clients import Occupancy
from nsroute.pipeline.errorhandlers import (
    ErrorHandler,
    handled_kinds,
    unfit_errorhandler,
)
from nsroute.pipeline.turn import Middleware, Plan
from nsroute.records import (
    LogChoice,
    Recorder,
    brief,
    check_choice,
    nearest_recorder,
    publish,
)
from nsroute.router.mounting import check_host, look_around
from nsroute.routing import Routable, Route, RouteTable
from nsroute.upstream import protocols
from nsroute.upstream.acceptance import (
    STAR,
    HostedNamespace,
    attach,
    carry_over,
    class_handler,
    drop_carried,
)

__all__ = ["MetaRouter"]

F = TypeVar("F", bound=ErrorHandler)

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class MetaRouter(HostedNamespace):
    """Leads the namespaces that no exact handler claims to the classes of its routes.

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
        self._middleware = layers(middleware, name_of(type(self)))
        self._limit = _checked_limit(max_namespaces_per_client)
        check_choice(log, target=name_of(type(self)))
        self._log = log
        self._recorder: Recorder = nearest_recorder(log)
        self._errors: dict[type[BaseException], ErrorHandler] = {}
        self._plans = {id(route): self._plan(route) for route in self.table}
        self._live: Live | None = None
        self._is_mounted = False
        self._mounted_on: protocols.Server | None = None

    @property
    def table(self) -> RouteTable:
        """The routes, in the order in which they are tried."""
        return self._table

    @property
    def live(self) -> LiveObjects:
        """Concrete namespace -> live object, read-only, as it is now."""
        return LiveObjects({}) if self._live is None else self._live.objects

    def namespace_for(self, target: type[Namespace] | str, /, **params: Any) -> str:
        """Build the namespace of a class, or of a named route, from its parameters.

        Raises:
            BuildError: If no name stands for these parameters.
        """
        return self.table.namespace_for(target, **params)

    def plan_of(self, route: Route) -> Plan:
        """Give what was compiled for one of the table's routes."""
        return self._plans[id(route)]

    def wrap(self, *middleware: Middleware) -> None:
        """Put middleware around all that the router has, for clients to come.

        Call it before the first client connects: a namespace that is live keeps what it
        has until its last client has left.

        Raises:
            RouteError: If it is no function.
        """
        added = layers(middleware, name_of(type(self)))
        self._middleware = (*added, *self._middleware)
        self._plans.update({id(route): self._plan(route) for route in self.table})

    def errorhandler(self, *exceptions: type[BaseException]) -> Callable[[F], F]:
        """Let a function handle what the classes do not handle themselves.

        Args:
            *exceptions: The classes of exceptions; none stands for `Exception`. The
                nearest class in the exception's MRO wins.

        Raises:
            RouteError: If one is not a class of exceptions, or if the function cannot
                be called with one.
        """
        kinds = handled_kinds(exceptions, name_of(type(self)))

        def decorate(function: F) -> F:
            name = getattr(function, "__name__", repr(function))
            raise_together(name, [*unfit_errorhandler(function, name)])
            self._errors.update(dict.fromkeys(kinds, function))
            return function

        return decorate

    def mount(self, socketio: SocketIO) -> MetaRouter:
        """Stand as the `'*'` namespace of a `SocketIO`, before or after `init_app`.

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
        self._make_room(host)
        look_around(host, self.table, self._plans)
        self._is_mounted = True
        self._mounted_on = host.server
        host.on_namespace(self)
        carry_over(host, self)
        return self

    def trigger_event(
        self, event: Any, namespace: Any = None, sid: Any = None, *rest: Any
    ) -> Any:
        """Forward an event to the live object of its namespace; upstream calls it.

        Raises:
            Refused: If it is a connect that is refused.
        """
        live = self._live
        if live is None:
            raise MountError("This router is not mounted.")
        if not isinstance(sid, str):
            # With msgpack a client may connect to the literal `'*'`: upstream prepends
            # no namespace then, and what it calls the namespace is the client's sid.
            if event != "connect":
                return live.server.not_handled
            self._record_unrouted(STAR, namespace)
            raise Refused("Invalid namespace")
        return live.receive(event, namespace, sid, rest)

    def _make_room(self, socketio: protocols.SocketIO) -> None:
        """Take the place of a router that an earlier server left behind."""
        other = class_handler(socketio, STAR)
        if other is None:
            return
        if not (isinstance(other, MetaRouter) and other.is_left_behind(socketio)):
            raise MountError(
                f"{name_of(type(other))} is the '*' namespace of this SocketIO "
                "already, and there can be only one: put all routes into one router."
            )
        drop_carried(socketio, other)

    def is_left_behind(self, socketio: protocols.SocketIO) -> bool:
        """Say whether it was mounted on a server that `init_app` has replaced."""
        return self._mounted_on not in (None, socketio.server)

    def _nsroute_hosted(self, server: protocols.Server) -> None:
        self._live = Live(
            self.socketio,
            server,
            self.table,
            self._plans,
            self._limit,
            self._record_unrouted,
        )

    def _plan(self, route: Route) -> Plan:
        target = cast("type[Namespace]", route.target)
        around = Surroundings(
            sender=self,
            make=partial(_make, target),
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
            return routed_plan(target, around)
        return plain_plan(target, around)

    def _record_unrouted(self, name: object, sid: str | None) -> None:
        dispatch = Dispatch(
            kind="connect",
            event="connect",
            namespace=brief(name),
            pattern=None,
            params=NOTHING,
            sid=sid,
            args=(),
            target=None,
            outcome="unrouted",
            duration=0.0,
        )
        publish(self._recorder, self, dispatch)


def _checked_limit(limit: object) -> int:
    if isinstance(limit, int) and limit >= 0:
        return limit
    raise RouteError(
        f"max_namespaces_per_client is a whole number of 0 or more, not {limit!r}",
        target=MetaRouter.__name__,
    )


def _make(target: type[Namespace], place: Occupancy) -> Namespace:
    """Make the live object of a namespace, registered like an exact one."""
    desk = place.house
    if issubclass(target, RoutedNamespace):
        instance: Namespace = make_routed(target, place, desk)
    else:
        instance = target(place.namespace)
    attach(instance, desk.socketio, desk.server)
    return instance
