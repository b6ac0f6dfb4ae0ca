"""What a record shows of an exception: the fields `error` and `exc_info`.

The text of an exception may quote what a client sent. A lone surrogate makes renderers
fail, an escape code reaches the terminal, and a megabyte fills the log.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final, cast

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.errors import EventError
from nsroute.records.truncation import text_of, truncate

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

MAX_ERROR: Final = 500
"""Characters of `error`, and of each text and each note in `exc_info`."""
MAX_PARTS: Final = 3
MAX_EXCEPTIONS: Final = 20
"""Exceptions in `exc_info`: of a chain and of groups, all together."""
MAX_NOTES: Final = 10


def explain_failure(error: BaseException) -> str:
    """Return the message of an answer, else the class and the text, on one line."""
    parts = _parts(error)[:MAX_PARTS] or (error,)
    return truncate("; ".join(map(_explain_part, parts)), MAX_ERROR)


def _explain_part(error: BaseException) -> str:
    if isinstance(error, EventError):
        return text_of(error.summary)
    if isinstance(error, Refused):
        return text_of(error.error_args["message"])
    name, text = type(error).__name__, text_of(error)
    return f"{name}: {text}" if text else name


def _parts(error: BaseException) -> tuple[BaseException, ...]:
    if not isinstance(error, BaseExceptionGroup):
        return ()
    return cast("BaseExceptionGroup[BaseException]", error).exceptions


def exc_info_of(error: BaseException) -> ExcInfo:
    """Return a safe exception as `logging` takes it.

    The traceback begins with the first line of the application, if there is one.
    """
    inner = error.__traceback__
    while inner is not None and _is_of_nsroute(inner):
        inner = inner.tb_next
    shown = safe_exception(error)
    return type(shown), shown, inner or error.__traceback__


def _is_of_nsroute(traceback: TracebackType) -> bool:
    name = traceback.tb_frame.f_globals.get("__name__", "")
    return str(name).startswith("nsroute.")


def safe_exception(error: BaseException) -> BaseException:
    """Return the exception itself if all its texts are safe to show, else a copy.

    The copy shows the same class names, tracebacks, causes and parts; its texts and
    notes are escaped and cut.
    """
    return _safe(error, {}) or error


def _safe(
    error: BaseException, known: dict[int, BaseException | None]
) -> BaseException | None:
    """Return what is shown of an exception; None in a cycle, and beyond the limit."""
    if id(error) in known or len(known) >= MAX_EXCEPTIONS:
        return known.get(id(error))
    known[id(error)] = None
    parts, linked = _parts(error), error.__cause__
    if linked is None and not error.__suppress_context__:
        linked = error.__context__
    shown = tuple(_safe(part, known) for part in parts[:MAX_EXCEPTIONS])
    shown_linked = None if linked is None else _safe(linked, known)
    safe = error
    if shown != parts or shown_linked is not linked or not _has_safe_texts(error):
        copies = [one for one in shown if one is not None]
        safe = _copy(error, copies, shown_linked)
    known[id(error)] = safe
    return safe


def _notes(error: BaseException) -> list[object]:
    return getattr(error, "__notes__", None) or []


def _has_safe_texts(error: BaseException) -> bool:
    texts = [error, *_notes(error)]
    if isinstance(error, SyntaxError) or len(texts) > MAX_NOTES + 1:
        return False  # a traceback also shows the source of a `SyntaxError`
    return all(truncate(text, MAX_ERROR) == text_of(text) for text in texts)


def _copy(
    error: BaseException, parts: list[BaseException], linked: BaseException | None
) -> BaseException:
    """Return an exception of a class with the same name, with texts that are safe."""
    kind, text = type(error), truncate(error, MAX_ERROR)

    def show(_: BaseException) -> str:
        return text

    body = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    base = BaseExceptionGroup if parts else Exception
    make: Any = type(kind.__name__, (base,), {**body, "__str__": show})
    copy: BaseException = make("", parts) if parts else make(text)
    copy.__cause__ = None if error.__cause__ is None else linked
    copy.__context__ = linked
    copy.__suppress_context__ = error.__suppress_context__
    for note in _notes(error)[:MAX_NOTES]:
        copy.add_note(truncate(note, MAX_ERROR))
    return copy.with_traceback(error.__traceback__)
