"""What users subclass, and a class to what its dispatches run.

- `routed`: `RoutedNamespace`; its attributes are in `members`, `emit` in `emitting`;
- `objects`: a live object of a class, made; `instances`: the handlers that it has and
  its class has not;
- `emits`: what declares an event that the server sends; `server_events`: what sends it;
- `marks`: what `on` and `errorhandler` leave on functions;
- `declarations`: the marks of a class and of its bases, checked; `inheritance`: which
  routes it has of its bases; `slips`: what it says
  and would silently not do;
- `life`: `every`, and how long an object lives;
- `compilation`: a class at a pattern, compiled.
"""

from nsroute.namespace.emits import emits
from nsroute.namespace.life import every
from nsroute.namespace.marks import errorhandler, on
from nsroute.namespace.objects import make_plain, make_routed
from nsroute.namespace.routed import RoutedNamespace, compile_routed
from nsroute.namespace.server_events import BoundEvent, Sender, ServerEvent

__all__ = [
    "BoundEvent",
    "RoutedNamespace",
    "Sender",
    "ServerEvent",
    "compile_routed",
    "emits",
    "errorhandler",
    "every",
    "make_plain",
    "make_routed",
    "on",
]
