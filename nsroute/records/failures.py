"""What a record says of a dispatch that did not end well."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, cast

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.errors import EventError, InvalidArguments
from nsroute.records.brevity import brief, text_of

__all__ = ["ExcInfo", "explain_failure", "locate_failure"]

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

MAX_ERROR: Final = 500
MAX_PARTS: Final = 3


def explain_failure(error: BaseException) -> str:
    """Say why a dispatch ended as it did.

    Of an answer that is what the client was told, of any other exception its class and
    its text.
    """
    return brief(_told(error), MAX_ERROR)


def locate_failure(error: BaseException) -> ExcInfo:
    """Give an exception with its traceback from where it left nsroute.

    It begins with the first line of the application, a middleware or a handler; if
    there is none, it is whole.
    """
    inner = error.__traceback__
    while inner is not None and _is_ours(inner):
        inner = inner.tb_next
    return type(error), error, inner or error.__traceback__


def _is_ours(traceback: TracebackType) -> bool:
    name = traceback.tb_frame.f_globals.get("__name__", "")
    return str(name).startswith("nsroute.")


def _told(error: BaseException) -> str:
    if isinstance(error, InvalidArguments):
        return _first_problem(error.details) or error.message
    if isinstance(error, EventError):
        return text_of(error.message or error.code)
    if isinstance(error, Refused):
        return text_of(error.error_args["message"])
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return "; ".join(_told(one) for one in group.exceptions[:MAX_PARTS])
    name, text = type(error).__name__, text_of(error)
    return f"{name}: {text}" if text else name


def _first_problem(details: Sequence[dict[str, Any]]) -> str:
    shown = [f"{one['path']}: {one['message']}" for one in details[:1]]
    if len(details) > 1:
        shown.append(f"(and {len(details) - 1} more)")
    return " ".join(shown)
