"""Ready-made middleware: who may do something, and how often.

Neither keeps a disconnect from its handler: nobody can be kept from leaving.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from functools import partial
from hashlib import blake2b
from threading import Lock
from time import monotonic
from typing import Any, Final

from nsroute.arguments import takes, unawaited
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
        storage: Where to count, as a URI: `redis://localhost:6379` for several
            processes that are to count together. All but memory is reached through
            `limits` (`pip install "nsroute[limits]"`).
        name: What they call this limit there; needed for any storage but memory.
        code: For a program to compare.
        message: One sentence for a person.

    Raises:
        RouteError: If it is not a limit that can be kept.
        ModuleNotFoundError: If the storage needs `limits`, and it is not installed.
    """
    _check(events, per_seconds, kinds)
    _check_storage(storage, name)
    if key is not None:
        _check_function("the key", key)
    count = (
        _Window(events, per_seconds).passes
        if storage.startswith(MEMORY)
        else _shared_window(events, per_seconds, storage, f"nsroute/{name}")
    )
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


class _Window:
    """When what passed of late did pass, by key, in the memory of this process.

    Not that of `limits`, which keeps every key that ever came.
    """

    def __init__(self, events: int, per_seconds: int) -> None:
        self._events = events
        self._seconds = per_seconds
        self._lock = Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        """Of each key the last times; the key that has been quiet longest is first."""

    def passes(self, key: str) -> bool:
        """Say whether one more passes; if so, count it."""
        with self._lock:
            now = monotonic()
            self._forget(now - self._seconds)
            times = self._times.setdefault(key, deque(maxlen=self._events))
            if len(times) == self._events and times[0] > now - self._seconds:
                return False
            times.append(now)  # the oldest falls out
            self._times.move_to_end(key)
            return True

    def _forget(self, before: float) -> None:
        """Forget the keys of which nothing passed since."""
        while self._times:
            key, times = next(iter(self._times.items()))
            if times[-1] > before:
                break
            del self._times[key]


def _shared_window(
    events: int, per_seconds: int, storage: str, prefix: str
) -> Callable[[str], bool]:
    """Return what counts one for a key and says whether it passes."""
    try:
        import limits  # noqa: PLC0415 - an extra: who shares no limit needs it not
        from limits.storage import Storage, storage_from_string  # noqa: PLC0415
    except ModuleNotFoundError as error:
        error.add_note('A shared rate limit needs it: pip install "nsroute[limits]"')
        raise
    kept = storage_from_string(storage)
    if not isinstance(kept, Storage):
        raise RouteError(
            f"a rate limit in {storage.partition('://')[0]}, which is asynchronous",
            hint="handlers are not: leave out the async+",
        )
    limiter = limits.strategies.MovingWindowRateLimiter(kept)
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
