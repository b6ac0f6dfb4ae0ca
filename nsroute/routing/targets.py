"""Targets: the namespace classes that routes lead to, known by what they declare."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from nsroute.errors import name_of


class SocketNamespace(Protocol):
    """What routing knows of `flask_socketio.Namespace`, which it does not import."""

    def trigger_event(self, event: Any, *args: Any) -> Any:
        """Handle an event."""


Target: TypeAlias = type[SocketNamespace]
"""A class derived from `flask_socketio.Namespace`."""


def is_target(item: object) -> bool:
    """Return whether an item is a class derived from `flask_socketio.Namespace`."""
    return isinstance(item, type) and any(
        base.__name__ == "Namespace"
        and base.__module__.partition(".")[0] == "flask_socketio"
        for base in item.__mro__
    )


def declared_patterns(target: type) -> tuple[str, ...]:
    """Return the patterns that a class declares for itself, not those of its bases."""
    return tuple(vars(target).get("__nsroute_patterns__", ()))


def qualified(target: object) -> str:
    """Return the name of a class for messages."""
    return name_of(target) if isinstance(target, type) else repr(target)


def class_hint(item: object) -> str | None:
    """Return the cure where an object stands in the place of its class."""
    if is_target(type(item)):
        return f"give the class {type(item).__name__}, not an object of it"
    return None
