"""Arguments: wire arguments -> call arguments as a signature says, and back."""

from nsroute.arguments.annotations import bare, is_union
from nsroute.arguments.callables import (
    Middleware,
    checked_middleware,
    middleware_problems,
    takes,
    unawaited,
)
from nsroute.arguments.results import to_wire
from nsroute.arguments.signature import Signature, read

__all__ = [
    "Middleware",
    "Signature",
    "bare",
    "checked_middleware",
    "is_union",
    "middleware_problems",
    "read",
    "takes",
    "to_wire",
    "unawaited",
]
