"""What users subclass, and a class to what its dispatches run.

- `routed`: `RoutedNamespace`; its attributes are in `members`, `emit` in `emitting`;
- `marks`: what `on` and `errorhandler` leave on functions;
- `declarations`: the marks of a class and of its bases, checked;
- `compilation`: a class at a pattern, compiled.
"""

from nsroute.namespace.marks import errorhandler, on
from nsroute.namespace.routed import RoutedNamespace, compile_routed, make_routed

__all__ = ["RoutedNamespace", "compile_routed", "errorhandler", "make_routed", "on"]
