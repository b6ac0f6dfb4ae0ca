"""Who is present in which namespace, over all processes.

Each process alone writes its own entries and counts its changes. The others apply the
changes in their order; who misses one asks for all of them. So the maps of all
processes become equal once messages flow, whatever was lost, doubled or late.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from nsroute.cluster.messages import Change, Parts, State, in_parts

Metas = dict[str, list[Any]]
"""Key -> the metas of all that are present under it."""
Entries = dict[tuple[str, str], dict[str, Any]]
"""(namespace, sid) -> key -> meta."""


@attrs.frozen
class Difference:
    """The keys that are new to a namespace, and those that are gone from it."""

    namespace: str
    joins: Metas
    leaves: Metas


@attrs.define
class _Host:
    """What one process has told of its presence."""

    sequence: int = 0
    entries: Entries = attrs.field(factory=dict[tuple[str, str], dict[str, Any]])
    coming: tuple[int, Parts] | None = None
    """The state that is on its way, and what of it has come."""


class PresenceMap:
    """The presence of all processes, as one of them knows it."""

    def __init__(self) -> None:
        self._own = _Host()
        self._hosts: dict[str, _Host] = {}
        self._present: dict[str, dict[str, dict[tuple[str, str], Any]]] = {}
        """Namespace -> key -> (host, sid) -> meta."""

    @property
    def sequence(self) -> int:
        """How often this process has changed its own entries."""
        return self._own.sequence

    def metas(self, namespace: str) -> Metas:
        """Return who is present in a namespace."""
        keys = self._present.get(namespace, {})
        return {key: list(metas.values()) for key, metas in keys.items()}

    def namespaces(self) -> list[str]:
        """Return the namespaces in which somebody is present."""
        return list(self._present)

    def own_rows(self, is_chosen: Callable[[str], bool]) -> list[list[Any]]:
        """Return the entries of this process in the namespaces that are chosen."""
        return [
            [namespace, sid, key, meta]
            for (namespace, sid), metas in self._own.entries.items()
            if is_chosen(namespace)
            for key, meta in metas.items()
        ]

    def track(
        self, host: str, namespace: str, sid: str, key: str, meta: Any
    ) -> tuple[Change, Difference]:
        """Add an entry of this process; return the change to tell, and its effect."""
        return self._change(host, namespace, [[key, sid, meta]], [])

    def untrack(
        self, host: str, namespace: str, sid: str
    ) -> tuple[Change, Difference] | None:
        """Remove the entries of a client of this process; None if it has none."""
        metas = self._own.entries.get((namespace, sid), {})
        gone = [[key, sid, meta] for key, meta in metas.items()]
        return self._change(host, namespace, [], gone) if gone else None

    def _change(
        self, host: str, namespace: str, joins: list[list[Any]], leaves: list[list[Any]]
    ) -> tuple[Change, Difference]:
        change = Change(host, self._own.sequence + 1, namespace, joins, leaves)
        return change, self._apply(self._own, change)

    def apply(self, change: Change) -> tuple[bool, list[Difference]]:
        """Apply the change of another process, if it is the next one.

        Returns:
            Whether changes before it are missing, and what has changed.
        """
        host = self._hosts.setdefault(change.host, _Host())
        if change.sequence != host.sequence + 1:
            return change.sequence > host.sequence, []
        return False, [self._apply(host, change)]

    def is_behind(self, host: str, sequence: int) -> bool:
        """Return whether a process has made changes that are not known here."""
        known = self._hosts.get(host)
        return sequence > (known.sequence if known else 0)

    def state(self, host: str) -> list[State]:
        """Return all entries of this process, in parts to tell."""
        parts = in_parts(self.own_rows(lambda _: True))
        return [
            State(host, self._own.sequence, number, len(parts), rows)
            for number, rows in enumerate(parts)
        ]

    def replace(self, state: State) -> list[Difference]:
        """Keep a part of a state; with the last one, replace all of that process."""
        host = self._hosts.setdefault(state.host, _Host())
        if state.sequence <= host.sequence:
            return []
        if host.coming is None or host.coming[0] != state.sequence:
            host.coming = state.sequence, Parts()
        parts = host.coming[1]
        if not parts.add(state.part, state.parts, state.rows):
            return []
        host.coming = None
        host.sequence = state.sequence
        return self._replace(state.host, host, parts.rows)

    def drop(self, host: str) -> list[Difference]:
        """Remove all entries of a process that is gone."""
        known = self._hosts.pop(host, None)
        return self._replace(host, known, []) if known else []

    def _replace(
        self, name: str, host: _Host, rows: list[list[Any]]
    ) -> list[Difference]:
        before, host.entries = host.entries, {}
        for space, sid, key, meta in rows:
            host.entries.setdefault((space, sid), {})[key] = meta
        spaces = {at[0] for at in (*before, *host.entries)}
        changes = {space: Change(name, 0, space, [], []) for space in sorted(spaces)}
        for (space, sid), metas in before.items():
            kept = host.entries.get((space, sid), {})
            changes[space].leaves.extend(
                [key, sid, meta] for key, meta in metas.items() if key not in kept
            )
        for (space, sid), metas in host.entries.items():
            changes[space].joins.extend([key, sid, m] for key, m in metas.items())
        differences = [self._show(change) for change in changes.values()]
        return [one for one in differences if one.joins or one.leaves]

    def _apply(self, host: _Host, change: Change) -> Difference:
        host.sequence = change.sequence
        for key, sid, meta in change.joins:
            host.entries.setdefault((change.namespace, sid), {})[key] = meta
        for _key, sid, _meta in change.leaves:  # a client leaves with all its keys
            host.entries.pop((change.namespace, sid), None)
        return self._show(change)

    def _show(self, change: Change) -> Difference:
        """Bring what is shown up to date; return which keys have come or gone."""
        name = change.namespace
        keys = self._present.setdefault(name, {})
        touched = {row[0] for row in (*change.joins, *change.leaves)}
        before = {key: list(keys[key].values()) for key in touched if key in keys}
        for key, sid, _ in change.leaves:
            keys.get(key, {}).pop((change.host, sid), None)
        for key, sid, meta in change.joins:
            keys.setdefault(key, {})[change.host, sid] = meta
        for key in touched:
            if not keys.get(key):
                keys.pop(key, None)
        if not keys:
            del self._present[name]
        came = [key for key in sorted(touched) if key in keys and key not in before]
        gone = [key for key in sorted(before) if key not in keys]
        return Difference(
            name,
            {key: list(keys[key].values()) for key in came},
            {key: before[key] for key in gone},
        )
