"""Middleware around the call of a handler, and what a refusal inside of it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nsroute.arguments import Middleware
from nsroute.dispatch.refusals import refusal_of
from nsroute.signals import Dispatch, update


def wrap(
    middleware: Sequence[Middleware], inner: Callable[[Dispatch], Any]
) -> Callable[[Dispatch], Any]:
    """Put middleware around a call, the first outermost; none costs nothing."""
    for one in reversed(middleware):
        inner = _layer(one, inner)
    return inner


def _layer(
    middleware: Middleware, inner: Callable[[Dispatch], Any]
) -> Callable[[Dispatch], Any]:
    def call(dispatch: Dispatch) -> Any:
        return middleware(dispatch, partial(inner, dispatch))

    return call


def wrap_connect(
    middleware: Sequence[Middleware], inner: Callable[[Dispatch], Any], *, strict: bool
) -> Callable[[Dispatch], Any]:
    """Put middleware around a connect, so that no layer undoes a refusal inside it."""
    for one in reversed(middleware):
        inner = _layer(one, keeping_out(inner, strict=strict))
    return inner


def keeping_out(
    inner: Callable[[Dispatch], Any], *, strict: bool
) -> Callable[[Dispatch], Any]:
    """Keep a client out although the middleware around its connect goes on.

    It may have forgotten to return what `proceed()` returned, or have caught what it
    only meant to log. Where it raises another refusal, the client is told that. Where
    it proceeds again, the last time counts.
    """

    def call(dispatch: Dispatch) -> Any:
        update(dispatch, refusal=None)
        try:
            result = inner(dispatch)
        except BaseException as error:
            update(dispatch, refusal=error)
            raise
        refused = refusal_of(result, dispatch.target, strict=strict)
        if refused is not None:
            update(dispatch, refusal=refused)
        return result

    return call
