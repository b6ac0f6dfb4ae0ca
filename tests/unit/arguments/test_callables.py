"""What cannot be called as middleware is found where it is declared."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nsroute.arguments import checked_middleware, unawaited
from nsroute.errors import RouteError


def audit(dispatch: Any, proceed: Callable[[], Any]) -> Any:
    return proceed()


async def later(dispatch: Any, proceed: Callable[[], Any]) -> Any: ...


def generating(dispatch: Any, proceed: Callable[[], Any]) -> Iterator[Any]:
    yield


async def both(dispatch: Any, proceed: Callable[[], Any]) -> Any:
    yield


class Calls:
    async def __call__(self, dispatch: Any, proceed: Callable[[], Any]) -> None: ...


class TestMiddleware:
    def test_a_list_of_functions_becomes_a_tuple(self) -> None:
        """Middleware may come from any iterable."""
        assert checked_middleware(iter([audit])) == (audit,)

    @pytest.mark.parametrize("wrong", [audit, "abc", 7, [len], [None]])
    def test_what_is_no_list_of_functions_is_refused(self, wrong: Any) -> None:
        """What cannot be called with a dispatch and `proceed` is told with its cure."""
        with pytest.raises(RouteError, match="is a list of functions") as caught:
            checked_middleware(wrong, "Room")
        assert caught.value.target == "Room"
        assert caught.value.hint == (
            "write middleware=[audit] for def audit(dispatch, proceed)"
        )


class TestUnawaited:
    @pytest.mark.parametrize(
        "function",
        [
            later,
            generating,
            both,
            Calls(),
            functools.partial(later, None),
            functools.partial(Calls()),
        ],
    )
    def test_what_nobody_awaits_is_found(self, function: Callable[..., Any]) -> None:
        """A coroutine or generator function would never run."""
        (problem,) = unawaited(function, "Room", "this")
        assert str(problem) == (
            "Room: this is a coroutine or generator function, which Flask-SocketIO "
            "never awaits (define it with def, without yield)"
        )

    def test_other_functions_are_fine(self) -> None:
        """What returns its result is called as it is."""
        assert not list(unawaited(audit))
