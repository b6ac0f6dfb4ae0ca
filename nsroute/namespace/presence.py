"""`self.presence`: who is present in a namespace, over all processes."""

from __future__ import annotations

from typing import Any, cast

from nsroute.cluster import ClusterProcess
from nsroute.dispatch import Client


class NamespacePresence:
    """Who is present in one namespace.

    Each process knows all entries and tells the others its own. What another process
    has changed is known here a moment later.
    """

    __slots__ = ("_client", "_namespace", "_process")

    def __init__(self, process: ClusterProcess, namespace: str, client: Any) -> None:
        self._process = process
        self._namespace = namespace
        self._client = client

    def track(self, key: str, meta: Any = None) -> None:
        """Let the client being served be present, until it leaves.

        Args:
            key: Who it is: several clients of one user have one key.
            meta: What the others see of it. Typed objects are kept as what a packet
                can carry.

        Raises:
            RuntimeError: Outside of the dispatches of this namespace.
            TypeError: If the key is not text, or if no packet can carry `meta`.
        """
        client: Client = self._client()
        if not isinstance(cast("object", key), str):
            raise TypeError(f"a key is text, not {type(key).__name__}")
        carried = client.live.packets.carried(meta)
        self._process.track(self._namespace, client.sid, key, carried)
        if not client.live.has(client):  # it has left meanwhile
            self._process.untrack(self._namespace, client.sid)

    def list(self) -> dict[str, list[Any]]:
        """Return each key, with the metas of all its clients."""
        return self._process.present(self._namespace)
