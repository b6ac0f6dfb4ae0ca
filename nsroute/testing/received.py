"""What a test client receives: answers to connects, acknowledgements, events."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class ConnectAnswer:
    """The answer to a connect; true if the client was accepted."""

    namespace: str
    """The namespace, as the server read it."""
    sid: str | None = None
    """The client's session id in the namespace; None if it was refused."""
    message: str | None = None
    """The message of the refusal."""
    data: Any = None
    """The data of the refusal."""

    @property
    def accepted(self) -> bool:
        """Whether the client was accepted."""
        return self.sid is not None

    def __bool__(self) -> bool:
        return self.accepted

    def __str__(self) -> str:
        if self.accepted:
            return f"{self.namespace} accepted the client"
        message = f": {self.message}" if self.message else ""
        data = "" if self.data is None else f" {self.data!r}"
        return f"{self.namespace} refused the client{message}{data}"


class NoAcknowledgement(AssertionError):
    """The server did not acknowledge an event: a client would wait until it gives up.

    Attributes:
        namespace: The namespace that the event was sent to.
        event: The name of the event.
    """

    def __init__(self, namespace: str, event: object) -> None:
        self.namespace = namespace
        self.event = event
        super().__init__(f"{event!r} was not acknowledged in {namespace}")


@attrs.frozen
class Received:
    """An event that the server emitted to a client."""

    namespace: str
    """The namespace that it came from."""
    event: str
    """The name of the event."""
    args: tuple[Any, ...] = ()
    """The arguments, as they arrived."""

    def __str__(self) -> str:
        return f"{self.event}({', '.join(map(repr, self.args))}) in {self.namespace}"
