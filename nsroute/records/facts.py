"""What a finished dispatch tells its record: a `Dispatch`, or whatever can make one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from nsroute.signals import Dispatch, Kind, Outcome

__all__ = ["Facts", "Finished"]


class Facts(Protocol):
    """The fields of a finished `Dispatch` that a record is filled with."""

    @property
    def kind(self) -> Kind:
        """What the client did."""
        ...

    @property
    def event(self) -> Any:
        """The event's name, or whatever a client sent in its place."""
        ...

    @property
    def namespace(self) -> str:
        """The concrete namespace."""
        ...

    @property
    def pattern(self) -> str | None:
        """The pattern of the route; None if no route matched."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """The converted parameters of the pattern."""
        ...

    @property
    def sid(self) -> str | None:
        """The client's session id, where there is one yet."""
        ...

    @property
    def args(self) -> tuple[Any, ...]:
        """The wire arguments."""
        ...

    @property
    def target(self) -> str | None:
        """The class and the method; None if no route matched."""
        ...

    @property
    def outcome(self) -> Outcome | None:
        """How it ended."""
        ...

    @property
    def error(self) -> BaseException | None:
        """The exception behind the outcome, where there was one."""
        ...

    @property
    def code(self) -> str | None:
        """The code that the client was told, where there was one."""
        ...

    @property
    def duration(self) -> float | None:
        """Seconds from the first step to the answer."""
        ...


class Finished(Facts, Protocol):
    """Facts that become a `Dispatch` where some receiver looks."""

    def dispatch(self) -> Dispatch:
        """Return the finished dispatch."""
        ...
