"""`on_server`: methods that handle events which processes send, and no client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from nsroute.arguments import read
from nsroute.dispatch.server_events import ServerHandler
from nsroute.errors import ConflictError, RouteError, name_of
from nsroute.namespace.marks import function_of

F = TypeVar("F", bound=Callable[..., Any])
_EVENTS: Final = "__nsroute_server_marks__"


def on_server(event: str) -> Callable[[F], F]:
    """Let a method handle a server-side event, which no client can send.

    `router.of(Room).server_side_emit(event, *args)` runs it for each live object,
    whichever process that is in. What it returns goes nowhere.

    Args:
        event: The event's name. It is no name among those that clients send.

    Raises:
        RouteError: If the event is not text, or if what it decorates is no function.
    """
    given = cast("object", event)
    if not isinstance(given, str):
        raise RouteError(
            f"an event's name is text, not {type(given).__name__}",
            hint="write @on_server('refresh')" if callable(given) else None,
        )

    def decorate(function: F) -> F:
        inner = function_of(function)
        try:
            setattr(inner, _EVENTS, (*getattr(inner, _EVENTS, ()), event))
        except AttributeError:
            kind = type(inner).__name__
            raise RouteError(
                f"it decorates a function, not a {kind}", hint="decorate a method"
            ) from None
        return function

    return decorate


def server_handlers(
    cls: type, problems: list[Exception]
) -> Mapping[str, ServerHandler]:
    """Return the server-side events that a class and its bases handle."""
    methods: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        own: dict[str, str] = {}
        for method, value in vars(base).items():
            methods = {e: m for e, m in methods.items() if m != method or value}
            for event in getattr(function_of(value), _EVENTS, ()):
                first = own.setdefault(event, method)
                if first != method:
                    problems.append(_conflict(base, event, first, method))
        methods |= own
    return {event: _handler(cls, m, problems) for event, m in methods.items()}


def _conflict(base: type, event: str, first: str, second: str) -> ConflictError:
    return ConflictError(
        f"two handlers for the server-side event {event!r}",
        target=name_of(base),
        first=f"{name_of(base)}.{first}",
        second=f"{name_of(base)}.{second}",
    )


def _handler(cls: type, method: str, problems: list[Exception]) -> ServerHandler:
    typed: bool = getattr(cls, "__nsroute_checked__", True)
    signature = read(
        getattr(cls, method),
        owner=f"{name_of(cls)}.{method}",
        typed=typed,
        names=dict(vars(cls)),
    )
    problems.extend(signature.problems)
    return ServerHandler(method, signature)
