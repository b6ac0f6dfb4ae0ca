"""A method and its middleware to the one function that a dispatch runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any, cast

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.arguments import Signature, takes, unawaited
from nsroute.dispatch import Kind
from nsroute.errors import RouteError, name_of, raise_together
from nsroute.pipeline.turn import Middleware, Turn, Unhandled

__all__ = [
    "Call", "barring", "call_forward", "call_forward_connect",
    "call_method", "call_nothing", "call_unhandled", "class_layers", "forwarding",
    "layers", "opening", "resumable", "unfit_layers", "wrap",
]  # fmt: skip

Call = Callable[[Turn], Any]

forwarding: ContextVar[Turn | None] = ContextVar("nsroute_forwarding", default=None)
"""The turn in which an overridden `trigger_event` runs."""


def call_method(method: str, signature: Signature, kind: Kind, leading: bool) -> Call:
    """Compile the call of a handler: wire arguments in, its result out.

    Args:
        method: The name of the method, looked up on the live object at each call, so
            that one which overrides it is called.
        signature: What was read of it.
        kind: What it handles; a connect without `auth` has None for it.
        leading: Whether the event's name is its first argument.
    """
    bind, names = signature.bind, signature.params

    def args_of(turn: Turn) -> tuple[Any, ...]:
        args = turn.args or (None,) if kind == "connect" else turn.args
        if bind is not None:
            args = bind(args)
        return (turn.event, *args) if leading else args

    def call(turn: Turn) -> Any:
        return getattr(turn.place.instance, method)(*args_of(turn))

    def call_with_params(turn: Turn) -> Any:
        params = turn.place.params
        chosen = {name: params[name] for name in names if name in params}
        return getattr(turn.place.instance, method)(*args_of(turn), **chosen)

    return call_with_params if names else call


def call_nothing(_: Turn) -> None:
    """Stand for a connect or disconnect handler that the class does not have."""


def call_unhandled(_: Turn) -> None:
    """Stand for the handler of an event that the class does not handle.

    Raises:
        Unhandled: Always.
    """
    raise Unhandled


def call_forward(turn: Turn) -> Any:
    """Call the `trigger_event` that a class overrides."""
    return turn.place.instance.trigger_event(turn.event, turn.sid, *turn.args)


def call_forward_connect(turn: Turn) -> Any:
    """Call an overridden `trigger_event` for a connect, with what upstream passes."""
    environ = turn.client.context.environ
    auth = turn.args[0] if turn.args else None
    return turn.place.instance.trigger_event("connect", turn.sid, environ, auth)


def resumable(forward: Call) -> Call:
    """Let the handler run in this turn, where the override calls `super()`."""

    def call(turn: Turn) -> Any:
        forwarding.set(turn)
        return forward(turn)

    return call


def opening(inner: Call) -> Call:
    """Open the live object before the first connect handler."""

    def call(turn: Turn) -> Any:
        turn.open()
        return inner(turn)

    return call


def barring(inner: Call) -> Call:
    """Keep a client out although the middleware around a connect goes on as if nothing.

    It may have forgotten to pass a `return False` on, or have caught what it only meant
    to log. Where it raises another refusal, the client is told that. Where it tries
    again, the last time counts.
    """

    def call(turn: Turn) -> Any:
        turn.barred = None
        try:
            result = inner(turn)
        except BaseException as error:
            turn.barred = error
            raise
        if result is False:
            turn.barred = Refused()
        return result

    return call


def layers(middleware: object, owner: str | None = None) -> tuple[Middleware, ...]:
    """Return middleware as a tuple, once it is known to be some.

    Args:
        middleware: What was declared as such.
        owner: The class that declares it, for the error.

    Raises:
        RouteError: If it is no list of functions, or if one cannot be called with a
            dispatch and `proceed`; an `ExceptionGroup` of several.
    """
    if isinstance(middleware, str) or not isinstance(middleware, Iterable):
        raise _wrong(middleware, owner)
    given: tuple[Any, ...] = tuple(cast("Iterable[object]", middleware))
    raise_together("This is not middleware", [*unfit_layers(given, owner)])
    return given


def unfit_layers(
    middleware: Iterable[object], owner: str | None = None
) -> Iterator[RouteError]:
    """Find what is listed as middleware and could not be called as such."""
    for one in middleware:
        if not callable(one):
            yield _wrong(one, owner)
        elif not takes(one, 2):
            name = getattr(one, "__name__", "layer")
            yield RouteError(
                f"middleware is called with a dispatch and `proceed`, which {one!r} "
                "does not take",
                target=owner,
                hint=f"write def {name}(dispatch, proceed)",
            )
        else:
            yield from unawaited(one, owner, what=repr(one))


def _wrong(one: object, owner: str | None) -> RouteError:
    return RouteError(
        f"middleware is a list of functions, and {one!r} is not",
        target=owner,
        hint="write middleware=[audit]",
    )


def class_layers(target: type) -> tuple[Middleware, ...]:
    """Return the middleware that a class body lists, its own or inherited.

    Raises:
        RouteError: If it is no list of functions. An iterator is none either: it would
            be empty for the next route of the class, and the middleware skipped.
    """
    listed: Any = getattr(target, "middleware", ())
    if isinstance(listed, Iterator):
        listed = (listed,)
    return layers(listed, name_of(target))


def wrap(middleware: Sequence[Middleware], inner: Call, kind: Kind = "event") -> Call:
    """Put middleware around a call, the first outermost; none costs nothing."""
    for layer in reversed(middleware):
        inner = _layer(layer, barring(inner) if kind == "connect" else inner)
    return inner


def _layer(layer: Middleware, inner: Call) -> Call:
    def call(turn: Turn) -> Any:
        return layer(turn.asked, partial(inner, turn))

    return call
