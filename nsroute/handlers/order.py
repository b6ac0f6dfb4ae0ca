"""The handlers of a `SocketIO`, in the order in which its server tries them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from flask_socketio import Namespace

from nsroute.dispatch.routes import LIFECYCLE
from nsroute.errors import MountError
from nsroute.handlers.entries import HandlerEntry, function_of, title_of
from nsroute.namespace import RoutedNamespace
from nsroute.namespace.declarations import Declaration, declare
from nsroute.router import MetaRouter
from nsroute.routing import Route
from nsroute.upstream.hosts import classes_of, functions_of
from nsroute.upstream.registration import STAR


class HandlerOrder:
    """What a server tries: functions, then exact namespaces, then the routes.

    The entries of a class have one for connect and one for disconnect, with or without
    a handler.

    Args:
        router: The router that is mounted there.

    Raises:
        MountError: If it is not mounted.
    """

    def __init__(self, router: MetaRouter) -> None:
        if getattr(router, "server", None) is None:
            raise MountError("The router is not mounted: call router.mount(socketio).")
        self.router: MetaRouter = router
        self.functions: Mapping[str, Mapping[str, Callable[..., Any]]] = functions_of(
            router.server
        )
        self.classes: dict[str, type[Namespace]] = {
            name: type(found)
            for name, found in classes_of(router.server).items()
            if name != STAR
        }

    def entries(self) -> list[HandlerEntry]:
        """Return all entries that are worth a row."""
        found: list[HandlerEntry] = []
        for name in sorted(self.functions, key=lambda name: (name == STAR, name)):
            found += self._of_functions(name)
        for name in sorted(self.classes):
            found += self.of_class(name)
        for route in self.router.table:
            found += self.of_route(route)
        return [entry for entry in found if not entry.is_silent]

    def of_functions(self, namespace: str) -> list[HandlerEntry]:
        """Return the functions that the server tries before any class."""
        return [*self._of_functions(namespace), *self._of_functions(STAR)]

    def _of_functions(self, namespace: str) -> Iterator[HandlerEntry]:
        for event, function in self.functions.get(namespace, {}).items():
            yield HandlerEntry(
                kind="function",
                namespace=namespace,
                event=event,
                handler=title_of(function),
                shadows=tuple(self._shadowed_patterns(namespace, event)),
                function=function,
            )

    def _shadowed_patterns(self, namespace: str, event: str) -> Iterator[str]:
        match = self.router.table.match(namespace)
        some = () if match is None else (match.route,)
        for route in self.router.table if namespace == STAR else some:
            every = event == STAR or event in LIFECYCLE
            if every or self.router.compiled(route).events.find(event) is not None:
                yield route.pattern

    def of_class(self, namespace: str) -> list[HandlerEntry]:
        """Return the events of an exact namespace's class."""
        cls = self.classes[namespace]
        layers = cls.__nsroute_middleware__ if issubclass(cls, RoutedNamespace) else ()
        match = self.router.table.match(namespace)
        make = partial(
            self._entry,
            cls,
            namespace,
            kind="namespace",
            namespace=namespace,
            shadows=() if match is None else (match.route.pattern,),
        )
        ends = ("connect", "disconnect")
        found = {event: make(event, None, layers) for event in ends}
        for one in _declaration(cls).routes:
            around = (*layers, *one.middleware)
            found[one.event] = make(
                one.event, one.method, around, signature=one.signature
            )
        found["disconnect"] = found.pop("disconnect")
        return list(found.values())

    def of_route(
        self, route: Route, namespace: str | None = None
    ) -> list[HandlerEntry]:
        """Return the events of a route, or of one of its concrete names."""
        plan, pattern = self.router.compiled(route), route.pattern
        ends = ("connect", plan.connect), ("disconnect", plan.disconnect)
        declared = _declaration(route.target).of(route.declared)
        return [
            self._entry(
                route.target,
                namespace or pattern,
                event,
                handler.method,
                handler.middleware,
                kind="route",
                namespace=pattern,
                route=route.name,
                signature=declared[event].signature if event in declared else None,
                dispatch_target=handler.target,
            )
            for event, handler in (ends[0], *plan.events, ends[1])
        ]

    def _entry(
        self,
        cls: type[Namespace],
        name: str,
        event: str,
        method: str | None,
        layers: tuple[Any, ...],
        **fields: Any,
    ) -> HandlerEntry:
        target = title_of(cls)
        return HandlerEntry(
            event=event,
            handler=None if method is None else f"{target}.{method}",
            target=target,
            middleware=tuple(map(title_of, layers)),
            shadowed_by=self.shadowed_by(name, event),
            function=None if method is None else function_of(cls, method),
            layers=layers,
            **fields,
        )

    def shadowing_function(
        self, namespace: str, event: str
    ) -> tuple[str, Callable[..., Any]] | None:
        """Return the function that gets an event before any class, and where it is."""
        for where in (namespace, STAR):
            handlers = self.functions.get(where, {})
            if event in handlers:
                return where, handlers[event]
            if STAR in handlers and event not in LIFECYCLE:
                return where, handlers[STAR]
        return None

    def shadowed_by(self, namespace: str, event: str) -> str | None:
        """Return the name of the function that gets an event before any class."""
        found = self.shadowing_function(namespace, event)
        return None if found is None else f"{title_of(found[1])} on {found[0]!r}"


def _declaration(cls: type[Namespace]) -> Declaration:
    if issubclass(cls, RoutedNamespace):
        return cls.__nsroute_declaration__
    return declare(cls, stop=Namespace.__mro__, typed=False)
