"""Namespaces like `/rooms/42`, routed to classes, on Flask-SocketIO.

Subclass `RoutedNamespace`, route events to its methods with `on`, and mount a
`MetaRouter` with your routes on your `SocketIO`.
"""

from nsroute.errors import (
    BuildError,
    ConflictError,
    EventError,
    InvalidArguments,
    MountError,
    MountWarning,
    NsrouteError,
    RouteError,
)
from nsroute.namespace import RoutedNamespace
from nsroute.namespace.marks import errorhandler, on
from nsroute.records import LogPolicy, allow, deny, keep_log_context
from nsroute.router import MetaRouter
from nsroute.routing import Match, Route, RouteTable, Submount
from nsroute.signals import Dispatch, dispatched

__all__ = [
    "BuildError",
    "ConflictError",
    "Dispatch",
    "EventError",
    "InvalidArguments",
    "LogPolicy",
    "Match",
    "MetaRouter",
    "MountError",
    "MountWarning",
    "NsrouteError",
    "Route",
    "RouteError",
    "RouteTable",
    "RoutedNamespace",
    "Submount",
    "allow",
    "deny",
    "dispatched",
    "errorhandler",
    "keep_log_context",
    "on",
]
