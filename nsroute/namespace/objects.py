"""The live object of a namespace, made by its class or by a partial of that."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask_socketio import Namespace

from nsroute.errors import RouteError, name_of, place_of
from nsroute.live import LiveNamespace, NamespaceRegistry
from nsroute.namespace.instances import with_own_handlers
from nsroute.namespace.routed import RoutedNamespace

_set: Final = object.__setattr__


def make_routed(
    factory: Any, registry: NamespaceRegistry, live: LiveNamespace
) -> RoutedNamespace:
    """Make a live object; its `params` are there before its `__init__` runs."""
    cls: Any = live.route.target
    instance: RoutedNamespace = cls.__new__(cls)
    # By `__dict__.update` it would take 128 bytes more; a class may set in its own way.
    _set(instance, "_nsroute_live", live)
    _set(instance, "_nsroute_registry", registry)
    _set(instance, "_nsroute_params", live.params)
    _set(instance, "_nsroute_router", live.route.sender)
    given: Any = factory if hasattr(factory, "keywords") else partial(factory)
    cls.__init__(instance, *given.args, live.namespace, **given.keywords)
    _check(instance, live)
    live.route = with_own_handlers(live.route, instance)
    return instance


def make_plain(factory: Any, live: LiveNamespace) -> Namespace:
    """Make a live object of any `flask_socketio.Namespace` class."""
    instance: Namespace = factory(live.namespace)
    _check(instance, live)
    return instance


def _check(instance: Namespace, live: LiveNamespace) -> None:
    """Check that an object knows its namespace: it would emit to another, or fail."""
    if getattr(instance, "namespace", None) != live.namespace:
        cls = type(instance)
        raise RouteError(
            "the object does not have the namespace that it was made with",
            pattern=live.route.pattern,
            target=f"{name_of(cls)}.__init__",
            hint="write def __init__(self, namespace), and in it "
            "super().__init__(namespace)",
            place=place_of(cls.__init__),
        )
