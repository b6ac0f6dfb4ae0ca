"""How much one client may have, and how little of what it chooses is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from nsroute import EventError, LogPolicy, RoutedNamespace, on
from tests.support.lines import Line, Refused, Tape, left_behind
from tests.support.worlds import PLAIN, WORLDS, World

every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
FULL = {
    "message": "A client may join 3 namespaces at a time.",
    "data": {"code": "too_many_namespaces"},
}


class Cell(RoutedNamespace, namespace="/cells/<path:name>"):
    made = 0

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        type(self).made += 1

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        if auth == "raise":
            raise ValueError("no")
        return auth != "refuse"

    @on("say", log=LogPolicy(payloads=True))
    def say(self, *args: Any) -> int:
        return len(args)


@pytest.fixture
def log() -> Iterator[LogCapture]:
    """Keep the records."""
    before = structlog.get_config()
    kept = LogCapture()
    structlog.configure(processors=[kept])
    yield kept
    structlog.configure(**before)


@every_world
@pytest.mark.usefixtures("quiet")
def test_a_client_joins_so_many_namespaces_and_no_more(world: World) -> None:
    """The next is refused and recorded; no object is made for it."""
    site = world.site(Cell, max_namespaces_per_client=3)
    tape, line, other = Tape(site), Line(site), Line(site)
    for number in range(3):
        line.join(f"/cells/{number}")
    Cell.made = 0
    assert line.refusal("/cells/x") == FULL
    assert Cell.made == 0
    last = tape.take()[-1]
    assert (last.kind, last.outcome, last.code) == (
        "connect",
        "refused",
        "too_many_namespaces",
    )
    assert isinstance(last.error, EventError)
    other.join("/cells/x")
    line.close()
    other.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.usefixtures("quiet")
def test_whatever_ends_a_stay_frees_its_place(world: World) -> None:
    """Leaving, being disconnected, being refused, failing, not being routed."""
    site = world.site(Cell, max_namespaces_per_client=3)
    line = Line(site)
    server: Any = site.socketio.server
    for turn in range(4):
        for auth in ("refuse", "raise"):
            line.refusal(f"/cells/{turn}", auth)
        with pytest.raises(Refused):
            line.join(f"/nowhere/{turn}")
        for number in range(3):
            line.join(f"/cells/{turn}/{number}")
        assert line.refusal("/cells/x") == FULL
        line.leave(f"/cells/{turn}/0")
        server.disconnect(line.sids[f"/cells/{turn}/1"], f"/cells/{turn}/1")
        line.join("/cells/x")
        line.join("/cells/y")
        assert line.refusal("/cells/z") == FULL
        for name in ("/cells/x", "/cells/y", f"/cells/{turn}/2"):
            line.leave(name)
    line.close()
    assert left_behind(site) == {}


@pytest.mark.usefixtures("quiet")
def test_the_limit_is_that_of_the_connection_not_of_the_name() -> None:
    """Any number of clients may be in one namespace; refused joins count for nobody."""
    site = PLAIN.site(Cell, max_namespaces_per_client=1)
    lines = [Line(site) for _ in range(20)]
    for line in lines:
        line.join("/cells/1")
        line.refusal("/cells/2")
    for line in lines:
        line.close()
    assert left_behind(site) == {}


@pytest.mark.usefixtures("quiet")
def test_the_default_limit_is_a_hundred() -> None:
    """Where nobody says otherwise."""
    site = PLAIN.site(Cell)
    line = Line(site)
    for number in range(100):
        line.join(f"/cells/{number}")
    refused = line.refusal("/cells/100")
    assert refused["data"] == {"code": "too_many_namespaces"}
    line.close()
    assert left_behind(site) == {}


@pytest.mark.usefixtures("quiet")
def test_a_name_of_more_than_a_thousand_characters_matches_nothing() -> None:
    """It is refused like any unrouted name."""
    site = PLAIN.site(Cell)
    line = Line(site)
    fits = "/cells/" + "x" * 993
    line.join(fits)
    assert line.refusal(fits + "x") == {"message": "Invalid namespace"}
    line.close()
    assert left_behind(site) == {}


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a record, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


@every_world
def test_what_a_client_chooses_is_cut_before_it_is_recorded(
    log: LogCapture, world: World
) -> None:
    """Names, event names, parameters and payloads, whatever their size."""
    site = world.site(Cell)
    line = Line(site)
    big = "x" * 900
    huge = "y" * 100_000
    line.join(f"/cells/{big}")
    line.call(f"/cells/{big}", huge, huge)
    line.call(f"/cells/{big}", "say", huge, {huge: [huge] * 1000}, [[[[[[huge]]]]]])
    line.call(f"/cells/{big}", ["z" * 100_000])
    line.refusal(f"/{huge}")
    line.close()
    assert len(log.entries) == 6
    for entry in log.entries:
        assert all(len(text) <= 500 for text in texts(entry))
        assert sum(map(len, texts(entry))) < 20_000


def test_a_record_is_written_whatever_the_client_puts_into_it(log: LogCapture) -> None:
    """Halves of surrogate pairs, line ends and escape codes cannot lose or fake one."""
    site = PLAIN.site(Cell)
    line = Line(site)
    line.join("/cells/1")
    for name in ("\ud800", "a\nb", "\x1b[31mred", "\u202e"):
        line.call("/cells/1", name)
        line.call("/cells/1", "say", name, {name: name})
        line.frame(f"0/x{name},")
    line.close()
    assert len(log.entries) == 14
    for entry in log.entries:
        assert all(text.encode() for text in texts(entry))
        # A renderer writes the list of a payload as code, which escapes for itself.
        entry.pop("payload", None)
        assert all(text.isprintable() for text in texts(entry))


@pytest.mark.usefixtures("quiet")
def test_nothing_that_a_client_chooses_stays_as_a_key() -> None:
    """Names, events, rooms and payloads of one client are in no table afterwards."""
    site = PLAIN.site(Cell)
    server: Any = site.socketio.server
    tables = _tables(site.router, server)
    line = Line(site)
    for number in range(300):
        line.join(f"/cells/{number}")
        line.call(f"/cells/{number}", f"event {number}", {f"key {number}": number})
        line.frame(f'2/cells/{number},["say"]')
        line.frame(f"3/cells/{number},{number}[]")
        line.leave(f"/cells/{number}")
        line.refusal(f"/unrouted/{number}")
    line.close()
    after = _tables(site.router, server)
    assert {k: after[k] for k in after if after[k] > tables.get(k, 0) + 50} == {}


def _tables(*roots: Any) -> dict[str, int]:
    """Measure every container that hangs on some objects, at most six steps away."""
    sizes: dict[str, int] = {}
    seen: set[int] = set()
    queue = [(type(root).__name__, root, 0) for root in roots]
    while queue:
        path, found, depth = queue.pop()
        if id(found) in seen or depth > 6:
            continue
        seen.add(id(found))
        if isinstance(found, dict | list | set | tuple):
            sizes[path] = len(found)
            inner = found.items() if isinstance(found, dict) else enumerate(found)
            if len(found) < 50:
                queue += [(f"{path}[{str(k)[:30]}]", v, depth + 1) for k, v in inner]
        kept = getattr(found, "__dict__", None) or {}
        slots = [s for k in type(found).__mro__ for s in getattr(k, "__slots__", ())]
        kept = {
            **kept,
            **{s: getattr(found, s, None) for s in slots if s != "__weakref__"},
        }
        queue += [(f"{path}.{name}", value, depth + 1) for name, value in kept.items()]
    return sizes
