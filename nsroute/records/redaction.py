"""What a client sent, as a record may show it: without secrets, and bounded.

Whatever the size and the depth of a payload, what comes out of here is small: at most
`MAX_VALUES` values in all, and of each text `MAX_TEXT` characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat, zip_longest
from typing import Any, Final, cast

import attrs

from nsroute.records.brevity import brief, encodable, plain

__all__ = ["DENIED", "HIDDEN", "NO_NAMES", "Names", "Redaction", "allow", "deny"]

DENIED: Final = (
    "accesskey",
    "apikey",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "jwt",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "session",
    "signature",
    "token",
)
"""Parts of names whose values are not recorded, unless a policy says otherwise."""

HIDDEN: Final = "[redacted]"
MAX_TEXT: Final = 120
MAX_KEY: Final = 60
MAX_VALUES: Final = 100
MAX_DEPTH: Final = 5

_Named = tuple[str | None, object]


@attrs.frozen
class Names:
    """What a handler calls its wire arguments."""

    positional: tuple[str, ...] = ()
    rest: str | None = None
    """The name of `*args`, where there is one."""

    def of(self, args: Sequence[object]) -> Iterable[_Named]:
        """Pair each argument with its name, or with None if it has none."""
        positional = self.positional[: len(args)]
        return zip_longest(positional, args, fillvalue=self.rest)


NO_NAMES: Final = Names()


@attrs.frozen
class Redaction:
    """Which values of a payload are shown, by their names; `deny` and `allow` make it.

    Names are those of mappings, at any depth, and those that a handler gives to its
    arguments. They are compared without regard to case, `_` and `-`.
    """

    denied: tuple[str, ...]
    """Parts of names: what stands under such a name is hidden."""
    allowed: frozenset[str] = frozenset()
    """Whole names: what stands under such a name is shown, but for what is denied."""
    shows_rest: bool = True
    """Whether what stands under neither is shown."""

    def __call__(self, args: Sequence[object], names: Names = NO_NAMES) -> list[Any]:
        """Return wire arguments without what is hidden, cut to a bounded size."""
        walk = _Walk(self)
        return walk.items(names.of(args), len(args), MAX_DEPTH, self.shows_rest)

    def shows(self, name: object, inherited: bool) -> bool | None:
        """Say whether the values under a name are shown; None to look no further.

        Args:
            name: The name.
            inherited: The answer for what the name stands in.
        """
        folded = _folded(brief(name))
        if folded in self.allowed:
            return True
        if any(part in folded for part in self.denied):
            return None
        return inherited


class _Walk:
    """One walk through a payload, which ends when enough has been seen."""

    def __init__(self, rule: Redaction) -> None:
        self._rule = rule
        self._left = MAX_VALUES

    def items(
        self, items: Iterable[_Named], count: int, depth: int, shown: bool
    ) -> list[Any]:
        """Return the items of a list, of which some may have names."""
        found: list[Any] = []
        for name, item in items:
            if self._left <= 0:
                found.append(f"… {count - len(found)} more")
                break
            found.append(self._named(name, item, depth, shown))
        return found

    def _mapping(
        self, value: Mapping[object, Any], depth: int, shown: bool
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for seen, (name, item) in enumerate(value.items()):
            if self._left <= 0:
                found["…"] = f"{len(value) - seen} more"
                break
            found[brief(name, MAX_KEY)] = self._named(name, item, depth, shown)
        return found

    def _named(self, name: object, item: object, depth: int, shown: bool) -> Any:
        self._left -= 1
        answer = shown if name is None else self._rule.shows(name, shown)
        return HIDDEN if answer is None else self._value(item, depth - 1, answer)

    def _value(self, value: object, depth: int, shown: bool) -> Any:
        if depth and isinstance(value, Mapping):
            return self._mapping(cast("Mapping[object, Any]", value), depth, shown)
        if depth and isinstance(value, list | tuple):
            items = cast("Sequence[object]", value)
            return self.items(zip(repeat(None), items), len(items), depth, shown)
        if not shown:
            return HIDDEN
        if isinstance(value, str):
            return encodable(value, MAX_TEXT)
        return value if value is None else plain(value)


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _all_folded(names: Sequence[Any]) -> tuple[str, ...]:
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"a name to deny or to allow is text, not {name!r}")
    folded = tuple(_folded(name) for name in names)
    if not all(folded):
        raise ValueError("a name to deny or to allow is not empty")
    return folded


def deny(*names: str, defaults: bool = True) -> Redaction:
    """Hide what stands under names that contain one of these.

    Args:
        *names: Parts of names: `pin` hides `pin`, `userPin` and `PIN_CODE`.
        defaults: Whether `password`, `token`, `secret`, `authorization` and their like
            are hidden too.
    """
    return Redaction(_all_folded(names) + (DENIED if defaults else ()))


def allow(*names: str) -> Redaction:
    """Show what stands under these names, and nothing else.

    Args:
        *names: Whole names. Inside of them, `password`, `token` and their like stay
            hidden, unless they are among these names.
    """
    return Redaction(DENIED, frozenset(_all_folded(names)), shows_rest=False)
