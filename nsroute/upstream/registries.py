"""What the client manager calls: whoever has namespaces on a server."""

from __future__ import annotations

from typing import Protocol


class Registry(Protocol):
    """Who has namespaces on a server, and is called at each moment of their clients."""

    def claim(self, name: object) -> object:
        """Return what serves a name of this registry's; None for other names.

        Raises:
            RefusedName: If nobody may join it.
        """

    def serves(self, name: str) -> bool:
        """Return whether a name is one of this registry's."""
        ...

    def client(self, namespace: str, sid: str) -> object:
        """Return a client of this registry's, however far it is; or None."""

    def close_lingering(self) -> None:
        """Let no object linger any more; close those that do."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no live object."""
        ...

    def rooms_left(self, namespace: str, sid: str) -> list[str]:
        """Return where a client was whose disconnect handler waits for its turn."""
        ...

    def on_refused(self, eio_sid: str) -> bool:
        """Count a packet that reaches no handler; return whether that was one too many.

        If it was, the connection has ended.
        """
        ...

    def take_served(self, eio_sid: str) -> bool:
        """Return whether a connection was served since this was asked before."""
        ...

    def on_connected(self, namespace: str, sid: str) -> None:
        """Complete a connect: the client has been sent its CONNECT packet."""

    def on_disconnected(self, namespace: str, sid: str, reason: str | None) -> None:
        """End a client that upstream removes, unless its disconnect was dispatched.

        The reason is that of the end of its connection, if that is why.
        """

    def on_connection_ended(self, eio_sid: str, reason: str) -> None:
        """End the clients of a connection that upstream has not disconnected."""

    def disconnect_when_connected(self, namespace: str, sid: str) -> bool:
        """Return whether a client is not in yet; it is disconnected once it is."""
        ...
