"""A document -> YAML that reads as written by hand, with no library for it.

Text is quoted as in JSON, which YAML reads alike, but for paragraphs, which become
blocks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

__all__ = ["to_yaml"]

_PLAIN_KEY: Final = re.compile(r"[A-Za-z$][\w.-]*", re.ASCII)
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def to_yaml(document: Mapping[str, Any]) -> str:
    """Write what JSON can hold as YAML.

    Args:
        document: A mapping whose keys are text.
    """
    return "".join(f"{line}\n" for line in _lines(document, ""))


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from _entry(f"{indent}{_key(key)}:", item, f"{indent}  ")
    else:
        for item in cast("list[Any]", value):
            yield from _entry(f"{indent}-", item, f"{indent}  ")


def _entry(start: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping | list) and value:
        first, *others = _lines(value, indent)
        if start.endswith("-"):
            yield f"{start} {first.lstrip()}"
        else:
            yield from (start, first)
        yield from others
    elif isinstance(value, str) and _is_block(value):
        yield f"{start} |-"
        yield from (f"{indent}{line}" if line else "" for line in value.split("\n"))
    else:
        yield f"{start} {_scalar(value)}"


def _is_block(text: str) -> bool:
    """Say whether a text is paragraphs that a block keeps as they are."""
    lines = text.split("\n")
    return len(lines) > 1 and text == text.strip() and all(map(str.isprintable, lines))


def _key(key: str) -> str:
    plain = _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS
    return key if plain else _scalar(key)


def _scalar(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and "." not in text:
        return text.replace("e", ".0e")  # without a point, YAML 1.1 takes it for text
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in text)
