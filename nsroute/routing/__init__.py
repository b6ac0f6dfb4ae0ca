"""Patterns and tables: text <-> values, names -> routes."""

from nsroute.routing.converters import Converter, lengths, limits
from nsroute.routing.nearest import NearMiss
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import (
    Factory,
    Route,
    Target,
    declared_patterns,
    is_target,
    one_list,
)
from nsroute.routing.segments import Segment, parameter_names
from nsroute.routing.tables import Match, Routable, RouteTable, Submount

__all__ = [
    "Converter",
    "Factory",
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
    "is_target",
    "lengths",
    "limits",
    "one_list",
    "parameter_names",
]
