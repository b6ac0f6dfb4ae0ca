"""Names of Python to names of TypeScript."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Final

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_RESERVED: Final = frozenset(
    {
        *("arguments", "await", "break", "case", "catch", "class", "const", "continue"),
        *("debugger", "default", "delete", "do", "else", "enum", "eval", "export"),
        *("extends", "false", "finally", "for", "function", "if", "implements"),
        *("import", "in", "instanceof", "interface", "let", "new", "null", "package"),
        *("private", "protected", "public", "return", "static", "super", "switch"),
        *("this", "throw", "true", "try", "typeof", "var", "void", "while", "with"),
        "yield",
    }
)


def pascal(text: str) -> str:
    """Return a name of a type: `page_int_` is `PageInt`."""
    words = [word for word in re.split(r"[\W_]+", text) if word]
    name = "".join(word[0].upper() + word[1:] for word in words)
    return name if name[:1].isalpha() else f"_{name}"


def camel(text: str) -> str:
    """Return a name of a variable: `room_id` is `roomId`."""
    name = pascal(text)
    return name.lower() if name.isupper() else name[0].lower() + name[1:]


def parameters(names: Iterable[str]) -> list[str]:
    """Return names of parameters that differ and mean nothing else."""
    free = Names(_RESERVED)
    return [free.take(camel(name)) for name in names]


def key(text: str) -> str:
    """Return the name of a property, in quotes where it needs them."""
    return text if _IDENTIFIER.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """Return a text as a literal."""
    return json.dumps(text, ensure_ascii=False)


class Names:
    """Names that are taken; one that is wanted twice gets a number."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken: set[str] = {*taken}

    def take_all(self, wanted: Iterable[str]) -> bool:
        """Take names if all are free; return whether they were."""
        names = {*wanted}
        is_free = self._taken.isdisjoint(names)
        if is_free:
            self._taken |= names
        return is_free

    def take(self, wanted: str) -> str:
        """Return a name that is free, and take it."""
        numbered = chain([wanted], (f"{wanted}{number}" for number in count(2)))
        found = next(name for name in numbered if name not in self._taken)
        self._taken.add(found)
        return found


def documented(text: str, indent: str = "") -> list[str]:
    """Return the lines of a JSDoc comment; none for no text."""
    lines = text.replace("*/", "*\\/").splitlines()
    if len(lines) < 2:
        return [f"{indent}/** {line} */" for line in lines]
    body = [f"{indent} * {line}".rstrip() for line in lines]
    return [f"{indent}/**", *body, f"{indent} */"]
