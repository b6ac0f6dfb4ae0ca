"""Read a handler as a class does, and call it as the wire does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nsroute.arguments import Signature, read
from nsroute.dispatch import Kind
from nsroute.errors import InvalidArguments

Handler = Callable[..., Any]


def signature_of(handler: Handler, kind: Kind = "event", **options: Any) -> Signature:
    """Read a function that takes no `self`."""
    return read(handler, kind=kind, owner="Room.handler", **{"bound": 0, **options})


def bound(handler: Handler, *args: Any, kind: Kind = "event", **options: Any) -> Any:
    """Return the call arguments that the handler gets for wire arguments."""
    signature = signature_of(handler, kind, **options)
    assert signature.problems == ()
    return signature.bind(args) if signature.bind is not None else args


def taking(annotation: Any) -> Handler:
    """Make a handler of one argument."""

    def handler(it: Any) -> None: ...

    handler.__annotations__["it"] = annotation
    return handler


def made(annotation: Any, value: Any) -> Any:
    """Return what a handler of one annotated argument gets."""
    (it,) = bound(taking(annotation), value)
    return it


def told(
    handler: Handler, *args: Any, kind: Kind = "event", **options: Any
) -> list[tuple[str, str]]:
    """Return what the client is told of wire arguments that are not valid."""
    with pytest.raises(InvalidArguments) as caught:
        bound(handler, *args, kind=kind, **options)
    assert caught.value.code == "invalid_arguments"
    return [(one["path"], one["message"]) for one in caught.value.details]


def told_of(annotation: Any, value: Any) -> list[tuple[str, str]]:
    """Return what the client is told of a value that is not what is annotated."""
    return told(taking(annotation), value)


def problems_of(handler: Handler, kind: Kind = "event", **options: Any) -> list[str]:
    """Return the text of the problems of a signature."""
    return [str(one) for one in signature_of(handler, kind, **options).problems]
