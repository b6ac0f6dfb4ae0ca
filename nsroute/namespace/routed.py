"""`RoutedNamespace`: what users subclass; its routes are read when it is defined."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from types import MappingProxyType, SimpleNamespace
from typing import Any, ClassVar, Final, cast

from nsroute.arguments import Middleware, checked_middleware
from nsroute.cluster import process_of
from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.routes import overridden_dispatch, proceed_to_handler
from nsroute.dispatch.server_events import ServerHandler
from nsroute.errors import (
    RouteError,
    name_of,
    nearest,
    parts_of,
    raise_together,
    set_place,
)
from nsroute.events_queue import UNSET, OrderChoice, UnsetType, check_order
from nsroute.live import Host, LiveNamespace, NamespaceRegistry
from nsroute.namespace.compilation import RouteOptions, compile_route
from nsroute.namespace.declarations import Declaration, declare
from nsroute.namespace.emits import declared_events
from nsroute.namespace.instances import with_own_handlers
from nsroute.namespace.life import declare_life
from nsroute.namespace.members import NamespaceMembers
from nsroute.namespace.on_server import server_handlers
from nsroute.namespace.server_events import ServerEvent
from nsroute.namespace.slips import HOOKS
from nsroute.namespace.standalone import match_declared, standalone_name
from nsroute.records import LogChoice, check_choice
from nsroute.upstream.protocols import Server

_KEYWORDS: Final = (
    "namespace", "middleware", "log", "order", "linger", "capacity", "checked",
)  # fmt: skip


class RoutedNamespace(NamespaceMembers):
    """A namespace whose events are routed to methods.

    One object serves all clients of a concrete namespace; a router makes it for the
    first of them and drops it behind the last. `socketio.on_namespace(Room("/lobby"))`
    serves one exact namespace without a router.

    The class keyword `namespace=` is the pattern, or the patterns, that the class
    serves. Without it the class is a base or a mixin, or is placed by a `Route`.

    Args:
        namespace: The concrete namespace; by default the one that the class's only
            pattern stands for, if it has no parameters.

    Raises:
        RouteError: When a class is defined in which something is wrong; an
            `ExceptionGroup` of them for several things. When an object is made that is
            to stand alone and could have several names.
    """

    __nsroute_patterns__: ClassVar[tuple[str, ...]] = ()
    __nsroute_declaration__: ClassVar[Declaration] = Declaration((), {}, ())
    __nsroute_emits__: ClassVar[Mapping[str, ServerEvent[Any, Any]]] = {}
    __nsroute_middleware__: ClassVar[tuple[Middleware, ...]] = ()
    __nsroute_log__: ClassVar[LogChoice] = None
    __nsroute_order__: ClassVar[OrderChoice] = UNSET
    __nsroute_checked__: ClassVar[bool] = True
    __nsroute_linger__: ClassVar[float] = 0.0
    __nsroute_capacity__: ClassVar[int | None] = None
    __nsroute_timers__: ClassVar[Mapping[str, float]] = MappingProxyType({})
    __nsroute_server_events__: ClassVar[Mapping[str, ServerHandler]] = {}

    def __init_subclass__(
        cls,
        *,
        namespace: str | Iterable[str] = (),
        middleware: Iterable[Middleware] | None = None,
        log: LogChoice = None,
        order: OrderChoice = UNSET,
        checked: bool | None = None,
        linger: float | UnsetType = UNSET,
        capacity: int | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> None:
        name = name_of(cls)
        with _with_hints(kwargs):
            super().__init_subclass__(**kwargs)
        patterns = _checked_patterns(namespace, name)
        # A decorator that makes the class anew (attrs, with slots) passes no keywords.
        patterns = patterns or vars(cls).get("__nsroute_patterns__", ())
        problems: list[Exception] = []
        if checked is not None:
            cls.__nsroute_checked__ = checked
        try:
            declaration = declare(
                cls,
                patterns=patterns,
                stop=RoutedNamespace.__mro__,
                typed=cls.__nsroute_checked__,
            )
            cls.__nsroute_declaration__ = declaration
            cls.__nsroute_patterns__ = declaration.patterns
            cls.__nsroute_server_events__ = server_handlers(cls, problems)
        except (RouteError, ExceptionGroup) as error:
            problems.extend(parts_of(error))
        cls.__nsroute_emits__, unsendable = declared_events(cls, RoutedNamespace)
        problems.extend(unsendable)
        try:
            check_choice(log, target=name)
            check_order(order, target=name)
            if log is not None:
                cls.__nsroute_log__ = log
            if order is not UNSET:
                cls.__nsroute_order__ = order
            if middleware is not None:
                cls.__nsroute_middleware__ = checked_middleware(middleware, name)
        except (RouteError, ExceptionGroup) as error:
            problems.extend(parts_of(error))
        problems.extend(declare_life(cls, linger, capacity, RoutedNamespace.__mro__))
        set_place(problems, cls)
        raise_together(f"{name} is not a valid namespace", problems)

    @classmethod
    def __nsroute_check__(
        cls, names: frozenset[str], declared: str
    ) -> list[RouteError]:
        """Find what keeps the class from serving a pattern with these parameters."""
        routes = cls.__nsroute_declaration__.of(declared).values()
        handlers = cls.__nsroute_server_events__.values()
        signatures = [
            *(route.signature for route in routes),
            *(handler.signature for handler in handlers),
        ]
        found = [
            problem
            for signature in signatures
            for problem in (
                *signature.resolve(),
                *signature.check(names),
                *signature.check_positional(names),
            )
        ]
        for event in cls.__nsroute_emits__.values():
            found += event.signature.resolve()
        return found

    def __init__(self, namespace: str | None = None) -> None:
        cls, live = type(self), self._nsroute_live
        if live is not None and (not namespace or namespace == live.namespace):
            super().__init__(live.namespace)
        else:
            patterns = cls.__nsroute_patterns__
            super().__init__(standalone_name(name_of(cls), namespace, patterns))

    def opened(self) -> None:
        """Called before the first connect handler."""

    def accepted(self) -> None:
        """Called for each client once it has been told that it is connected.

        What is emitted here arrives after the client's `connect`.
        """

    def closed(self) -> None:
        """Called after the last disconnect handler; the object is not used again.

        With `linger=` it is called when that has ended, without a client and a request.
        """

    def presence_changed(
        self, joins: dict[str, list[Any]], leaves: dict[str, list[Any]]
    ) -> None:
        """Called with the keys that have come to `presence`, and those that are gone.

        Each key has the metas of its clients. It runs in a background task, for no
        client.
        """

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch an event; upstream and the router call it.

        A subclass that overrides it sees every connect, event and disconnect of the
        namespace first, as upstream passes them: `("connect", sid, environ, auth)`,
        `(event, sid, *args)`, `("disconnect", sid, reason)`. Each is one dispatch with
        the handler that `super()` calls.

        Raises:
            RuntimeError: If the object is registered nowhere.
        """
        registry = self._nsroute_registry
        if registry is None:
            raise RuntimeError(f"{self!r} is not registered on a SocketIO")
        sid, *rest = args
        dispatch = overridden_dispatch(self, event, sid)
        if dispatch is not None:
            return proceed_to_handler(dispatch, event, tuple(rest))
        return registry.receive(event, self.namespace, sid, tuple(rest), True)

    def _nsroute_register(self, server: Server) -> None:
        if self._nsroute_router is None:
            self._nsroute_stand_alone(server)

    def _nsroute_stand_alone(self, server: Server) -> None:
        cls = type(self)
        params, declared = match_declared(self.namespace, cls.__nsroute_patterns__)
        problems = cls.__nsroute_check__(frozenset(params), declared or "")
        raise_together(f"{name_of(cls)} cannot serve {self.namespace!r}", problems)
        options = RouteOptions(
            sender=self,
            make=self._nsroute_enter,
            pattern=declared or self.namespace,
            declared=declared,
        )
        # Upstream calls the `trigger_event` of the object, and so an override, itself.
        route = compile_routed(cls, options, overrides=False)
        route = with_own_handlers(route, self)
        self._nsroute_params = MappingProxyType(params)
        found = {self.namespace: (route, self._nsroute_params)}
        routes: Any = SimpleNamespace(find=found.get)
        registry = NamespaceRegistry(
            self.socketio,
            server,
            routes,
            host=Host(
                self,
                is_direct=cls.trigger_event is RoutedNamespace.trigger_event,
                ordered=name_of(cls) if route.order == "namespace" else None,
            ),
        )
        process_of(self.socketio, server).serve(registry)
        self._nsroute_registry = registry

    def _nsroute_enter(self, live: LiveNamespace) -> RoutedNamespace:
        self._nsroute_live = live
        return self


def compile_routed(
    target: type[RoutedNamespace], options: RouteOptions, *, overrides: bool = True
) -> CompiledRoute:
    """Compile a `RoutedNamespace` for one pattern."""
    hooks = (*HOOKS, "presence_changed")
    own = [h for h in hooks if getattr(target, h) is not getattr(RoutedNamespace, h)]
    return compile_route(
        target,
        target.__nsroute_declaration__,
        options,
        hooks=frozenset(own),
        overrides=overrides
        and target.trigger_event is not RoutedNamespace.trigger_event,
    )


@contextmanager
def _with_hints(keywords: Iterable[str]) -> Generator[None, None, None]:
    """Note the nearest keywords of a class where Python refuses some."""
    try:
        yield
    except TypeError as error:
        for hint in filter(None, [nearest(one, _KEYWORDS) for one in keywords]):
            error.add_note(hint)
        raise


def _checked_patterns(given: object, owner: str) -> tuple[str, ...]:
    """Return the patterns that a class keyword gives; converters are not read yet."""
    if isinstance(given, str):
        return (given,)
    patterns: tuple[Any, ...] = (None,)
    if isinstance(given, Iterable):
        patterns = tuple(cast("Iterable[object]", given))
    if not all(isinstance(pattern, str) for pattern in patterns):
        raise RouteError(
            f"namespace= is a pattern, or a list of patterns, not {given!r}",
            target=owner,
            hint="write namespace='/rooms/<int:room_id>'",
        )
    return patterns
