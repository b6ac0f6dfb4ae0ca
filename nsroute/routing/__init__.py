"""Patterns and tables: text <-> values, names -> routes.

- `converters`: Werkzeug's converters under the canonical rule; `registry` makes them
  from what a pattern spells;
- `segments`: what stands between the slashes of a pattern, and how it is parsed;
- `patterns`: a pattern compiled; `specificity`: which of two is tried first;
- `routes`: routes as they are written; `binding` flattens them and finds conflicts;
- `tables`: the table; `matcher` finds a name, `nearest` what comes near it.
"""

from __future__ import annotations

from nsroute.routing.converters import Converter, lengths, limits
from nsroute.routing.nearest import NearMiss
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import Routable, Route, Submount, Target, declared_patterns
from nsroute.routing.segments import Segment, parameter_names
from nsroute.routing.tables import Match, RouteTable

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
