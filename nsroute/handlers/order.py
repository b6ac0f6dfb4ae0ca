"""The handlers of a `SocketIO`, in the order in which its server tries them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask_socketio import Namespace

from nsroute.dispatch.events import LIFECYCLE
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

    A class has an entry for connect and one for disconnect, with or without a handler.
    """

    def __init__(self, router: MetaRouter) -> None:
        if getattr(router, "server", None) is None:
            raise MountError("The router is not mounted: call router.mount(socketio).")
        self.router: MetaRouter = router
        self.functions: dict[str, dict[str, HandlerEntry]] = {
            name: {event: self._function(name, event, found[event]) for event in found}
            for name, found in functions_of(router.server).items()
        }
        self.classes: dict[str, type[Namespace]] = {
            name: type(found)
            for name, found in classes_of(router.server).items()
            if name != STAR
        }

    def entries(self) -> list[HandlerEntry]:
        """Return all entries that are worth a row."""
        found: list[HandlerEntry] = []
        for name in sorted(self.functions, key=lambda name: (name == STAR, name)):
            found += self.functions[name].values()
        for name in sorted(self.classes):
            found += self.of_class(name)
        for route in self.router.table:
            found += self.of_route(route)
        return [entry for entry in found if not entry.is_silent]

    def of_functions(self, namespace: str) -> list[HandlerEntry]:
        """Return the functions that the server tries before any class."""
        names = (namespace, STAR)
        return [one for name in names for one in self.functions.get(name, {}).values()]

    def _function(
        self, namespace: str, event: str, function: Callable[..., Any]
    ) -> HandlerEntry:
        return HandlerEntry(
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
        """Return the events of an exact namespace's class, if there is one."""
        cls, match = self.classes.get(namespace), self.router.table.match(namespace)
        if cls is None:
            return []
        around = cls.__nsroute_middleware__ if issubclass(cls, RoutedNamespace) else ()
        declared = _declaration(cls).of(None)
        custom = [event for event in declared if event not in LIFECYCLE]
        events = ("connect", *custom, "disconnect")
        return [
            self._entry(
                cls,
                namespace,
                event,
                None if one is None else one.method,
                (*around, *(() if one is None else one.middleware)),
                kind="namespace",
                namespace=namespace,
                shadows=() if match is None else (match.route.pattern,),
                signature=None if one is None else one.signature,
            )
            for event, one in zip(events, map(declared.get, events), strict=True)
        ]

    def of_route(
        self, route: Route, namespace: str | None = None
    ) -> list[HandlerEntry]:
        """Return the events of a route, or of one of its concrete names."""
        cls: Any = route.target
        plan, pattern = self.router.compiled(route), route.pattern
        first, last = ("connect", plan.connect), ("disconnect", plan.disconnect)
        declared = _declaration(cls).of(route.declared)
        return [
            self._entry(
                cls,
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
            for event, handler in (first, *plan.events, last)
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
        target, by = title_of(cls), self.shadowing(name, event)
        return HandlerEntry(
            event=event,
            handler=None if method is None else f"{target}.{method}",
            target=target,
            middleware=tuple(map(title_of, layers)),
            shadowed_by=None if by is None else f"{by.handler} on {by.namespace!r}",
            function=None if method is None else function_of(cls, method),
            layers=layers,
            **fields,
        )

    def shadowing(self, namespace: str, event: str) -> HandlerEntry | None:
        """Return the function that gets an event before any class."""
        for where in (namespace, STAR):
            handlers = self.functions.get(where, {})
            rest = None if event in LIFECYCLE else handlers.get(STAR)
            found = handlers.get(event, rest)
            if found is not None:
                return found
        return None


def _declaration(cls: type[Namespace]) -> Declaration:
    if issubclass(cls, RoutedNamespace):
        return cls.__nsroute_declaration__
    return declare(cls, stop=Namespace.__mro__, typed=False)
