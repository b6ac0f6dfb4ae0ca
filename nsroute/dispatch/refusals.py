"""What a client is told instead of a result: refusals, and the errors of answers."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from http import HTTPStatus
from itertools import islice
from typing import Any, Final, cast

from socketio.exceptions import ConnectionRefusedError as Refused
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from nsroute.errors import EventError, nearest
from nsroute.signals import Kind

INTERNAL: Final = "internal error"
INVALID_NAMESPACE: Final = "Invalid namespace"  # socket.io's own words
FORGOTTEN_IMPORT: Final = (
    "this is Python's own ConnectionRefusedError; to choose what the client is told, "
    "import ConnectionRefusedError from flask_socketio"
)
_CLIENT_ERROR: Final = 4
_MOST_COMPARED: Final = 50
"""Characters of an event, and events of a class, that are compared for a hint."""


class UnhandledEvent(EventError):
    """Nothing handles the event; the record names the nearest of those that there are.

    The client does not learn which events there are.
    """

    def __init__(self, event: str = "", events: Iterable[str] = ()) -> None:
        super().__init__("unhandled_event", "Nothing handles this event.")
        known = islice(events, _MOST_COMPARED) if len(event) <= _MOST_COMPARED else ()
        hint = nearest(event, known)
        if hint:
            self.summary: str = f"{self.message} ({hint})"


class _RefusedByFalse(Refused):
    """A connect handler returned False."""


class UnstatedRefusal(EventError):
    """A refusal that the connect handler did not state as one.

    The client is told `message`, the record says `summary`.
    """

    def __init__(self, problem: str, code: str, message: str) -> None:
        super().__init__(code, message)
        self.summary = problem

    def __str__(self) -> str:
        return self.summary


def error_answer(code: Any, message: str | None, details: Any = None) -> dict[str, Any]:
    """Return the acknowledgement of an error."""
    return {"error": filled(code=code, message=message, details=details)}


def filled(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def refusal(message: str, data: Any = None) -> Refused:
    """Return what upstream sends as the refusal of a connect.

    Its packet cannot carry binary, and the client would wait for ever.
    """
    if data is None:
        return Refused(message)
    json.dumps(data)
    return Refused(message, data)


def as_answer(error: BaseException, kind: Kind) -> EventError | Refused | None:
    """Return the answer that an exception stands for; None if it is an error."""
    if isinstance(error, EventError | Refused):
        return error
    if isinstance(error, HTTPException):
        return EventError(*_http(error.code, error.name, error.description))
    if kind == "connect" and isinstance(error, ConnectionRefusedError):
        problem = f"{type(error).__name__}: {error} ({FORGOTTEN_IMPORT})"
        return UnstatedRefusal(problem, "refused", "Connection refused by server")
    return None


def refusal_of(
    result: object, target: str | None, *, strict: bool
) -> EventError | Refused | None:
    """Return the refusal that the result of a connect stands for, or None.

    Of a plain `Namespace` class (not `strict`) python-socketio's rule holds, by which
    only False refuses; but a response or an exception is no consent there either.
    """
    if result is None or result is True:
        return None
    if result is False:
        return _RefusedByFalse()
    if strict or isinstance(result, Response | BaseException):
        shown = _shown(result)
        problem = f"{target} returned {shown}; a connect admits by None or True alone"
        return UnstatedRefusal(problem, *_told_by(result))
    return None


def answer_of(result: object, source: str | None) -> EventError | None:
    """Return the answer that a response of HTTP's 4xx is; None of anything else."""
    if not isinstance(result, Response) or result.status_code // 100 != _CLIENT_ERROR:
        return None
    return UnstatedRefusal(f"{source} returned {_shown(result)}", *_told_by(result))


def is_by_false(answer: object) -> bool:
    """Return whether an answer is that of a connect handler that returned False."""
    return isinstance(answer, _RefusedByFalse)


def why_rejected(connected: bool, event: object) -> EventError:
    """Return why an event of a client that upstream knows goes to no handler."""
    if not connected:
        return EventError(
            "not_connected",
            "The connect of this client was not handled by the namespace's class.",
        )
    if isinstance(event, str):
        return EventError("reserved_event", "This name is reserved for the lifecycle.")
    return EventError("invalid_event", "The name of an event is text.")


def _told_by(returned: object) -> tuple[str, str]:
    """Return the code and the message of what was returned in place of consent."""
    if isinstance(returned, HTTPException):
        return _http(returned.code, returned.name, returned.description)
    if (
        isinstance(returned, Response)
        and returned.status_code >= HTTPStatus.BAD_REQUEST
    ):
        return _http(returned.status_code, returned.status.partition(" ")[2], None)
    return "refused", "Connection rejected by server"


def _http(status: int | None, name: str, text: str | None) -> tuple[str, str]:
    code = name.lower().replace(" ", "_").replace("'", "")
    return code or f"http_{status}", text or f"{name.capitalize()}."


def _shown(returned: object) -> str:
    if isinstance(returned, Response):
        return f"a response ({returned.status})"
    if isinstance(returned, BaseException):
        return f"an exception ({type(returned).__name__})"
    kind = cast("Any", type(returned)).__name__
    if inspect.iscoroutine(returned):
        returned.close()  # Python warns of one that was never awaited
    return f"a value of the type {kind}"
