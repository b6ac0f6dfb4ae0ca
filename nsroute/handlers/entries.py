"""All handlers of a `SocketIO`, in the order in which its server tries them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any, Final, Literal, cast

import attrs
from flask_socketio import Namespace

from nsroute.arguments import Signature
from nsroute.dispatch.routes import LIFECYCLE
from nsroute.errors import MountError
from nsroute.namespace import RoutedNamespace
from nsroute.namespace.declarations import Declaration, declare
from nsroute.router import MetaRouter
from nsroute.routing import Route
from nsroute.upstream.hosts import classes_of, functions_of
from nsroute.upstream.registration import STAR

_LONGEST_TITLE: Final = 60
_UNDOCUMENTED: Final = frozenset({"builtins", "functools"})
"""Modules whose classes have docstrings that say nothing about their objects."""
_OBJECTS: Final = frozenset({"function", "layers", "signature", "dispatch_target"})
"""The fields of a `HandlerEntry` that its JSON leaves out."""


@attrs.frozen(eq=False)
class HandlerEntry:
    """One event of a namespace, and what handles or declares it."""

    kind: Literal["function", "namespace", "route"]
    """What declares it: a function, the class of an exact namespace, or a route."""
    namespace: str
    """The concrete name, the pattern, or `*`."""
    event: str
    """The event as declared; `*` and `prefix*` stand for several."""
    handler: str | None
    """The function, or the class and the method; None if nothing is called."""
    target: str | None = None
    """The class; None of a function."""
    route: str | None = None
    """The name of the route, if it has one."""
    middleware: tuple[str, ...] = ()
    """The titles of `layers`."""
    shadows: tuple[str, ...] = ()
    """The patterns of the routes that do not get the event because of this handler."""
    shadowed_by: str | None = None
    """The function that gets the event instead of this handler."""
    function: Callable[..., Any] | None = None
    layers: tuple[Any, ...] = ()
    """The middleware, outermost first."""
    signature: Signature | None = None
    """The signature of a method, as nsroute read it; None for functions."""
    action: Literal["receive", "send"] = "receive"
    """What the server does with it, in the words of AsyncAPI."""
    dispatch_target: str | None = None
    """The `target` of its dispatches; None unless it is a route's."""

    @property
    def is_silent(self) -> bool:
        """Whether it is a disconnect that calls nothing."""
        return self.event == "disconnect" and self.handler is None

    def as_json(self) -> dict[str, Any]:
        """Return the fields that JSON can hold."""
        return attrs.asdict(self, filter=lambda field, _: field.name not in _OBJECTS)


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
            found += self.of_class(name) + self.sent_by_class(name)
        for route in self.router.table:
            found += self.of_route(route) + self.sent_by_route(route)
        return [entry for entry in found if not entry.is_silent]

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

    def sent_by_class(self, namespace: str) -> list[HandlerEntry]:
        """Return the events that an exact namespace's class declares, if any."""
        cls = self.classes.get(namespace, Namespace)
        return [*_sent(cls, kind="namespace", namespace=namespace)]

    def sent_by_route(self, route: Route) -> list[HandlerEntry]:
        """Return the events that the class of a route declares."""
        place: Any = {"namespace": route.pattern, "route": route.name}
        return [*_sent(cast("Any", route.target), kind="route", **place)]

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


def _sent(cls: type[Namespace], **place: Any) -> Iterator[HandlerEntry]:
    if not issubclass(cls, RoutedNamespace):
        return
    target = title_of(cls)
    for event in cls.__nsroute_emits__.values():
        yield HandlerEntry(
            event=event.event,
            handler=f"{target}.{event.method}",
            target=target,
            function=event.function,
            signature=event.signature,
            action="send",
            **place,
        )


def _declaration(cls: type[Namespace]) -> Declaration:
    if issubclass(cls, RoutedNamespace):
        return cls.__nsroute_declaration__
    return declare(cls, stop=Namespace.__mro__, typed=False, strict=False)


def function_of(cls: type, method: str) -> Callable[..., Any]:
    """Return the function that a method was written as."""
    found: Any = inspect.getattr_static(cls, method)
    # A `partialmethod` has its function there.
    function: Callable[..., Any] = inspect.unwrap(getattr(found, "func", found))
    return function


def title_of(thing: object) -> str:
    """Return a short name of a class, a function or an object."""
    name: str | None = getattr(thing, "__qualname__", None)
    if name is None and type(thing).__repr__ is not object.__repr__:
        name = repr(thing)
    title = (name or type(thing).__qualname__).replace(".<locals>", "")
    is_long = len(title) > _LONGEST_TITLE
    return f"{title[: _LONGEST_TITLE - 1]}…" if is_long else title


class _Unquoted(str):
    """An annotation that was written as text, shown without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def signature_of(function: Callable[..., Any]) -> str:
    """Return a handler's signature as text, without `self`."""
    signature = inspect.signature(function)
    parameters = [
        one.replace(annotation=_unquoted(one.annotation))
        for one in signature.parameters.values()
        if one.name != "self"
    ]
    result = _unquoted(signature.return_annotation)
    return str(signature.replace(parameters=parameters, return_annotation=result))


def _unquoted(annotation: Any) -> Any:
    is_text = isinstance(annotation, str)
    return _Unquoted(annotation.strip("'\"")) if is_text else annotation


def purpose_of(thing: object) -> str | None:
    """Return the first line of the docstring of a function, a class or its object."""
    is_own = isinstance(thing, type | FunctionType)
    if not thing.__doc__ or not (is_own or type(thing).__module__ not in _UNDOCUMENTED):
        return None
    return thing.__doc__.strip().partition("\n")[0].strip() or None


def place_of(thing: Any) -> str | None:
    """Return the file, relative to the current directory if below, and the line."""
    source = inspect.unwrap(thing)
    try:
        file = Path(inspect.getfile(source))
        line = inspect.getsourcelines(source)[1]
    except (OSError, TypeError):
        return None
    here = Path.cwd()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    return f"{shown}:{line}"
