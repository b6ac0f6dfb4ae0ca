"""`emits`: an event that the server sends, declared by the signature of a method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, overload

from nsroute.errors import ConflictError, RouteError, name_of
from nsroute.namespace.server_events import ServerEvent

P = ParamSpec("P")
R = TypeVar("R")

RESERVED: Final = frozenset(
    {
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    }
)
"""What Socket.IO's clients keep for themselves."""


@overload
def emits(
    declared: str,
) -> Callable[[Callable[Concatenate[Any, P], R]], ServerEvent[P, R]]: ...
@overload
def emits(declared: Callable[Concatenate[Any, P], R]) -> ServerEvent[P, R]: ...
def emits(declared: Any) -> Any:
    """Declare an event that a `RoutedNamespace` sends; its signature is the contract.

    The parameters of the method are what the event carries, its docstring describes
    it, and what it returns is a client's answer. It is never called: its body is `...`.

    - `self.said(text)` sends it to everybody in the namespace, with the defaults;
    - `self.said.to(room, skip_sid=…, include_self=…)(text)` to some;
    - `self.confirm.call(sid, timeout=5)(question)` asks one client and checks the
      answer; for an event whose return annotation is not None;
    - `Room.said.via(sender)(text)` sends it with something that has an `emit`.

    Args:
        declared: The event's name; without it, the name of the method is.

    Raises:
        RouteError: If the name is not text, if clients keep it for themselves, or if
            what it decorates is no function.
    """
    if inspect.isroutine(declared):
        return _declare(declared)
    if not isinstance(declared, str):
        kind = type(declared).__name__
        raise RouteError(
            f"an event's name is text, and this is a {kind}",
            hint="write @emits, or @emits('are you sure?')",
        )
    return partial(_declare, event=declared)


def _declare(function: Any, event: str | None = None) -> ServerEvent[Any, Any]:
    if not inspect.isfunction(function):
        kind = type(function).__name__
        text = f"@emits decorates a function, not a {kind}"
        raise RouteError(text, hint="write it next to the `def` of a method")
    return ServerEvent(function, event)


def declared_events(
    cls: type, base: type
) -> tuple[Mapping[str, ServerEvent[Any, Any]], list[RouteError]]:
    """Return the events that a class sends by their names, and what is wrong.

    What a class of the MRO has under the name of one takes its place. Attributes of
    `base` keep their names.
    """
    members: dict[str, ServerEvent[Any, Any] | None] = {}
    for one in reversed(cls.__mro__):
        for name, value in vars(one).items():
            if isinstance(value, ServerEvent):
                members[name] = value
            elif name in members:
                members[name] = None
    events: dict[str, ServerEvent[Any, Any]] = {}
    problems: list[RouteError] = []
    for name, event in members.items():
        if event is not None:
            problems.extend(_problems(name, event, base))
            first = events.setdefault(event.event, event)
            if first is not event:
                problems.append(_conflict(cls, first, event))
    return MappingProxyType(events), problems


def _problems(
    name: str, event: ServerEvent[Any, Any], base: type
) -> Iterator[RouteError]:
    if event.event in RESERVED:
        text = f"Socket.IO's clients keep the event {event.event!r} for themselves"
        yield RouteError(text, target=event.target, hint="choose another name")
    if hasattr(base, name):
        text = f"{name_of(base)} has an attribute {name!r} of its own"
        hint = f"call the method otherwise, and write @emits({event.event!r})"
        yield RouteError(text, target=event.target, hint=hint)
    if getattr(event.function, "__nsroute_routes__", ()):
        text = "it cannot be sent and handled: @on and @emits are two methods"
        yield RouteError(text, target=event.target)
    yield from event.signature.problems


def _conflict(
    cls: type, first: ServerEvent[Any, Any], second: ServerEvent[Any, Any]
) -> ConflictError:
    return ConflictError(
        f"two declarations of the event {first.event!r}",
        target=name_of(cls),
        first=first.target,
        second=second.target,
        hint="declare it once, or set one of the two to None",
    )
