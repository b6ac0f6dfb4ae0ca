"""Ready-made middleware: `require` says who may pass, `rate_limit` how often.

Both let every disconnect pass: nobody can be kept from leaving.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from hashlib import blake2b
from threading import Lock
from time import monotonic
from typing import Any, Final
from weakref import WeakKeyDictionary

from nsroute.arguments import Middleware, takes, unawaited
from nsroute.dispatch import current
from nsroute.errors import EventError, RouteError
from nsroute.handlers.entries import purpose_of, title_of
from nsroute.signals import Dispatch, Kind

__all__ = ["Middleware", "rate_limit", "require"]

_EVENTS: Final[tuple[Kind, ...]] = ("event",)
_UNFINISHED: Final = (Awaitable, Iterator, AsyncIterator)


def require(
    predicate: Callable[[Dispatch], object],
    *,
    code: str = "forbidden",
    message: str = "You may not do this.",
) -> Middleware:
    """Let pass what a predicate lets pass.

    Any other event is answered with the code and the message, any other connect is
    refused with them. A disconnect passes unasked.

    Args:
        predicate: Called with the dispatch, in its Flask context. A true value lets it
            pass. A function, a coroutine or an iterator is an internal error: the
            predicate has forgotten to call, to await or to run something.
        code: For a program to compare.
        message: One sentence for a person.

    Raises:
        RouteError: If the predicate cannot be called with a dispatch, or if a call only
            makes a coroutine or a generator.
    """
    _check_function("the predicate", predicate)

    def guard(dispatch: Dispatch, proceed: Callable[[], Any] | None = None) -> Any:
        if proceed is None:
            raise _no_decorator("require")
        if dispatch.kind != "disconnect" and not _call(predicate, dispatch):
            raise EventError(code, message)
        return proceed()

    return _titled(guard, f"require({title_of(predicate)})", predicate)


def rate_limit(
    events: int,
    per_seconds: int,
    *,
    key: Callable[[Dispatch], object] | None = None,
    kinds: Collection[Kind] = _EVENTS,
    storage: str = "memory://",
    name: str | None = None,
    code: str = "rate_limited",
    message: str = "Too many events.",
) -> Middleware:
    """Let pass so many events in so many seconds; answer any more with an error.

    What is not let pass does not count. The window moves: in no `per_seconds` seconds
    do more than `events` pass.

    Args:
        events: How many pass, for each key.
        per_seconds: In how many seconds.
        key: Called with the dispatch; returns by whom to count, a user's id for
            example. Without it, and where it returns None, the client's connection
            counts with all its namespaces.
        kinds: What is limited: `"event"`, `"connect"` or both.
        storage: Where to count: in memory, or in a storage of `limits` as a URI, such
            as `redis://localhost:6379`, for several processes together.
        name: The name of the limit in that storage, by which processes share it.
        code: For a program to compare.
        message: One sentence for a person.

    Raises:
        RouteError: If it is not a limit that can be kept.
        ModuleNotFoundError: If another storage than memory is given and `limits` is not
            installed (`pip install "nsroute[limits]"`).
    """
    if any(type(number) is not int or number < 1 for number in (events, per_seconds)):
        raise RouteError(
            f"a rate limit of {events!r} events in {per_seconds!r} seconds",
            hint="both are whole numbers from 1",
        )
    if not {"connect", "event"}.issuperset(kinds):
        raise RouteError(
            f"a rate limit on {', '.join(sorted(kinds))}",
            hint='kinds are "connect" and "event"; nobody can be kept from leaving',
        )
    if key is not None:
        _check_function("the key", key)
    passes: Callable[[str | None], bool] = _Windows(events, per_seconds).passes
    if storage != "memory://":
        passes = _stored(events, per_seconds, storage, name)
    details = {"events": events, "per_seconds": per_seconds}

    def limit(dispatch: Dispatch, proceed: Callable[[], Any] | None = None) -> Any:
        if proceed is None:
            raise _no_decorator("rate_limit")
        if dispatch.kind in kinds and not passes(_key_of(dispatch, key)):
            raise EventError(code, message, details)
        return proceed()

    by = "" if key is None else f", key={title_of(key)}"
    return _titled(limit, f"rate_limit({events} in {per_seconds} s{by})", key)


def _no_decorator(name: str) -> RouteError:
    """Return the error for middleware that stands above a method, as a decorator."""
    cure = f"write @on(event, middleware=[{name}(…)])"
    return RouteError(f"{name}(…) is middleware, and no decorator", hint=cure)


def _titled(middleware: Any, title: str, made_of: object) -> Middleware:
    """Have tools show what the middleware was made of."""
    middleware.__name__ = middleware.__qualname__ = title
    middleware.__doc__ = purpose_of(made_of)
    made: Middleware = middleware
    return made


def _check_function(role: str, function: Callable[[Dispatch], object]) -> None:
    if not takes(function, 1):
        raise RouteError(
            f"{role} is called with the dispatch, which {function!r} does not take",
            hint="write lambda dispatch: …",
        )
    for error in unawaited(function, what=repr(function)):
        raise error


def _call(function: Callable[[Dispatch], object], dispatch: Dispatch) -> object:
    """Return the answer of a predicate or a key; raise if it is no answer yet.

    As a predicate's it would be true, as a key unlike any other: everybody would pass.
    """
    answer = function(dispatch)
    kind = type(answer).__name__
    if inspect.iscoroutine(answer):
        answer.close()  # Python warns of one that was never awaited
    elif not (callable(answer) or isinstance(answer, _UNFINISHED)):
        return answer
    raise TypeError(
        f"{title_of(function)} returned a {kind}, which has to be called, awaited "
        "or run to get an answer"
    )


class _Windows:
    """The times at which something last passed.

    Those of a connection go with it, those of a key with the first call after its
    window is over: nothing runs in the background.
    """

    def __init__(self, events: int, seconds: int) -> None:
        self._events = events
        self._seconds = seconds
        self._connections: WeakKeyDictionary[object, deque[float]] = WeakKeyDictionary()
        self._keys: OrderedDict[str, deque[float]] = OrderedDict()
        """The key by which nothing has passed for longest is first."""
        self._lock = Lock()

    def passes(self, key: str | None) -> bool:
        """Return whether one more passes; if so, count it."""
        with self._lock:
            now = monotonic()
            over = now - self._seconds
            while self._keys and next(iter(self._keys.values()))[-1] <= over:
                self._keys.popitem(last=False)
            times: deque[float] = deque(maxlen=self._events)
            if key is None:
                connection = current.get().client.context.connection
                times = self._connections.setdefault(connection, times)
            else:
                times = self._keys.setdefault(key, times)
            if len(times) == self._events and times[0] > over:
                return False
            times.append(now)
            if key is not None:
                self._keys.move_to_end(key)
            return True


def _stored(
    events: int, per_seconds: int, uri: Any, name: str | None
) -> Callable[[str | None], bool]:
    """Return a function that counts one more by a key, or returns False."""
    scheme = str(uri).partition("://")[0]
    # Memcached keeps no times, and no handler awaits.
    keeps = isinstance(uri, str) and not scheme.startswith(("memcached", "async+"))
    if not keeps or not name:
        raise RouteError(
            f"a rate limit in {scheme} with the name {name!r}",
            hint='storage= takes a URI such as "redis://localhost:6379", and name= '
            "what processes that count together call the limit",
        )
    try:
        import limits  # noqa: PLC0415 - an extra, for shared storages only
    except ModuleNotFoundError as error:
        error.add_note('This storage needs it: pip install "nsroute[limits]"')
        raise
    stored = limits.storage.storage_from_string(uri)
    hit = limits.strategies.MovingWindowRateLimiter(stored).hit
    limit = limits.RateLimitItemPerSecond(events, per_seconds, f"nsroute/{name}")
    return lambda key: hit(limit, key or f"connection/{current.get().client.eio_sid}")


def _key_of(dispatch: Dispatch, key: Callable[[Dispatch], object] | None) -> str | None:
    """Return by whom to count, as text of bounded length; None for the connection."""
    chosen = None if key is None else _call(key, dispatch)
    if chosen is None:
        return None
    text = str(chosen).encode("utf-8", "surrogatepass")
    return f"key/{blake2b(text, digest_size=16).hexdigest()}"
