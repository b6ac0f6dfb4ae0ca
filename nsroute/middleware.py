"""Ready-made middleware: who may do something, and how often.

Neither keeps a disconnect from its handler: nobody can be kept from leaving.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from functools import partial
from hashlib import blake2b
from threading import Lock
from time import monotonic
from typing import Any, Final

from nsroute.arguments import takes, unawaited
from nsroute.dispatch import current
from nsroute.dispatch.middleware import Middleware
from nsroute.errors import EventError, RouteError
from nsroute.signals import Dispatch, Kind

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

    Raises:
        RouteError: If the predicate cannot be called with a dispatch.
    """
    _check_function("the predicate", predicate)

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

    What is not let pass does not count. The window moves: whenever it is looked at, no
    more than `events` have passed in the last `per_seconds`. For this the times of that
    many events are kept for each key, until the last of them is that long ago.

    Args:
        events: How many pass, for each key.
        per_seconds: In how many seconds.
        key: Called with the dispatch; tells for whom to count, by a user's id for
            example. None, here or from the call, is the client's connection with all
            its namespaces: to leave one and to join again wins nothing.
        kinds: What is limited: `"event"`, `"connect"` or both.
        storage: Where `limits` counts, as a URI: `redis://localhost:6379` for several
            processes that are to count together.
        name: What they call this limit there; needed for any storage but memory.
        code: For a program to compare.
        message: One sentence for a person.

    Raises:
        RouteError: If it is not a limit that can be kept.
        ModuleNotFoundError: If `limits` is not installed
            (`pip install "nsroute[limits]"`).
    """
    _check(events, per_seconds, kinds)
    _check_storage(storage, name)
    if key is not None:
        _check_function("the key", key)
    count = _counter(events, per_seconds, storage, name)
    told = {"events": events, "per_seconds": per_seconds}

    def limit(dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
        if dispatch.kind in kinds and not count(_owner(dispatch, key)):
            raise EventError(code, message, told)
        return proceed()

    return limit


def _check(events: int, per_seconds: int, kinds: Collection[Kind]) -> None:
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


def _check_storage(storage: object, name: str | None) -> None:
    if not isinstance(storage, str):
        raise RouteError(
            f"a rate limit in {type(storage).__name__}, which is no URI",
            hint='storage= takes a URI of limits, such as "redis://localhost:6379"',
        )
    scheme = storage.partition("://")[0]
    if scheme == "memcached":
        raise RouteError(
            "a rate limit in memcached, which keeps no times of events",
            hint="Redis and MongoDB keep them",
        )
    if not storage.startswith(MEMORY) and not name:
        raise RouteError(
            f"a rate limit without a name in {scheme}",
            hint="processes that count together give it the same name=",
        )


def _check_function(role: str, function: Callable[[Dispatch], object]) -> None:
    if not takes(function, 1):
        raise RouteError(
            f"{role} is called with the dispatch, which {function!r} does not take",
            hint="write lambda dispatch: …",
        )
    for error in unawaited(function, what=repr(function)):
        raise error  # a coroutine is true, and like no other: it would stop nobody


def _counter(
    events: int, per_seconds: int, storage: str, name: str | None
) -> Callable[[str], bool]:
    """Return what says whether one more passes of a key, and counts it if so."""
    try:
        import limits  # noqa: PLC0415 - an extra: who limits nothing needs it not
        from limits.storage import (  # noqa: PLC0415
            MemoryStorage,
            Storage,
            storage_from_string,
        )
    except ModuleNotFoundError as error:
        error.add_note('A rate limit needs it: pip install "nsroute[limits]"')
        raise
    kept = storage_from_string(storage)
    if not isinstance(kept, Storage):
        raise RouteError(
            f"a rate limit in {storage.partition('://')[0]}, which is asynchronous",
            hint="handlers are not: leave out the async+",
        )
    limiter = limits.strategies.MovingWindowRateLimiter(kept)
    limit = limits.RateLimitItemPerSecond(events, per_seconds, f"nsroute/{name}")
    hit = partial(limiter.hit, limit)
    if isinstance(kept, MemoryStorage):
        return _Forgetting(hit, partial(limiter.clear, limit), per_seconds).hit
    return hit


class _Forgetting:
    """Has the memory of `limits` forget the keys that are quiet: it never does itself.

    Args:
        hit: Counts one of a key, unless it is too much.
        clear: Forgets a key.
        seconds: After how many of them it is to be forgotten.
    """

    def __init__(
        self,
        hit: Callable[[str], bool],
        clear: Callable[[str], object],
        seconds: float,
    ) -> None:
        self._hit = hit
        self._clear = clear
        self._seconds = seconds
        self._last: OrderedDict[str, float] = OrderedDict()
        """When something last passed of a key; the quietest key is first."""
        self._lock = Lock()  # no key is cleared while one of it passes

    def hit(self, key: str) -> bool:
        """Say whether one more passes; if so, count it."""
        with self._lock:
            now = monotonic()
            self._forget(now - self._seconds)
            passes = self._hit(key)
            if passes:
                self._last[key] = now
                self._last.move_to_end(key)
            return passes

    def _forget(self, before: float) -> None:
        while self._last:
            key, last = next(iter(self._last.items()))
            if last >= before:
                break
            del self._last[key]
            self._clear(key)


def _owner(dispatch: Dispatch, key: Callable[[Dispatch], object] | None) -> str:
    """Return for whom to count, as a key of bounded length."""
    chosen = None if key is None else key(dispatch)
    if chosen is None:
        return f"connection/{current.get().client.eio_sid}"
    text = str(chosen).encode("utf-8", "surrogatepass")
    return f"key/{blake2b(text, digest_size=16).hexdigest()}"
