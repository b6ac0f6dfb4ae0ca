"""What users subclass, and a class to what its dispatches run.

- `routed`: `RoutedNamespace`;
- `marks`: what `on` and `errorhandler` leave on functions;
- `inheritance`: the marks of a class and of its bases, laid over one another;
- `declarations`: what all that comes to, checked;
- `plans`: a class at a pattern, compiled;
- `alone`: a namespace that stands by itself, without a router.
"""

from nsroute.namespace.marks import errorhandler, on
from nsroute.namespace.routed import RoutedNamespace, compile_routed, make_routed

__all__ = ["RoutedNamespace", "compile_routed", "errorhandler", "make_routed", "on"]
