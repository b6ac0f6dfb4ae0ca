"""Patterns and tables: text <-> values, names -> routes.

- `names`: which texts can be names at all;
- `converters`: Werkzeug's converters under the canonical rule; `registry` makes them
  from the `arguments` in a pattern;
- `patterns`: a pattern compiled; `parser` reads its `segments`;
- `specificity`: which of two patterns is tried first;
- `routes`: routes as they are written; `binding` flattens them, `conflicts` refuses
  what cannot stand together, `targets` says which classes a route may lead to;
- `tables`: the table; `matcher` finds a name, `nearest` what comes near it.
"""

from __future__ import annotations

from nsroute.routing.arguments import lengths, limits
from nsroute.routing.converters import Converter
from nsroute.routing.nearest import NearMiss
from nsroute.routing.parser import parameter_names
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import Routable, Route, Submount
from nsroute.routing.segments import Segment
from nsroute.routing.tables import Match, RouteTable
from nsroute.routing.targets import Target, declared_patterns

__all__ = [
    "Converter",
    "Match",
    "NearMiss",
    "Pattern",
    "Routable",
    "Route",
    "RouteTable",
    "Segment",
    "Submount",
    "Target",
    "declared_patterns",
    "lengths",
    "limits",
    "parameter_names",
]
