"""What a record says of a dispatch that did not end well."""

from __future__ import annotations

from types import TracebackType
from typing import Final, cast

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.errors import EventError, InvalidArguments
from nsroute.records.brevity import brief, text_of

__all__ = ["ExcInfo", "explain_failure", "locate_failure"]

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

MAX_ERROR: Final = 500
MAX_PARTS: Final = 3


def explain_failure(error: BaseException) -> str:
    """Say why a dispatch ended as it did.

    Of an answer that is what the client was told, but for what it sent itself; of any
    other exception its class and its text.
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
        return error.summary
    if isinstance(error, EventError):
        return text_of(error.message or error.code)
    if isinstance(error, Refused):
        return text_of(error.error_args["message"])
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return "; ".join(_told(one) for one in group.exceptions[:MAX_PARTS])
    name, text = type(error).__name__, text_of(error)
    return f"{name}: {text}" if text else name
