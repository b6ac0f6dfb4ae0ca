"""Arguments: wire arguments -> call arguments as a signature says, and back."""

from nsroute.arguments.annotations import (
    bare,
    fields_of,
    is_tuple,
    is_union,
    origin_of,
    reachable,
)
from nsroute.arguments.callables import (
    Middleware,
    checked_middleware,
    middleware_problems,
    middleware_tuple,
    passes_on,
    takes,
    unawaited,
)
from nsroute.arguments.emitted import EmittedSignature, read_emitted
from nsroute.arguments.results import refuse_unawaited, to_wire, to_wire_beside
from nsroute.arguments.signature import Signature, read

__all__ = [
    "EmittedSignature",
    "Middleware",
    "Signature",
    "bare",
    "checked_middleware",
    "fields_of",
    "is_tuple",
    "is_union",
    "middleware_problems",
    "middleware_tuple",
    "origin_of",
    "passes_on",
    "reachable",
    "read",
    "read_emitted",
    "refuse_unawaited",
    "takes",
    "to_wire",
    "to_wire_beside",
    "unawaited",
]
