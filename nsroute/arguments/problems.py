"""What is wrong with an argument, in words: for the client, and for a record.

The client may be told what it sent. A record is told the same but for that: whatever
a validator says, which often quotes the value, and keys that the client made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

import attrs
import msgspec

from nsroute.arguments.conversion import Refused

MOST_PROBLEMS: Final = 10
_MOST_READ: Final = 1_000
"""pydantic makes a list of all its problems or of none, and takes 2 kB for each."""
_LONGEST: Final = 200
_LONGEST_KEY: Final = 40
_UNSAID: Final = "Not valid"
_WHERE = re.compile(r" - at `(?P<key>key` in `)?\$(?P<path>[^`]*)`$")
_INDEX = re.compile(r"\[(\d+)\]")
_UNKNOWN_FIELD = "Object contains unknown field"
_QUOTING = re.compile(r"Invalid (enum )?value")
"""How msgspec begins where it goes on with what the client sent."""
_KEY = re.compile(r"\[['\"].*", re.DOTALL)


class Problem(NamedTuple):
    """A path and a sentence."""

    path: str
    text: str
    recorded: str
    """Both, as far as they are not the client's own words."""

    def shortened(self) -> Problem:
        """Cut what goes to a client, and keep it encodable."""
        return Problem(*map(_short, self))


def problem(path: str, text: str) -> Problem:
    """Return a problem in words that no client chose."""
    return Problem(path, text, f"{_declared(path)}: {text}")


def _quoting(path: str, text: str, at: str) -> Problem:
    """Return a problem in words that may be the client's, somewhere at a path."""
    return Problem(path, text, f"{_declared(at)}: {_UNSAID}")


def _declared(path: str) -> str:
    """Leave out of a path what begins with a key that the client may have chosen."""
    return _KEY.sub("[…]", path)


@attrs.frozen
class Refusal:
    """What a library found wrong with a value first, and where in it."""

    cause: BaseException
    where: str = ""
    """The path, as msgspec spells it; `""` is the value itself."""
    is_key: bool = False
    """Whether it is a key of the dict there."""

    @classmethod
    def of(cls, error: BaseException) -> Refusal:
        """Read an error, and those that hooks raised within it."""
        where, is_key = "", False
        while isinstance(error, (msgspec.ValidationError, SystemError, Refused)):
            # What a validator says may end like a path, and is not msgspec's.
            quoted = "" if isinstance(error, Refused) else str(error.__cause__ or "")
            found = _WHERE.search(str(error).removeprefix(quoted))
            if found is not None:
                where, is_key = f"{where}{found['path']}", bool(found["key"])
            if error.__cause__ is None:
                break
            error = error.__cause__
        return cls(error, where, is_key)

    @property
    def index(self) -> int | None:
        """The first wrong item, if it is about one of an array."""
        found = _INDEX.match(self.where)
        return int(found[1]) if found else None

    def within(self, step: str) -> Refusal | None:
        """Return it as that of a part; None if it is not about that part."""
        rest = self.where[len(step) :]
        if not self.where.startswith(step) or (step and rest and rest[0] not in ".["):
            return None
        return attrs.evolve(self, where=rest)

    def problems(self, path: str) -> Iterator[Problem]:
        """Put it into words, for a value at a path."""
        cause: Any = self.cause
        base, path = path, f"{path}{self.where}"
        if hasattr(cause, "error_count"):  # pydantic's
            yield from _of_pydantic(cause, path)
        elif str(cause).startswith(_UNKNOWN_FIELD):  # whose name may end like a path
            text = _WHERE.sub("", str(cause))
            yield Problem(path, text, f"{_declared(base)}: {_UNKNOWN_FIELD}")
        elif isinstance(cause, UnicodeError):
            yield problem(path, "Text that is not valid Unicode")
        elif isinstance(cause, msgspec.ValidationError):
            text = _WHERE.sub("", str(cause))
            suffix = " (a key)" if self.is_key else ""
            quotes = _QUOTING.match(text)
            safe = f"{quotes[0] if quotes else text}{suffix}"
            yield Problem(path, f"{text}{suffix}", f"{_declared(path)}: {safe}")
        else:  # attrs' validators put more than the message into their exceptions
            text = cause.args[0] if cause.args else _UNSAID
            yield _quoting(path, text if isinstance(text, str) else str(cause), path)


def _of_pydantic(error: Any, path: str) -> Iterator[Problem]:
    if error.error_count() > _MOST_READ:
        yield problem(path, f"Too many problems to tell: {error.error_count()}")
        return
    every = error.errors(include_url=False, include_context=False)
    for one in islice(every, MOST_PROBLEMS):
        where = "".join(map(_step, one["loc"]))
        yield _quoting(f"{path}{where}", one["msg"], path)


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


def _short(text: str) -> str:
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")
