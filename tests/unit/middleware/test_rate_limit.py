"""`rate_limit` lets pass so many events in so many seconds."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from limits.storage import MemoryStorage

from nsroute import RoutedNamespace, on
from nsroute.middleware import rate_limit
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.rate_limited import LONG, draw, limited_site
from tests.support.sites import error, site

TOLD = error("rate_limited", "Too many events.", {"events": 2, "per_seconds": LONG})


def test_it_lets_so_many_pass() -> None:
    """Events up to the limit pass, the next is answered with the limit it broke."""
    here = limited_site(rate_limit(2, LONG))
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    client.join("/boards/art")
    assert draw(client, 4) == ["drawn", "drawn", TOLD, TOLD]
    assert (recorder.last.outcome, recorder.last.code) == ("rejected", "rate_limited")


def test_it_answers_in_the_chosen_words() -> None:
    """Code and message are the developer's to choose."""
    client = inline_client(
        limited_site(rate_limit(1, LONG, code="slow", message="Easy."))
    )
    client.join("/boards/art")
    answer = draw(client, 2)[1]["error"]
    assert (answer["code"], answer["message"]) == ("slow", "Easy.")


def test_it_counts_for_a_connection() -> None:
    """One connection has one count in all its namespaces, another has its own."""
    here = limited_site(rate_limit(2, LONG))
    ann, bob = inline_client(here), inline_client(here)
    for client in (ann, bob):
        client.join("/boards/art")
        client.join("/boards/war")
    assert draw(ann, 1, "art") + draw(ann, 2, "war") == ["drawn", "drawn", TOLD]
    assert draw(bob, 2) == ["drawn", "drawn"]


def test_joining_again_wins_nothing() -> None:
    """A client that leaves a namespace and joins it again is counted on."""
    client = inline_client(limited_site(rate_limit(2, LONG)))
    client.join("/boards/art")
    draw(client, 2)
    client.leave("/boards/art")
    client.join("/boards/art")
    assert draw(client, 1) == [TOLD]


def test_it_counts_by_a_key() -> None:
    """With `key`, all with one key have one count; None is the connection again."""
    users = {"art": "ann", "war": "ann", "open": None}
    by_user = rate_limit(2, LONG, key=lambda d: users[d.params["name"]])
    here = limited_site(by_user)
    one, two = inline_client(here), inline_client(here)
    for client in (one, two):
        for name in users:
            client.join(f"/boards/{name}")
    drawn = draw(one, 1, "art") + draw(two, 1, "war") + draw(two, 1, "art")
    assert drawn == ["drawn", "drawn", TOLD]
    assert draw(one, 2, "open") == draw(two, 2, "open") == ["drawn", "drawn"]


def test_a_key_may_be_anything() -> None:
    """A key need not be text, nor text that can be encoded."""
    keys: list[Any] = [1, "1", b"1", "\ud800", ("a", 1)]
    client = inline_client(
        limited_site(rate_limit(1, LONG, key=lambda d: keys[d.args[0]]))
    )
    client.join("/boards/art")
    answers = [client.call("/boards/art", "draw", at) for at in range(len(keys))]
    assert answers.count("drawn") == 4
    assert answers[1]["error"]["code"] == "rate_limited"


def test_connects_pass_unless_they_are_counted() -> None:
    """Connects are not events: they pass, and do not count, unless `kinds` says so."""
    free = inline_client(limited_site(rate_limit(1, LONG)))
    for name in ("a", "b", "c"):
        free.join(f"/boards/{name}")
    assert draw(free, 1, "a") == ["drawn"]
    counted = inline_client(limited_site(rate_limit(2, LONG, kinds=["connect"])))
    counted.join("/boards/a")
    counted.join("/boards/b")
    assert counted.refusal("/boards/c") == {
        "message": "Too many events.",
        "data": {
            "code": "rate_limited",
            "details": {"events": 2, "per_seconds": LONG},
        },
    }
    assert draw(counted, 3, "a") == ["drawn"] * 3


def test_everybody_may_leave() -> None:
    """A disconnect is never kept from its handler."""
    parted: list[str] = []

    class Room(
        RoutedNamespace,
        namespace="/room",
        middleware=[rate_limit(1, LONG, kinds=["connect", "event"])],
    ):
        @on("disconnect")
        def part(self) -> None:
            parted.append("part")

    client = inline_client(site(Room))
    client.join("/room")
    client.leave("/room")
    assert parted == ["part"]


class Shared(MemoryStorage):
    """A storage that `limits` finds by its URI."""

    STORAGE_SCHEME: ClassVar[list[str]] = ["tested"]


@pytest.mark.parametrize("key", [None, lambda dispatch: dispatch.params["name"]])
def test_it_counts_in_a_storage_of_limits(key: Any) -> None:
    """With another storage the same events pass, by a key or by the connection."""
    limit = rate_limit(2, LONG, key=key, storage="tested://", name="draw")
    client = inline_client(limited_site(limit))
    client.join("/boards/art")
    assert draw(client, 3) == ["drawn", "drawn", TOLD]


def test_two_limits_count_apart() -> None:
    """Each `rate_limit` has its own count, also with the same numbers."""

    class Room(RoutedNamespace, namespace="/room"):
        @on("a", middleware=[rate_limit(1, LONG)])
        def a(self) -> str:
            return "a"

        @on("b", middleware=[rate_limit(1, LONG)])
        def b(self) -> str:
            return "b"

    client = inline_client(site(Room))
    client.join("/room")
    assert [client.call("/room", "a"), client.call("/room", "b")] == ["a", "b"]
    assert client.call("/room", "a")["error"]["code"] == "rate_limited"
