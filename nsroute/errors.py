"""Every exception of nsroute.

::

    NsrouteError
    ├── RouteError              a declaration is wrong; raised before clients connect
    │   └── ConflictError       two declarations cannot both hold
    ├── BuildError              no namespace can be built from these values
    ├── MountError              the router cannot be mounted on this SocketIO
    └── EventError              an answer to the client: a code, a message, details
        ├── InvalidArguments    what the client sent is not what the handler declares
        └── InvalidAnswer       what the client answered is not what the event declares
    RouteWarning                a declaration holds, but is likely a slip
    MountWarning                the router is mounted; a handler beside it is not right

Problems of one declaration are raised together: one alone, several as a group.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Sequence
from typing import Any, cast

import attrs


class NsrouteError(Exception):
    """The base of all exceptions of nsroute."""


@attrs.define(repr=False)
class RouteError(NsrouteError):
    """A declaration is wrong."""

    problem: str
    """What was found and what was expected, as one sentence."""
    pattern: str | None = None
    """The namespace pattern, where one is concerned."""
    target: str | None = None
    """The class or the method, such as `Room.message`, where one is concerned."""
    hint: str | None = None
    """The cure, or the nearest match, where one is known."""
    place: str | None = attrs.field(default=None, eq=False)
    """The file and the line of the declaration, where they are known; a note of it."""

    def __str__(self) -> str:
        pattern = None if self.pattern is None else repr(self.pattern)
        where = " at ".join(filter(None, (self.target, pattern)))
        text = f"{where}: {self.problem}" if where else self.problem
        return f"{text} ({self.hint})" if self.hint else text


@attrs.define(repr=False)
class ConflictError(RouteError):
    """Two declarations cannot both hold."""

    first: str = ""
    """The party that was declared first, such as `Room at '/rooms'`."""
    second: str = ""
    """The party that was declared after it."""

    def __str__(self) -> str:
        return f"{super().__str__()}: {self.first} and {self.second}"


class BuildError(NsrouteError):
    """No namespace can be built from the values given."""


class MountError(NsrouteError):
    """The router cannot be mounted on this `SocketIO`."""


class RouteWarning(UserWarning):
    """A declaration holds, but is likely a slip."""


class MountWarning(UserWarning):
    """The router is mounted, but a handler beside it is in the way, or in vain."""


class EventError(NsrouteError):
    """An answer to the client, raised by a handler or a middleware.

    From an event it becomes the acknowledgement
    `{"error": {"code": …, "message": …, "details": …}}`; from a connect handler the
    refusal, with its message and, as data, its code and details.

    Attributes:
        code: A short name that a program can compare.
        message: One sentence for a person.
        details: Anything that the wire can carry, or None for nothing.
        summary: What a record says of it.
    """

    def __init__(self, code: str, message: str = "", details: Any = None) -> None:
        self.code = code
        self.message = message
        self.details = details
        self.summary: str = message or code
        super().__init__(code, message, details)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


class InvalidArguments(EventError):
    """What the client sent is not what the handler declares.

    `details` is a list of `{"path": "arguments[0].x", "message": "…"}`, bounded in
    number and length; `summary` is the first problem, without what the client sent.
    """

    def __init__(
        self, problems: Sequence[tuple[str, str]], summary: str | None = None
    ) -> None:
        details = [{"path": path, "message": text} for path, text in problems]
        super().__init__("invalid_arguments", "The arguments are not valid.", details)
        more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
        self.summary: str = (summary or ": ".join(problems[0])) + more


class InvalidAnswer(EventError):
    """What a client answered is not what the event that was sent to it declares.

    Attributes:
        target: The class and the method of the event, such as `Room.confirm`.
        details: The problems, as of `InvalidArguments`: `{"path": "answer.x", …}`.
    """

    def __init__(
        self, target: str, problems: Sequence[tuple[str, str]], summary: str
    ) -> None:
        self.target = target
        details = [{"path": path, "message": text} for path, text in problems]
        super().__init__("invalid_answer", "The answer is not valid.", details)
        self.summary: str = f"{target}: {summary}"

    def __str__(self) -> str:
        return f"{self.code}: {self.summary}"


def name_of(cls: type) -> str:
    """Return the name of a class for errors and records, without its function."""
    return cls.__qualname__.rpartition("<locals>.")[2]


def place_of(declared: Any) -> str | None:
    """Return the file and the line of a function or a class, if they are known."""
    inner = inspect.unwrap(declared)
    code = getattr(getattr(inner, "func", inner), "__code__", None)
    if code is not None:
        return f"{code.co_filename}:{code.co_firstlineno}"
    try:
        file, line = inspect.getsourcefile(inner), inspect.getsourcelines(inner)[1]
    except (OSError, TypeError):
        return None
    return f"{file}:{line}"


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return `did you mean …?` for the candidate nearest to a name, or None."""
    found = difflib.get_close_matches(name, list(candidates), n=1)
    return f"did you mean {found[0]!r}?" if found else None


def parts_of(error: Exception) -> Sequence[Exception]:
    """Return the problems in what `raise_together` has raised."""
    if not isinstance(error, ExceptionGroup):
        return (error,)
    return cast("ExceptionGroup[Exception]", error).exceptions


def set_place(problems: Iterable[Exception], cls: type) -> None:
    """Set the place of a class on its problems that have no place of their own."""
    for problem in problems:
        if isinstance(problem, RouteError) and problem.place is None:
            problem.place = place_of(cls)


def raise_together(summary: str, problems: Sequence[Exception]) -> None:
    """Raise all problems of a declaration: one alone, several as a group."""
    for problem in problems:
        place = problem.place if isinstance(problem, RouteError) else None
        note = f"declared at {place}"
        if place and note not in getattr(problem, "__notes__", ()):
            problem.add_note(note)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise ExceptionGroup(summary, list(problems))
