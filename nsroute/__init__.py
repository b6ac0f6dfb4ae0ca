"""Namespaces like `/rooms/42`, routed to classes, on Flask-SocketIO.

Subclass `RoutedNamespace`, route events to its methods with `on`, and mount a
`MetaRouter` with your routes on your `SocketIO`.
"""

from nsroute.cluster import Census
from nsroute.errors import (
    BuildError,
    ConflictError,
    EventError,
    InvalidAnswer,
    InvalidArguments,
    MountError,
    MountWarning,
    NsrouteError,
    RouteError,
    RouteWarning,
)
from nsroute.namespace import RoutedNamespace
from nsroute.namespace.emits import emits
from nsroute.namespace.life import every
from nsroute.namespace.marks import errorhandler, on
from nsroute.namespace.on_server import on_server
from nsroute.records import LogPolicy, allow, deny, keep_log_context
from nsroute.router import MetaRouter
from nsroute.router.of import Emitter
from nsroute.routing import Match, Route, RouteTable, Submount
from nsroute.signals import Dispatch, dispatched

__all__ = [
    "BuildError",
    "Census",
    "ConflictError",
    "Dispatch",
    "Emitter",
    "EventError",
    "InvalidAnswer",
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
    "RouteWarning",
    "RoutedNamespace",
    "Submount",
    "allow",
    "deny",
    "dispatched",
    "emits",
    "errorhandler",
    "every",
    "keep_log_context",
    "on",
    "on_server",
]
