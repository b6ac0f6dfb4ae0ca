"""What every real client of tests can do, whatever its library."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

import attrs

from tests.support.sites import PATIENCE


@attrs.frozen
class Heard:
    """An event as a client saw it; its connects and refusals are events too."""

    namespace: str
    event: str
    args: tuple[Any, ...] = attrs.field(converter=tuple)


class Peer(ABC):
    """One connection of a client library, and what it has heard so far."""

    hangs_up = False
    """Whether it need not wait for the server to end a WebSocket: uWSGI never does."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []
        self._grown = threading.Condition()

    def hear(self, namespace: str, event: str, args: Iterable[Any] = ()) -> None:
        with self._grown:
            self._heard.append(Heard(namespace, event, args))
            self._grown.notify_all()

    def heard(self, namespace: str, event: str | None = None) -> list[Heard]:
        """Return what was heard in a namespace, in order; of one event if asked."""
        with self._grown:
            return [
                h
                for h in self._heard
                if h.namespace == namespace and event in {None, h.event}
            ]

    def wait(self, namespace: str, *events: str, count: int = 1) -> Heard:
        """Wait for one of the events in a namespace, so many times; give the last."""

        def found() -> list[Heard]:
            return [h for h in self.heard(namespace) if h.event in events]

        came = self._await(lambda: len(found()) >= count)
        assert came, f"no {events} in {namespace}: {self.heard(namespace)}"
        return found()[count - 1]

    def _await(self, found: Callable[[], bool]) -> bool:
        """Wait until something is there, for as long as tests wait."""
        with self._grown:
            return self._grown.wait_for(found, PATIENCE)

    def join(self, namespaces: Iterable[str]) -> list[str]:
        """Wait for the answers to the connects; give the names that were refused."""
        answers = [self.wait(name, "connect", "connect_error") for name in namespaces]
        return [h.namespace for h in answers if h.event == "connect_error"]

    @abstractmethod
    def emit(self, namespace: str, event: str, *args: Any) -> None: ...

    @abstractmethod
    def call(self, namespace: str, event: str, *args: Any) -> list[Any]:
        """Emit, and wait for the acknowledgement's arguments."""

    @abstractmethod
    def attempt(
        self, namespace: str, event: str, *args: Any, seconds: float = PATIENCE
    ) -> Callable[[], Any]:
        """Emit, and wait for an answer no longer than that.

        Returns:
            A function that waits for the answer, or for what the library says of it.
        """

    @abstractmethod
    def leave(self, namespace: str) -> None: ...

    @abstractmethod
    def close(self) -> None: ...
