"""The handlers of a `SocketIO`, in the order in which its server tries them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs
from flask_socketio import Namespace

from nsroute.arguments import Signature
from nsroute.errors import MountError
from nsroute.events import LIFECYCLE
from nsroute.handlers.entries import HandlerEntry, function_of, title_of
from nsroute.namespace import RoutedNamespace
from nsroute.namespace.declarations import Declaration, declare
from nsroute.pipeline.calls import class_layers
from nsroute.router import MetaRouter
from nsroute.table import Route
from nsroute.upstream.acceptance import STAR
from nsroute.upstream.hosts import classes_of, functions_of


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
            if every or self.router.plan_of(route).events.find(event) is not None:
                yield route.pattern

    def of_class(self, namespace: str) -> list[HandlerEntry]:
        """Return the events of an exact namespace's class."""
        cls = self.classes[namespace]
        layers = class_layers(cls) if issubclass(cls, RoutedNamespace) else ()
        match = self.router.table.match(namespace)
        blank = HandlerEntry(
            kind="namespace",
            namespace=namespace,
            event="",
            handler=None,
            target=title_of(cls),
            shadows=() if match is None else (match.route.pattern,),
        )
        found = {
            event: _filled(blank, cls, event, None, layers)
            for event in ("connect", "disconnect")
        }
        for one in _declaration(cls).routes:
            around = (*layers, *one.middleware)
            found[one.event] = _filled(
                blank, cls, one.event, one.method, around, one.signature
            )
        found["disconnect"] = found.pop("disconnect")
        return self._marked(namespace, found.values())

    def of_route(
        self, route: Route, namespace: str | None = None
    ) -> list[HandlerEntry]:
        """Return the events of a route.

        Args:
            route: The route.
            namespace: A concrete name of the route, if one is asked for.
        """
        cls, plan = route.target, self.router.plan_of(route)
        blank = HandlerEntry(
            kind="route",
            namespace=route.pattern,
            event="",
            handler=None,
            target=title_of(cls),
            route=route.name,
        )
        ends = ("connect", plan.connect), ("disconnect", plan.disconnect)
        declared = _declaration(cls).of(route.declared)
        entries: list[HandlerEntry] = []
        for event, handler in (ends[0], *plan.events, ends[1]):
            signature = declared[event].signature if event in declared else None
            method, around = handler.method, handler.middleware
            entry = _filled(blank, cls, event, method, around, signature)
            entries.append(attrs.evolve(entry, dispatch_target=handler.target))
        return self._marked(namespace or route.pattern, entries)

    def _marked(
        self, namespace: str, entries: Iterable[HandlerEntry]
    ) -> list[HandlerEntry]:
        return [
            attrs.evolve(entry, shadowed_by=self.shadowed_by(namespace, entry.event))
            for entry in entries
        ]

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


def _filled(
    blank: HandlerEntry,
    cls: type[Namespace],
    event: str,
    method: str | None,
    layers: tuple[Any, ...],
    signature: Signature | None = None,
) -> HandlerEntry:
    return attrs.evolve(
        blank,
        event=event,
        handler=None if method is None else f"{blank.target}.{method}",
        middleware=tuple(map(title_of, layers)),
        function=None if method is None else function_of(cls, method),
        layers=layers,
        signature=signature,
    )


def _declaration(cls: type[Namespace]) -> Declaration:
    if issubclass(cls, RoutedNamespace):
        return cls.__nsroute_declaration__
    return declare(cls, stop=Namespace.__mro__, typed=False)
