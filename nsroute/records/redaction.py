"""What a client sent, as a record may show it: without secrets, and cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat, zip_longest
from typing import Any, Final, cast

import attrs

from nsroute.records.truncation import log_value, truncate

DENIED: Final = (
    *("accesskey", "apikey", "authorization", "bearer", "cookie", "credential", "jwt"),
    *("passcode", "passphrase", "passwd", "password", "privatekey", "pwd", "secret"),
    *("session", "signature", "token"),
)
"""Parts of names whose values are not recorded, unless a policy says otherwise."""
DENIED_WORDS: Final = frozenset({"otp", "pass", "pin"})
"""The same for words of names, of which `compass` and `spinning` have none."""

HIDDEN: Final = "[redacted]"
MAX_TEXT: Final = 120
MAX_VALUES: Final = 100
MAX_DEPTH: Final = 5
MAX_FOLDED: Final = 1000
"""Characters of a name that is compared; what stands under a longer one is hidden."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@attrs.frozen
class ArgumentNames:
    """What a handler calls its wire arguments; `rest` is the name of `*args`."""

    positional: tuple[str, ...] = ()
    rest: str | None = None


NO_NAMES: Final = ArgumentNames()


@attrs.frozen
class Redaction:
    """Which values of a payload are shown, by their names; `deny` and `allow` make it.

    Names are those of mappings, at any depth, and those that a handler has for its
    arguments. They are compared without regard to case, `_` and `-`.
    """

    denied: tuple[str, ...]
    """Parts of names: what stands under such a name is hidden."""
    words: frozenset[str] = frozenset()
    """Words of names: what stands under a name with such a word is hidden."""
    allowed: frozenset[str] | None = None
    """Whole names: nothing else is shown, and of this not what is denied."""

    def __call__(
        self, args: Sequence[object], names: ArgumentNames = NO_NAMES
    ) -> list[Any]:
        """Return wire arguments without what is hidden, cut to a bounded size."""
        positional = names.positional[: len(args)]
        named = zip_longest(positional, args, fillvalue=names.rest or "")
        shown = _Walk(self).items(named, len(args), MAX_DEPTH, self.allowed is None)
        return [value for _, value in shown]

    def shows(self, name: str, inherited: bool) -> bool | None:
        """Return whether the values under a name are shown; None to look no further."""
        if len(name) > MAX_FOLDED:
            return None
        folded = _folded(name)
        if self.allowed is not None and folded in self.allowed:
            return True
        if any(part in folded for part in self.denied) or any(
            word.lower() in self.words for word in _WORD.findall(name)
        ):
            return None
        return inherited


class _Walk:
    """One walk through a payload, which ends when enough has been seen."""

    def __init__(self, rule: Redaction) -> None:
        self._rule = rule
        self._left = MAX_VALUES

    def items(
        self, named: Iterable[tuple[str, object]], count: int, depth: int, shown: bool
    ) -> Iterator[tuple[str, Any]]:
        """Yield the items of a list or a mapping, each with its name."""
        for seen, (name, item) in enumerate(named):
            if self._left <= 0:
                yield "…", f"… {count - seen} more"
                break
            self._left -= 1
            answer = self._rule.shows(name, shown)
            value = HIDDEN if answer is None else self._value(item, depth - 1, answer)
            yield truncate(name, MAX_TEXT), value

    def _value(self, value: object, depth: int, shown: bool) -> Any:
        if depth and isinstance(value, Mapping):
            mapping = cast("Mapping[object, object]", value)
            pairs = ((_name_text(name), item) for name, item in mapping.items())
            return dict(self.items(pairs, len(mapping), depth, shown))
        if depth and isinstance(value, list | tuple):
            items = cast("Sequence[object]", value)
            unnamed = zip(repeat(""), items)
            return [v for _, v in self.items(unnamed, len(items), depth, shown)]
        if not shown:
            return HIDDEN
        return value if value is None else log_value(value, MAX_TEXT)


def _name_text(name: object) -> str:
    if isinstance(name, bytes):
        return name[: MAX_FOLDED + 1].decode("utf-8", "backslashreplace")
    return name if isinstance(name, str) else truncate(name)


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _all_folded(names: Sequence[Any]) -> tuple[str, ...]:
    for name in names:
        if not isinstance(name, str) or not _folded(name):
            raise ValueError(f"a name to deny or to allow is a word, not {name!r}")
    return tuple(map(_folded, names))


def deny(*names: str, defaults: bool = True) -> Redaction:
    """Hide what stands under names that contain one of these.

    Args:
        *names: Parts of names: `iban` hides `iban`, `userIban` and `IBAN_CODE`.
        defaults: Whether `password`, `token` and their like are hidden too.
    """
    denied = _all_folded(names)
    return Redaction(denied + DENIED, DENIED_WORDS) if defaults else Redaction(denied)


def allow(*names: str) -> Redaction:
    """Show what stands under these names, and nothing else.

    Args:
        *names: Whole names. Inside of them, `password`, `token` and their like stay
            hidden, unless they are among these names.
    """
    return Redaction(DENIED, DENIED_WORDS, frozenset(_all_folded(names)))
