"""A question to all processes, and what has been answered so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from nsroute.cluster.messages import Answer, Parts


@attrs.frozen
class Census:
    """Who is in which live namespace, over all processes that answered in time."""

    namespaces: Mapping[str, int]
    """How many clients each live namespace has, by its concrete name."""
    clients: int
    """How many they are together."""
    silent: tuple[str, ...]
    """The known processes that did not answer in time; what they have is missing."""


class Inquiry:
    """The answers to one question.

    Args:
        hosts: The processes that are known, and that are waited for.
        is_sure: Whether these are all; otherwise there may be others to wait for.
    """

    def __init__(self, hosts: Iterable[str], is_sure: bool) -> None:
        self._hosts = frozenset(hosts)
        self.is_sure = is_sure
        self._parts: dict[str, dict[int, Parts]] = {}
        """Process -> attempt -> what has come; parts of two attempts do not fit."""
        self._done: dict[str, Parts] = {}

    @property
    def is_complete(self) -> bool:
        """Whether nobody is waited for any more."""
        return self.is_sure and not self.silent

    @property
    def answered(self) -> tuple[str, ...]:
        """The processes that have answered in full."""
        return tuple(sorted(self._done))

    @property
    def silent(self) -> tuple[str, ...]:
        """The processes that have not answered, or not in full."""
        return tuple(sorted((self._hosts | self._parts.keys()) - self._done.keys()))

    def add(self, answer: Answer) -> None:
        """Keep a part of an answer; one that comes twice counts once."""
        attempts = self._parts.setdefault(answer.host, {})
        parts = attempts.setdefault(answer.attempt, Parts())
        if parts.add(answer.part, answer.parts, answer.rows):
            self._done.setdefault(answer.host, parts)

    def rows(self) -> list[list[Any]]:
        """Return what has been answered so far."""
        found: list[list[Any]] = []
        for host, attempts in sorted(self._parts.items()):
            done = self._done.get(host)
            best = done or max(attempts.values(), key=lambda one: len(one.rows))
            found += best.rows
        return found


def count(rows: Iterable[list[Any]], silent: tuple[str, ...]) -> Census:
    """Return the census of rows: a name, and how many clients a process has there."""
    namespaces: dict[str, int] = {}
    for name, clients in rows:
        namespaces[name] = namespaces.get(name, 0) + clients
    total = sum(namespaces.values())
    return Census(MappingProxyType(namespaces), total, silent)
