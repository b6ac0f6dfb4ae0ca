"""What a client sent, as a record may show it: without secrets, and bounded.

Whatever the size and the depth of a payload, what comes out of here is small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

__all__ = ["DENIED", "Redaction", "allow", "brief", "deny"]

DENIED: Final = (
    "accesskey",
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "session",
    "token",
)
"""Parts of names whose values are never recorded, where a policy names no others."""

HIDDEN: Final = "[redacted]"
MAX_TEXT: Final = 120
MAX_ITEMS: Final = 20
MAX_DEPTH: Final = 4


def brief(value: object, limit: int = MAX_TEXT) -> str:
    """Return text as it is, anything else as its repr, cut to `limit` characters."""
    text = value if isinstance(value, str) else _outline(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _outline(value: object) -> str:
    """Describe a value without walking through all of a large one."""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping | Sequence):
        return f"<{type(value).__name__} of {len(value)}>"
    if isinstance(value, int) and value.bit_length() > MAX_TEXT:
        return f"<{type(value).__name__} of {value.bit_length()} bits>"
    return repr(value)


def _folded(name: object) -> str:
    return str(name).casefold().replace("_", "").replace("-", "")


@attrs.frozen
class Redaction:
    """Which named values of a payload are shown.

    A deny list hides every name that contains one of its parts (`token` hides
    `accessToken` and `ACCESS_TOKEN`); an allow list shows only the names it holds, and
    what stands inside them. Both look at every depth and ignore case, `_` and `-`.
    """

    names: tuple[str, ...]
    allowing: bool = False

    def hides(self, name: object) -> bool:
        """Say whether the value of a name is left out."""
        folded = _folded(name)
        if self.allowing:
            return folded not in self.names
        return any(part in folded for part in self.names)

    def __call__(self, value: object) -> Any:
        """Return a payload without what is hidden, cut to a bounded size."""
        return self._shown(value, MAX_DEPTH)

    def _shown(self, value: object, depth: int) -> Any:
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, Mapping) and depth:
            return self._shown_mapping(value, depth - 1)
        if isinstance(value, list | tuple) and depth:
            shown = [self._shown(item, depth - 1) for item in value[:MAX_ITEMS]]
            return shown + _more(len(value))
        if isinstance(value, int) and value.bit_length() <= MAX_TEXT:
            return value
        return brief(value)

    def _shown_mapping(self, value: Mapping[Any, object], depth: int) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, item in list(value.items())[:MAX_ITEMS]:
            hidden = self.hides(name)
            shown[brief(name)] = HIDDEN if hidden else self._shown(item, depth)
        if len(value) > MAX_ITEMS:
            shown["…"] = _more(len(value))[0]
        return shown


def _more(count: int) -> list[str]:
    return [f"… {count - MAX_ITEMS} more"] if count > MAX_ITEMS else []


def deny(*names: str) -> Redaction:
    """Hide the values of all names that contain one of these, at any depth."""
    return Redaction(tuple(_folded(name) for name in names))


def allow(*names: str) -> Redaction:
    """Show the values of these names only, at any depth."""
    return Redaction(tuple(_folded(name) for name in names), allowing=True)
