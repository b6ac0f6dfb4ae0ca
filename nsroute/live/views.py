"""What is live, to look at: for users, the command line and the inspector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import attrs
from flask_socketio import Namespace

from nsroute.live.namespaces import LiveNamespace


@attrs.frozen
class NamespaceInfo:
    """A namespace with a live object, at the moment somebody looks."""

    namespace: str
    pattern: str
    clients: int
    """How many clients are in it, in this process."""
    since: float
    """When its first client came, as Unix time."""


class LiveObjects(Mapping[str, Namespace]):
    """Concrete namespace -> live object, as it is now.

    Clients come and go while somebody reads: `copy` gives one moment.
    """

    __slots__ = ("_namespaces",)

    def __init__(self, namespaces: Mapping[str, LiveNamespace]) -> None:
        self._namespaces = namespaces

    def __getitem__(self, namespace: str) -> Namespace:
        instance: Namespace | None = self._namespaces[namespace].instance
        if instance is None:
            raise KeyError(namespace)
        return instance

    def __iter__(self) -> Iterator[str]:
        return (live.namespace for live in self._made())

    def __len__(self) -> int:
        return len(self._made())

    def __repr__(self) -> str:
        return f"<LiveObjects {self.copy()!r}>"

    def namespaces(self, names: Iterable[str] | None = None) -> list[LiveNamespace]:
        """Return the live namespaces themselves, at this moment.

        Args:
            names: Some of the concrete names; None for all of them.
        """
        if names is None:
            return self._made()
        chosen = map(self._namespaces.get, names)
        return [live for live in chosen if live and live.instance is not None]

    def copy(self) -> dict[str, Namespace]:
        """Return what is live at this moment."""
        return {live.namespace: live.instance for live in self._made()}

    def client_counts(self) -> dict[str, int]:
        """Return how many clients each live namespace has, in this process."""
        return {live.namespace: len(live.clients) for live in self._made()}

    def overview(self, names: Iterable[str] | None = None) -> list[NamespaceInfo]:
        """Return how many clients are where, and since when.

        Args:
            names: Some of the concrete names; None for all of them.
        """
        return [
            NamespaceInfo(
                live.namespace,
                cast("str", live.route.pattern),
                len(live.clients),
                live.since,
            )
            for live in self.namespaces(names)
        ]

    def _made(self) -> list[LiveNamespace]:
        namespaces = list(self._namespaces.values())
        return [live for live in namespaces if live.instance is not None]
