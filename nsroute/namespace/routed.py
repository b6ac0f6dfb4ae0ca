"""`RoutedNamespace`: what users subclass; its routes are read when it is defined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from nsroute.arguments import Middleware, checked_middleware
from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.routes import overridden_dispatch, proceed_to_handler
from nsroute.errors import RouteError, name_of, parts_of, raise_together
from nsroute.live import LiveNamespace, NamespaceRegistry
from nsroute.namespace.compilation import HOOKS, RouteOptions, compile_route
from nsroute.namespace.declarations import Declaration, declare
from nsroute.namespace.members import NamespaceMembers
from nsroute.records import LogChoice, check_choice
from nsroute.routing import Pattern
from nsroute.upstream.protocols import Server
from nsroute.upstream.registration import STAR


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
    __nsroute_middleware__: ClassVar[tuple[Middleware, ...]] = ()
    __nsroute_log__: ClassVar[LogChoice] = None
    __nsroute_checked__: ClassVar[bool] = True

    def __init_subclass__(
        cls,
        *,
        namespace: str | Iterable[str] = (),
        middleware: Iterable[Middleware] | None = None,
        log: LogChoice = None,
        checked: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        name = name_of(cls)
        patterns = (namespace,) if isinstance(namespace, str) else tuple(namespace)
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
        except (RouteError, ExceptionGroup) as error:
            problems.extend(parts_of(error))
        try:
            check_choice(log, target=name)
            if log is not None:
                cls.__nsroute_log__ = log
            if middleware is not None:
                cls.__nsroute_middleware__ = checked_middleware(middleware, name)
        except (RouteError, ExceptionGroup) as error:
            problems.extend(parts_of(error))
        raise_together(f"{name} is not a valid namespace", problems)

    @classmethod
    def __nsroute_check__(
        cls, names: frozenset[str], declared: str
    ) -> list[RouteError]:
        """Find what keeps the class from serving a pattern with these parameters."""
        routes = cls.__nsroute_declaration__.of(declared).values()
        return [
            problem
            for route in routes
            for problem in (
                *route.signature.resolve(),
                *route.signature.check(names),
            )
        ]

    def __init__(self, namespace: str | None = None) -> None:
        cls = type(self)
        patterns = cls.__nsroute_patterns__
        super().__init__(standalone_name(name_of(cls), namespace, patterns))

    def opened(self) -> None:
        """Called before the first connect handler."""

    def accepted(self) -> None:
        """Called for each client once it has been told that it is connected.

        What is emitted here arrives after the client's `connect`.
        """

    def closed(self) -> None:
        """Called after the last disconnect handler; the object is not used again."""

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
        self._nsroute_params = MappingProxyType(params)
        found = {self.namespace: (route, self._nsroute_params)}
        self._nsroute_registry = NamespaceRegistry(self.socketio, server, found.get)

    def _nsroute_enter(self, live: LiveNamespace) -> RoutedNamespace:
        self._nsroute_live = live
        return self


def compile_routed(
    target: type[RoutedNamespace], options: RouteOptions, *, overrides: bool = True
) -> CompiledRoute:
    """Compile a `RoutedNamespace` for one pattern."""
    own = [h for h in HOOKS if getattr(target, h) is not getattr(RoutedNamespace, h)]
    return compile_route(
        target,
        target.__nsroute_declaration__,
        options,
        hooks=frozenset(own),
        overrides=overrides
        and target.trigger_event is not RoutedNamespace.trigger_event,
    )


def make_routed(
    target: type[RoutedNamespace], registry: NamespaceRegistry, live: LiveNamespace
) -> RoutedNamespace:
    """Make a live object; its `params` are there before its `__init__` runs."""
    instance = target.__new__(target)
    instance.__dict__.update(
        _nsroute_live=live,
        _nsroute_registry=registry,
        _nsroute_params=live.params,
        _nsroute_router=live.route.sender,
    )
    instance.__init__(live.namespace)  # type: ignore[misc]
    return instance


def standalone_name(
    owner: str, given: str | None, patterns: Sequence[str]
) -> str | None:
    """Return the name of an object that stands alone; None if upstream gives it one."""
    if not given and (len(patterns) > 1 or "<" in "".join(patterns)):
        raise RouteError(
            "an object that stands alone serves one namespace",
            pattern=patterns[0],
            target=owner,
            hint="pass its name, or mount a MetaRouter with the class",
        )
    name = given or next(iter(patterns), None)
    if name == STAR:
        # Upstream passes the namespace first there: it would be taken for the client's
        # sid, and a connect for an event of nobody's, which lets everybody in.
        raise RouteError(
            "'*' is all namespaces, and one object cannot serve them",
            target=owner,
            hint="mount a MetaRouter with the class",
        )
    return name


def match_declared(
    name: str, patterns: Iterable[str]
) -> tuple[dict[str, Any], str | None]:
    """Return the params of an exact name, and the pattern that it matches, if any."""
    for text in patterns:
        try:
            params = Pattern.parse(text).match(name)
        except (RouteError, ExceptionGroup):
            continue  # with an app's own converter, which only a router knows
        if params is not None:
            return params, text
    return {}, None
