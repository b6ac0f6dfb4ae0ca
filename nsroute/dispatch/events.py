"""Event names to handlers: exact, then the longest prefix, then the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Generic, TypeVar

LIFECYCLE: Final = frozenset({"connect", "disconnect"})
"""The events that upstream makes itself; no client may send them by name."""

T = TypeVar("T")


def is_prefix(event: str) -> bool:
    """Say whether a declared event takes every custom event that begins like it."""
    return event.endswith("*")


class EventTable(Generic[T]):
    """What handles which event, compiled once and then only looked up.

    Nothing that a client sends becomes a key here.
    """

    __slots__ = ("_exact", "_prefixes")

    def __init__(self, declared: Mapping[str, T]) -> None:
        self._exact = {e: h for e, h in declared.items() if not is_prefix(e)}
        prefixes = [(e[:-1], h) for e, h in declared.items() if is_prefix(e)]
        self._prefixes = tuple(sorted(prefixes, key=lambda pair: -len(pair[0])))

    def find(self, event: str) -> T | None:
        """Return what handles a custom event, or None."""
        found = self._exact.get(event)
        if found is None and self._prefixes:
            return self._rest(event)
        return found

    def _rest(self, event: str) -> T | None:
        for prefix, handler in self._prefixes:
            if event.startswith(prefix):
                return handler
        return None

    def __iter__(self) -> Iterator[tuple[str, T]]:
        """Yield each declared event with its handler, in the order they are tried."""
        yield from self._exact.items()
        for prefix, handler in self._prefixes:
            yield f"{prefix}*", handler
