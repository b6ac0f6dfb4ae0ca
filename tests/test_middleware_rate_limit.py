"""`rate_limit` lets pass so many events in so many seconds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from nsroute import Dispatch, RoutedNamespace, RouteError, on
from nsroute.middleware import Middleware, rate_limit
from tests import requirements
from tests.local import Tape, Wire, error, site
from tests.redis_server import redis_server
from tests.servers import ROOT, Site

LONG = 24 * 3600
"""A window that does not end while a test runs."""
TOLD = error("rate_limited", "Too many events.", {"events": 2, "per_seconds": LONG})


class Board(RoutedNamespace, namespace="/boards/<name>"):
    @on("draw")
    def draw(self, *points: Any) -> str:
        return "drawn"


def _site(middleware: Middleware) -> Site:
    return site(Board, middleware=[middleware])


def _draw(wire: Wire, times: int, name: str = "art", *args: Any) -> list[Any]:
    return [wire.call(f"/boards/{name}", "draw", *args) for _ in range(times)]


def test_it_lets_so_many_pass() -> None:
    """Events up to the limit pass, the next is answered with the limit it broke."""
    here = _site(rate_limit(2, LONG))
    tape = Tape(here.router)
    wire = Wire(here)
    wire.join("/boards/art")
    assert _draw(wire, 4) == ["drawn", "drawn", TOLD, TOLD]
    assert (tape.last.outcome, tape.last.code) == ("rejected", "rate_limited")


def test_it_answers_in_the_chosen_words() -> None:
    """Code and message are the developer's to choose."""
    wire = Wire(_site(rate_limit(1, LONG, code="slow", message="Easy.")))
    wire.join("/boards/art")
    answer = _draw(wire, 2)[1]["error"]
    assert (answer["code"], answer["message"]) == ("slow", "Easy.")


def test_it_counts_for_a_connection() -> None:
    """One connection has one count in all its namespaces, another has its own."""
    here = _site(rate_limit(2, LONG))
    ann, bob = Wire(here), Wire(here)
    for wire in (ann, bob):
        wire.join("/boards/art")
        wire.join("/boards/war")
    assert _draw(ann, 1, "art") + _draw(ann, 2, "war") == ["drawn", "drawn", TOLD]
    assert _draw(bob, 2) == ["drawn", "drawn"]


def test_joining_again_wins_nothing() -> None:
    """A client that leaves a namespace and joins it again is counted on."""
    wire = Wire(_site(rate_limit(2, LONG)))
    wire.join("/boards/art")
    _draw(wire, 2)
    wire.leave("/boards/art")
    wire.join("/boards/art")
    assert _draw(wire, 1) == [TOLD]


def test_it_counts_by_a_key() -> None:
    """With `key`, all with one key have one count; None is the connection again."""
    users = {"art": "ann", "war": "ann", "open": None}
    by_user = rate_limit(2, LONG, key=lambda d: users[d.params["name"]])
    here = _site(by_user)
    one, two = Wire(here), Wire(here)
    for wire in (one, two):
        for name in users:
            wire.join(f"/boards/{name}")
    drawn = _draw(one, 1, "art") + _draw(two, 1, "war") + _draw(two, 1, "art")
    assert drawn == ["drawn", "drawn", TOLD]
    assert _draw(one, 2, "open") == _draw(two, 2, "open") == ["drawn", "drawn"]


def test_a_key_may_be_anything() -> None:
    """A key need not be text, nor text that can be encoded."""
    keys: list[Any] = [1, "1", b"1", "\ud800", ("a", 1)]
    wire = Wire(_site(rate_limit(1, LONG, key=lambda d: keys[d.args[0]])))
    wire.join("/boards/art")
    answers = [wire.call("/boards/art", "draw", at) for at in range(len(keys))]
    assert answers.count("drawn") == 4
    assert answers[1]["error"]["code"] == "rate_limited"


def test_connects_pass_unless_they_are_counted() -> None:
    """Connects are not events: they pass, and do not count, unless `kinds` says so."""
    free = Wire(_site(rate_limit(1, LONG)))
    for name in ("a", "b", "c"):
        free.join(f"/boards/{name}")
    assert _draw(free, 1, "a") == ["drawn"]
    counted = Wire(_site(rate_limit(2, LONG, kinds=["connect"])))
    counted.join("/boards/a")
    counted.join("/boards/b")
    assert counted.refusal("/boards/c") == {
        "message": "Too many events.",
        "data": {
            "code": "rate_limited",
            "details": {"events": 2, "per_seconds": LONG},
        },
    }
    assert _draw(counted, 3, "a") == ["drawn"] * 3


def test_everybody_may_leave() -> None:
    """A disconnect is never kept from its handler."""
    parted: list[str] = []

    class Room(RoutedNamespace, namespace="/room"):
        middleware = [rate_limit(1, LONG, kinds=["connect", "event"])]

        @on("disconnect")
        def part(self) -> None:
            parted.append("part")

    wire = Wire(site(Room))
    wire.join("/room")
    wire.leave("/room")
    assert parted == ["part"]


def test_two_limits_count_apart() -> None:
    """Each `rate_limit` has its own count, also with the same numbers."""

    class Room(RoutedNamespace, namespace="/room"):
        @on("a", middleware=[rate_limit(1, LONG)])
        def a(self) -> str:
            return "a"

        @on("b", middleware=[rate_limit(1, LONG)])
        def b(self) -> str:
            return "b"

    wire = Wire(site(Room))
    wire.join("/room")
    assert [wire.call("/room", "a"), wire.call("/room", "b")] == ["a", "b"]
    assert wire.call("/room", "a")["error"]["code"] == "rate_limited"


class Clock:
    """The `time` module of the counting, as far as it is asked."""

    now = 1_700_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock of the counter in memory that stands still."""
    clock = Clock()
    monkeypatch.setattr("limits.storage.memory.time", clock)
    return clock


def test_the_window_slides(clock: Clock) -> None:
    """What came in the window before weighs less and less as time goes on."""
    wire = Wire(_site(rate_limit(4, 10)))
    wire.join("/boards/art")
    assert [one == "drawn" for one in _draw(wire, 5)] == [True] * 4 + [False]
    clock.now += 15  # of the window before, one half is within the last ten seconds
    assert [one == "drawn" for one in _draw(wire, 3)] == [True] * 2 + [False]
    clock.now += 20
    assert _draw(wire, 4) == ["drawn"] * 4


def test_nothing_is_kept_of_whom_has_been_quiet(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory a key is forgotten two windows after its last event."""
    storages = _spy_on_storages(monkeypatch)
    here = _site(rate_limit(1, 10, key=lambda d: d.args[0]))
    wire = Wire(here)
    wire.join("/boards/art")
    for number in range(100):
        wire.call("/boards/art", "draw", number)
    (storage,) = storages
    assert len(storage.storage) == 100
    storage.timer.join()
    clock.now += 30
    wire.call("/boards/art", "draw", "last")
    storage.timer.join()
    kept = (storage.storage, storage.expirations, storage.events, storage.locks)
    assert [len(one) for one in kept] == [1, 1, 0, 1]


def test_a_key_is_short_whatever_the_client_sends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long key takes no more memory than a short one."""
    storages = _spy_on_storages(monkeypatch)
    wire = Wire(_site(rate_limit(1, LONG, key=lambda d: d.args[0])))
    wire.join("/boards/art")
    wire.call("/boards/art", "draw", "x" * 100_000)
    assert max(map(len, storages[0].storage)) < 100


def _spy_on_storages(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    from limits import storage

    made: list[Any] = []
    make: Callable[[str], Any] = storage.storage_from_string

    def spy(uri: str) -> Any:
        made.append(make(uri))
        return made[-1]

    monkeypatch.setattr(storage, "storage_from_string", spy)
    return made


# --- what is no limit ----------------------------------------------------------------


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


def test_a_shared_storage_needs_a_name() -> None:
    """Two limits in one storage would else be one without anybody knowing."""
    with pytest.raises(RouteError, match="without a name in redis") as caught:
        rate_limit(1, 1, storage="redis://:secret@localhost")
    assert "secret" not in str(caught.value)


def test_an_asynchronous_storage_is_refused() -> None:
    """The storages of `limits` for asyncio would count nothing in a handler."""
    with pytest.raises(RouteError, match=r"in async\+memory, which is asynchronous"):
        rate_limit(1, 1, storage="async+memory://", name="draw")


def test_without_limits_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where `limits` is not installed, the error tells how to get it."""
    monkeypatch.setitem(sys.modules, "limits", None)
    with pytest.raises(ModuleNotFoundError, match="limits") as caught:
        rate_limit(1, 1)
    assert caught.value.__notes__ == [
        'A rate limit needs it: pip install "nsroute[limits]"'
    ]


# --- many processes ------------------------------------------------------------------


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """A Redis server; the path of its socket."""
    with redis_server(requirements.redis()) as path:
        yield path


def _shared(redis: str, name: str, events: int = 3, seconds: int = LONG) -> Middleware:
    return rate_limit(
        events,
        seconds,
        key=lambda _: "everybody",
        storage=f"redis+unix://{redis}",
        name=name,
    )


def test_processes_count_together(redis: str) -> None:
    """What two processes let pass in one Redis is one limit by its name."""
    wire = Wire(_site(_shared(redis, "shared")))
    wire.join("/boards/art")
    assert _draw(wire, 1) == ["drawn"]
    script = (
        "from tests.test_middleware_rate_limit import _draw, _shared, _site, Wire;"
        f"wire = Wire(_site(_shared({redis!r}, 'shared')));"
        "wire.join('/boards/art');"
        "print([one == 'drawn' for one in _draw(wire, 3)])"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert other.stdout.splitlines()[-1] == "[True, True, False]"
    assert _draw(wire, 1)[0]["error"]["code"] == "rate_limited"


def test_limits_of_different_names_count_apart(redis: str) -> None:
    """Two limits in one Redis are two by their names, also with the same numbers."""
    for name in ("one", "two"):
        wire = Wire(_site(_shared(redis, name, events=1)))
        wire.join("/boards/art")
        assert _draw(wire, 1) == ["drawn"]


def test_redis_forgets(redis: str) -> None:
    """Every key in Redis is one of nsroute's, and runs out of itself."""
    wire = Wire(_site(_shared(redis, "forgets", seconds=60)))
    wire.join("/boards/art")
    _draw(wire, 2)
    client = Redis(unix_socket_path=redis)
    with client:
        keys = client.keys("*forgets*")
        assert keys
        assert all(key.startswith(b"LIMITS:{nsroute/forgets/") for key in keys)
        assert all(0 < client.ttl(key) <= 120 for key in keys)


def test_a_redis_that_is_down_lets_nobody_pass() -> None:
    """Where nothing can be counted, events are answered as internal errors."""
    here = _site(_shared("/nonexistent/redis.sock", "down"))
    tape = Tape(here.router)
    wire = Wire(here)
    wire.join("/boards/art")
    assert _draw(wire, 1) == [error("internal_error", "internal error")]
    assert type(tape.last.error).__name__ == "ConnectionError"


def test_the_signature_says_what_a_limit_is() -> None:
    """The middleware is a plain function of a dispatch and what goes on with it."""
    limit = rate_limit(1, LONG, key=lambda _: "x")
    dispatch = Dispatch(
        kind="event",
        event="draw",
        namespace="/boards/art",
        pattern=None,
        params={},
        sid=None,
        args=(),
        target=None,
    )
    assert limit(dispatch, lambda: "drawn") == "drawn"
