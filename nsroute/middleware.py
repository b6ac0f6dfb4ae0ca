"""Ready-made middleware: who may do something, and how often.

Neither keeps a disconnect from its handler: nobody can be kept from leaving.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from hashlib import blake2b
from typing import Any, Final

from nsroute.dispatch import Dispatch, Kind
from nsroute.errors import EventError, RouteError
from nsroute.pipeline import serving
from nsroute.pipeline.turn import Middleware

__all__ = ["Middleware", "rate_limit", "require"]

MEMORY: Final = "memory://"
EVENTS: Final[tuple[Kind, ...]] = ("event",)


def require(
    predicate: Callable[[Dispatch], object],
    *,
    code: str = "forbidden",
    message: str = "You may not do this.",
) -> Middleware:
    """Let pass what a predicate lets pass.

    Any other event is answered with the code and the message, a connect is refused with
    them. A disconnect passes unasked.

    Args:
        predicate: Called with the dispatch, in its Flask context; true lets it pass.
        code: For a program to compare.
        message: One sentence for a person.
    """

    def guard(dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
        if dispatch.kind != "disconnect" and not predicate(dispatch):
            raise EventError(code, message)
        return proceed()

    return guard


def rate_limit(
    events: int,
    per_seconds: int,
    *,
    key: Callable[[Dispatch], object] | None = None,
    kinds: Collection[Kind] = EVENTS,
    storage: str = MEMORY,
    name: str | None = None,
    code: str = "rate_limited",
    message: str = "Too many events.",
) -> Middleware:
    """Let pass so many events in so many seconds; answer any more with an error.

    What is not let pass does not count. The window slides: what came in the window
    before weighs as much as of that lies within the last `per_seconds`. The counting is
    that of `limits` (`pip install "nsroute[limits]"`), which keeps two numbers for each
    key until their windows are over.

    Args:
        events: How many pass, for each key.
        per_seconds: In how many seconds.
        key: Called with the dispatch; tells for whom to count, by a user's id for
            example. None, here or from the call, is the client's connection with all
            its namespaces: to leave one and to join again wins nothing.
        kinds: What is limited: `"event"`, `"connect"` or both.
        storage: Where to count, as a URI of `limits`: `redis://localhost:6379` for
            several processes that are to count together.
        name: What they call this limit there; needed for any storage but memory.
        code: For a program to compare.
        message: One sentence for a person.

    Raises:
        RouteError: If it is not a limit that can be kept.
        ModuleNotFoundError: If `limits` is not installed.
    """
    _check(events, per_seconds, kinds, storage, name)
    count = _counter(events, per_seconds, storage, f"nsroute/{name or ''}")
    told = {"events": events, "per_seconds": per_seconds}

    def limit(dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
        if dispatch.kind in kinds and not count(_owner(dispatch, key)):
            raise EventError(code, message, told)
        return proceed()

    return limit


def _check(
    events: int,
    per_seconds: int,
    kinds: Collection[Kind],
    storage: str,
    name: str | None,
) -> None:
    for number in (events, per_seconds):
        if type(number) is not int or number < 1:
            raise RouteError(
                f"a rate limit of {events!r} events in {per_seconds!r} seconds",
                hint="both are whole numbers from 1",
            )
    if not {"connect", "event"}.issuperset(kinds):
        raise RouteError(
            f"a rate limit on {', '.join(sorted(kinds))}",
            hint='kinds are "connect" and "event"; nobody can be kept from leaving',
        )
    if storage != MEMORY and not name:
        raise RouteError(
            f"a rate limit without a name in {storage.partition('://')[0]}",
            hint="processes that count together give it the same name=",
        )


def _counter(
    events: int, per_seconds: int, storage: str, prefix: str
) -> Callable[[str], bool]:
    """Return what counts one for a key and says whether it passes."""
    try:
        import limits  # noqa: PLC0415 - an extra: who limits nothing needs it not
        from limits.storage import Storage, storage_from_string  # noqa: PLC0415
    except ModuleNotFoundError as error:
        error.add_note('A rate limit needs it: pip install "nsroute[limits]"')
        raise
    kept = storage_from_string(storage)
    if not isinstance(kept, Storage):
        raise RouteError(
            f"a rate limit in {storage.partition('://')[0]}, which is asynchronous",
            hint="handlers are not: leave out the async+",
        )
    limiter = limits.strategies.SlidingWindowCounterRateLimiter(kept)
    return partial(
        limiter.hit, limits.RateLimitItemPerSecond(events, per_seconds, prefix)
    )


def _owner(dispatch: Dispatch, key: Callable[[Dispatch], object] | None) -> str:
    """Return for whom to count, as a key of bounded length."""
    chosen = None if key is None else key(dispatch)
    if chosen is None:
        return f"connection/{serving.get().eio_sid}"
    text = str(chosen).encode("utf-8", "surrogatepass")
    return f"key/{blake2b(text, digest_size=16).hexdigest()}"
