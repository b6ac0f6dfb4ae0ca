"""What users subclass, and a class to what its dispatches run.

- `routed`: `RoutedNamespace`;
- `marks`: what `on` and `errorhandler` leave on functions;
- `inheritance`: the marks of a class and of its bases, laid over one another;
- `declarations`: what all that comes to, checked;
- `plans`: a class at a pattern, compiled;
- `alone`: a namespace that stands by itself, without a router.
"""

from nsroute.namespace.marks import errorhandler, on
from nsroute.namespace.routed import RoutedNamespace, make_routed, routed_plan

__all__ = ["RoutedNamespace", "errorhandler", "make_routed", "on", "routed_plan"]
