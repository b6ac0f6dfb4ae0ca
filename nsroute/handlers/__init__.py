"""The handlers of a `SocketIO` with a router, for the tools that show them to people.

- `entries`: a `HandlerEntry` for each event, and how functions and classes are shown;
- `order`: all entries, in the order in which the server tries the handlers;
- `lookup`: from a namespace and an event to the handler, or to why there is none.
"""

from nsroute.handlers.entries import (
    HandlerEntry,
    function_of,
    place_of,
    purpose_of,
    signature_of,
    title_of,
)
from nsroute.handlers.lookup import Lookup, look_up
from nsroute.handlers.order import HandlerOrder

__all__ = [
    "HandlerEntry",
    "HandlerOrder",
    "Lookup",
    "function_of",
    "look_up",
    "place_of",
    "purpose_of",
    "signature_of",
    "title_of",
]
