"""What a test client receives: answers to connects, acknowledgements, events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock
from time import monotonic
from typing import Any, cast

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


def read_refusal(namespace: str, data: Any) -> ConnectAnswer:
    """Read a refusal: text from upstream, a message and data from a handler."""
    if not isinstance(data, dict):
        return ConnectAnswer(namespace, message=data)
    refusal = cast("dict[str, Any]", data)
    return ConnectAnswer(namespace, None, refusal["message"], refusal.get("data"))


def describe_refusal(answer: ConnectAnswer) -> str:
    """Return a sentence with the message and the data of a refusal."""
    message = f": {answer.message}" if answer.message else ""
    data = "" if answer.data is None else f" {answer.data!r}"
    return f"{answer.namespace} refused the client{message}{data}"


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


class Inbox:
    """Events that were received and not taken yet; safe with background tasks.

    Args:
        new_event: Makes an event of the server's async mode.
    """

    def __init__(self, new_event: Callable[[], Any]) -> None:
        self._received: list[Received] = []
        self._lock = Lock()
        self._arrived = new_event()

    def __iter__(self) -> Iterator[Received]:
        return iter(list(self._received))

    def add(self, received: Received) -> None:
        """Add an event that has arrived."""
        with self._lock:
            self._received.append(received)
        self._arrived.set()

    def take(
        self, fits: Callable[[Received], bool], limit: int | None = None
    ) -> list[Received]:
        """Remove and return the events that fit, at most so many."""
        with self._lock:
            found = [one for one in self._received if fits(one)][:limit]
            for one in found:
                self._received.remove(one)
        return found

    def wait(self, fits: Callable[[Received], bool], seconds: float) -> Received | None:
        """Remove and return the first event that fits; None after so many seconds."""
        end = monotonic() + seconds
        while not (found := self.take(fits, 1)) and (left := end - monotonic()) > 0:
            self._arrived.wait(left)
            self._arrived.clear()  # before `take`, which misses nothing that is there
        return found[0] if found else None
