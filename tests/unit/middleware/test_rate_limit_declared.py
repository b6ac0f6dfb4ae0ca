"""What `rate_limit` gives, and what it refuses to make a limit of."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from limits.storage import MemoryStorage

from nsroute import Dispatch, RouteError
from nsroute.handlers.entries import purpose_of, title_of
from nsroute.middleware import rate_limit
from tests.support.rate_limited import LONG, asked, limited


def test_the_signature_says_what_a_limit_is() -> None:
    """The middleware is a plain function of a dispatch and what goes on with it."""
    limit = rate_limit(1, LONG, key=lambda _: "x")
    assert limit(asked(), lambda: "drawn") == "drawn"


@pytest.mark.parametrize(
    "events,seconds", [(0, 1), (1, 0), (-1, 1), (1, 0.5), (True, 1)]
)
def test_numbers_that_make_no_limit_are_refused(events: int, seconds: int) -> None:
    """Both numbers are whole and at least 1."""
    with pytest.raises(RouteError, match="a rate limit of") as caught:
        rate_limit(events, seconds)
    assert caught.value.hint == "both are whole numbers from 1"


@pytest.mark.parametrize("kinds", [["disconnect"], ["event", "disconnect"], "event"])
def test_kinds_that_cannot_be_limited_are_refused(kinds: Any) -> None:
    """A disconnect cannot be limited, nor what is no kind at all."""
    with pytest.raises(RouteError, match="a rate limit on") as caught:
        rate_limit(1, 1, kinds=kinds)
    assert "nobody can be kept from leaving" in str(caught.value)


@pytest.mark.parametrize(
    "storage, name, shown",
    [
        ("redis://:secret@localhost", None, "redis with the name None"),
        ("async+memory://", "draw", r"async\+memory with"),
        ("memcached://localhost:11211", "draw", "memcached with"),
        (MemoryStorage(), "draw", "a rate limit in <limits"),
        (None, "draw", "a rate limit in None"),
        (b"redis://localhost", "draw", "a rate limit in b'redis"),
    ],
    ids=["name", "asynchronous", "times", "object", "none", "bytes"],
)
def test_a_storage_that_cannot_keep_a_limit_is_refused(
    storage: Any, name: str | None, shown: str
) -> None:
    """It takes a URI, a name that processes share, times, and no asyncio."""
    with pytest.raises(RouteError, match=shown) as caught:
        rate_limit(1, 1, storage=storage, name=name)
    assert "storage= takes a URI such as" in str(caught.value.hint)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", [5, lambda: "ann", "sid"])
def test_a_key_that_cannot_be_called_is_refused(key: Any) -> None:
    """A key is a function of the dispatch."""
    with pytest.raises(RouteError, match="the key is called with the dispatch"):
        rate_limit(1, 1, key=key)


def test_a_key_that_would_have_to_be_awaited_is_refused() -> None:
    """Each coroutine is a key of its own: nobody would be limited."""

    async def user(_: Any) -> str:
        return "ann"

    with pytest.raises(RouteError, match="is a coroutine or generator"):
        rate_limit(1, 1, key=user)


@pytest.mark.parametrize(
    "key",
    [lambda _: len, lambda _: (1 for _ in "ab"), lambda _: _awaited()],
    ids=["function", "generator", "coroutine"],
)
def test_a_key_that_is_no_answer_is_an_error(key: Any) -> None:
    """What has to be called, run or awaited first would limit nobody."""
    with pytest.raises(TypeError, match="to get an answer"):
        rate_limit(1, 1, key=key)(asked(), lambda: "drawn")


async def _awaited() -> str:
    return "ann"


def test_only_a_shared_storage_needs_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `limits` is not installed, memory will do; else the error has the cure."""
    monkeypatch.setitem(sys.modules, "limits", None)
    assert limited(1, LONG)("ann")
    with pytest.raises(ModuleNotFoundError, match="limits") as caught:
        rate_limit(1, 1, storage="redis://localhost", name="draw")
    assert caught.value.__notes__ == [
        'This storage needs it: pip install "nsroute[limits]"'
    ]


def by_user(_: Dispatch) -> str:
    """Count by the user who has signed in."""
    return "ann"


def test_it_shows_what_it_was_made_of() -> None:
    """Tools show the numbers, and the key with the first line of its docstring."""
    limit = rate_limit(20, 10)
    assert (title_of(limit), purpose_of(limit)) == ("rate_limit(20 in 10 s)", None)
    limit = rate_limit(20, 10, key=by_user)
    assert title_of(limit) == "rate_limit(20 in 10 s, key=by_user)"
    assert purpose_of(limit) == "Count by the user who has signed in."
