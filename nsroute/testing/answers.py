"""What a server answers a test client, or that it does not."""

from __future__ import annotations

from typing import Any, cast

import attrs

__all__ = ["ConnectAnswer", "NoAcknowledgement", "read_refusal"]


@attrs.frozen
class ConnectAnswer:
    """Whether a namespace took a client in; false if it refused."""

    namespace: str
    """The namespace, as the server read it."""
    sid: str | None = None
    """The client's session id there; None if it was refused."""
    message: str | None = None
    """The message of the refusal."""
    data: Any = None
    """What the refusal holds besides."""

    @property
    def accepted(self) -> bool:
        """Whether the client is in."""
        return self.sid is not None

    def __bool__(self) -> bool:
        return self.accepted


class NoAcknowledgement(AssertionError):
    """The server did not acknowledge an event: a client would wait until it gives up.

    Attributes:
        namespace: Where the event went.
        event: Its name.
    """

    def __init__(self, namespace: str, event: object) -> None:
        self.namespace = namespace
        self.event = event
        super().__init__(f"{event!r} was not acknowledged in {namespace}")


def read_refusal(namespace: str, data: Any) -> ConnectAnswer:
    """Read a refusal: upstream's own is text, a handler's has a message and data."""
    if not isinstance(data, dict):
        return ConnectAnswer(namespace, message=data)
    told = cast("dict[str, Any]", data)
    return ConnectAnswer(namespace, message=told["message"], data=told.get("data"))
