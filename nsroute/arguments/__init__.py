"""Arguments: a signature, read once -> wire arguments to call arguments, and back.

`read` finds what is wrong with a signature when its class is defined. What is right is
compiled to `Signature.bind`, which checks the number of a client's arguments and makes
of them the objects that the function declares. `to_wire` makes of what a handler gives
what a packet can carry.
"""

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
