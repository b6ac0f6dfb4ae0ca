"""What is wrong with an argument, in words: for the client, and for a record.

The client may be told what it sent. A record is told the same but for that: whatever
a validator says, which often quotes the value, and keys that the client made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

__all__ = [
    "Problem",
    "field_step",
    "key_step",
    "problem",
    "problems_of",
    "quoting",
    "shortened",
]

_LONGEST: Final = 200
_LONGEST_KEY: Final = 40
_UNSAID: Final = "Not valid"
_WHERE = re.compile(r" - at `(?P<key>key` in `)?\$(?P<path>[^`]*)`$")
_QUOTING = re.compile(r"Invalid (enum )?value|Object contains unknown field")
"""How msgspec begins where it goes on with what the client sent."""
_KEY = re.compile(r"\[['\"].*", re.DOTALL)


class Problem(NamedTuple):
    """A path and a sentence."""

    path: str
    text: str
    recorded: str
    """Both, as far as they are not the client's own words."""


def problem(path: str, text: str) -> Problem:
    """Say what is wrong in words that no client chose."""
    return Problem(path, text, f"{_declared(path)}: {text}")


def quoting(path: str, text: str, at: str) -> Problem:
    """Say what is wrong in words that may be the client's, somewhere at a path."""
    return Problem(path, text, f"{_declared(at)}: {_UNSAID}")


def _declared(path: str) -> str:
    """Leave out of a path what begins with a key that the client may have chosen."""
    return _KEY.sub("[…]", path)


def problems_of(error: Exception, path: str) -> Iterator[Problem]:
    """Put what msgspec, pydantic or a validator found into words.

    Args:
        error: What was raised for a value.
        path: The path of the value.
    """
    cause: BaseException = error
    while isinstance(cause, (msgspec.ValidationError, SystemError)) and cause.__cause__:
        cause = cause.__cause__
    list_errors: Any = getattr(cause, "errors", None)
    if list_errors is not None:  # pydantic's
        errors: Any = list_errors(include_url=False, include_context=False)
        for one in errors:
            where = "".join(map(_step, one["loc"]))
            yield quoting(f"{path}{where}", one["msg"], path)
    elif isinstance(cause, UnicodeError):
        yield problem(path, "Text that is not valid Unicode")
    elif isinstance(cause, msgspec.ValidationError):
        yield _located(str(cause), path)
    else:  # attrs' validators put more than the message into their exceptions
        text = cause.args[0] if cause.args else _UNSAID
        yield quoting(path, text if isinstance(text, str) else str(cause), path)


def _located(text: str, path: str) -> Problem:
    found = _WHERE.search(text)
    if found is not None:
        text, path = text[: found.start()], f"{path}{found['path']}"
    suffix = " (a key)" if found is not None and found["key"] else ""
    quotes = _QUOTING.match(text)
    recorded = problem(path, f"{quotes[0] if quotes else text}{suffix}").recorded
    return Problem(path, f"{text}{suffix}", recorded)


def _step(step: Any) -> str:
    return f"[{step}]" if isinstance(step, int) else field_step(step)


def field_step(name: str) -> str:
    """Return the step of a path to a field."""
    return f".{name}" if name.isidentifier() else key_step(name)


def key_step(key: Any) -> str:
    """Return the step of a path to what stands under a key."""
    text = str(key)
    cut = text if len(text) <= _LONGEST_KEY else f"{text[: _LONGEST_KEY - 1]}…"
    return f"[{cut!r}]"


def shortened(found: Problem) -> Problem:
    """Cut what goes to a client, and keep it encodable."""
    return Problem(*map(_short, found))


def _short(text: str) -> str:
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")
