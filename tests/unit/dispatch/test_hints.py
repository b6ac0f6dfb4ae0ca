"""What a record says of a slip, and a client is not told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nsroute import Route, RoutedNamespace, on
from nsroute.dispatch.refusals import UnhandledEvent
from nsroute.records.failures import explain_failure
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.plain_chat import Chat
from tests.support.sites import error, site

NOTHING = "Nothing handles this event."


class Room(RoutedNamespace, namespace="/rooms/<int:n>"):
    @on("connect")
    def join(self, auth: dict | None = None) -> None: ...  # type: ignore[type-arg]

    @on("say")
    def say(self) -> None: ...


class Strict(Room, namespace="/strict/<int:n>"):
    def join(self, auth: dict) -> None: ...  # type: ignore[type-arg,override]


def test_a_misspelled_event_is_recorded_with_the_nearest() -> None:
    """The client does not learn which events there are."""
    here = site(Room, Route("/plain", Chat))
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    client.join("/rooms/1")
    client.join("/plain")
    recorder.take()
    for name, event, nearest in (
        ("/rooms/1", "sya", " (did you mean 'say'?)"),
        ("/rooms/1", "completely else", ""),
        ("/rooms/1", "say" * 1000, ""),
        ("/plain", "saay", " (did you mean 'say'?)"),
    ):
        assert client.call(name, event) == error("unhandled_event", NOTHING)
        told = recorder.next().error
        assert told is not None
        assert explain_failure(told) == f"{NOTHING}{nearest}"


def test_few_events_are_compared() -> None:
    """A client cannot make a hint expensive."""

    def events() -> Any:
        yield from (f"event {i}" for i in range(50))
        raise AssertionError("it must not be asked for")

    assert str(UnhandledEvent("zzz", events()).summary) == NOTHING


def test_a_client_without_auth_is_recorded_with_the_cure() -> None:
    """Upstream passes None for it, which `auth: dict` does not take."""
    here = site(Strict, Room)
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    told = client.refusal("/strict/1")
    assert told["data"]["details"] == [
        {"path": "auth", "message": "Expected `object`, got `null`"}
    ]
    problem = recorder.next().error
    assert problem is not None
    assert explain_failure(problem) == (
        "auth: Expected `object`, got `null` (the client sent no auth: annotate "
        "`… | None`, or write a default)"
    )
    client.refusal("/strict/1", "words")
    problem = recorder.next().error
    assert problem is not None
    assert explain_failure(problem) == "auth: Expected `object`, got `str`"
    client.join("/rooms/1")


async def later(*_: Any) -> None:
    raise AssertionError("nothing awaits it")


@pytest.mark.parametrize("kind", ["connect", "event", "disconnect"])
def test_a_coroutine_of_middleware_is_an_error(kind: str) -> None:
    """A function that may return one is not seen to be a coroutine function."""

    def sometimes(dispatch: Any, proceed: Callable[[], Any]) -> Any:
        return later() if dispatch.kind == kind else proceed()

    here = site(Route("/a", Room, middleware=[sometimes]))
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    if kind == "connect":
        assert client.refusal("/a")["data"] == {"code": "refused"}
        assert "a value of the type coroutine" in str(recorder.next().error)
        return
    client.join("/a")
    if kind == "event":
        told = error("internal_error", "internal error")
        assert client.call("/a", "say") == told
    client.leave("/a")
    failed = next(one for one in recorder.take() if one.outcome == "error")
    assert failed.kind == kind
    assert str(failed.error) == "nothing awaits a coroutine of later"
