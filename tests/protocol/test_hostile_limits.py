"""How much one client may have, and how little of what it chooses is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from nsroute import EventError, LogPolicy, RoutedNamespace, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import PacketClient, Refused
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
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


@every_config
@pytest.mark.usefixtures("quiet")
def test_a_client_joins_so_many_namespaces_and_no_more(config: ServerConfig) -> None:
    """The next is refused and recorded; no object is made for it."""
    site = config.site(Cell, max_namespaces_per_client=3)
    recorder, client, other = (
        DispatchRecorder(site),
        PacketClient(site),
        PacketClient(site),
    )
    for number in range(3):
        client.join(f"/cells/{number}")
    Cell.made = 0
    assert client.refusal("/cells/x") == FULL
    assert Cell.made == 0
    last = recorder.take()[-1]
    assert (last.kind, last.outcome, last.code) == (
        "connect",
        "refused",
        "too_many_namespaces",
    )
    assert isinstance(last.error, EventError)
    other.join("/cells/x")
    client.close()
    other.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.usefixtures("quiet")
def test_whatever_ends_a_stay_frees_its_place(config: ServerConfig) -> None:
    """Leaving, being disconnected, being refused, failing, not being routed."""
    site = config.site(Cell, max_namespaces_per_client=3)
    client = PacketClient(site)
    server: Any = site.socketio.server
    for turn in range(4):
        for auth in ("refuse", "raise"):
            client.refusal(f"/cells/{turn}", auth)
        with pytest.raises(Refused):
            client.join(f"/nowhere/{turn}")
        for number in range(3):
            client.join(f"/cells/{turn}/{number}")
        assert client.refusal("/cells/x") == FULL
        client.leave(f"/cells/{turn}/0")
        server.disconnect(client.sids[f"/cells/{turn}/1"], f"/cells/{turn}/1")
        client.join("/cells/x")
        client.join("/cells/y")
        assert client.refusal("/cells/z") == FULL
        for name in ("/cells/x", "/cells/y", f"/cells/{turn}/2"):
            client.leave(name)
    client.close()
    assert left_behind(site) == {}


@pytest.mark.usefixtures("quiet")
def test_the_limit_is_that_of_the_connection_not_of_the_name() -> None:
    """Any number of clients may be in one namespace; refused joins count for nobody."""
    site = DEFAULT_CONFIG.site(Cell, max_namespaces_per_client=1)
    clients = [PacketClient(site) for _ in range(20)]
    for client in clients:
        client.join("/cells/1")
        client.refusal("/cells/2")
    for client in clients:
        client.close()
    assert left_behind(site) == {}


@pytest.mark.usefixtures("quiet")
def test_the_default_limit_is_a_hundred() -> None:
    """Where nobody says otherwise."""
    site = DEFAULT_CONFIG.site(Cell)
    client = PacketClient(site)
    for number in range(100):
        client.join(f"/cells/{number}")
    refused = client.refusal("/cells/100")
    assert refused["data"] == {"code": "too_many_namespaces"}
    client.close()
    assert left_behind(site) == {}


@pytest.mark.usefixtures("quiet")
def test_a_name_of_more_than_a_thousand_characters_matches_nothing() -> None:
    """It is refused like any unrouted name."""
    site = DEFAULT_CONFIG.site(Cell)
    client = PacketClient(site)
    fits = "/cells/" + "x" * 993
    client.join(fits)
    assert client.refusal(fits + "x") == {"message": "Invalid namespace"}
    client.close()
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


@every_config
def test_what_a_client_chooses_is_cut_before_it_is_recorded(
    log: LogCapture, config: ServerConfig
) -> None:
    """Names, event names, parameters and payloads, whatever their size."""
    site = config.site(Cell)
    client = PacketClient(site)
    big = "x" * 900
    huge = "y" * 100_000
    client.join(f"/cells/{big}")
    client.call(f"/cells/{big}", huge, huge)
    client.call(f"/cells/{big}", "say", huge, {huge: [huge] * 1000}, [[[[[[huge]]]]]])
    client.call(f"/cells/{big}", ["z" * 100_000])
    client.refusal(f"/{huge}")
    client.close()
    assert len(log.entries) == 6
    for entry in log.entries:
        assert all(len(text) <= 500 for text in texts(entry))
        assert sum(map(len, texts(entry))) < 20_000


def test_a_record_is_written_whatever_the_client_puts_into_it(log: LogCapture) -> None:
    """Halves of surrogate pairs, line ends and escape codes cannot lose or fake one."""
    site = DEFAULT_CONFIG.site(Cell)
    client = PacketClient(site)
    client.join("/cells/1")
    for name in ("\ud800", "a\nb", "\x1b[31mred", "\u202e"):
        client.call("/cells/1", name)
        client.call("/cells/1", "say", name, {name: name})
        client.send_frame(f"0/x{name},")
    client.close()
    assert len(log.entries) == 14
    for entry in log.entries:
        assert all(text.encode() for text in texts(entry))
        # A renderer writes the list of a payload as code, which escapes for itself.
        entry.pop("payload", None)
        assert all(text.isprintable() for text in texts(entry))


@pytest.mark.usefixtures("quiet")
def test_nothing_that_a_client_chooses_stays_as_a_key() -> None:
    """Names, events, rooms and payloads of one client are in no table afterwards."""
    site = DEFAULT_CONFIG.site(Cell)
    server: Any = site.socketio.server
    tables = _tables(site.router, server)
    client = PacketClient(site)
    for number in range(300):
        client.join(f"/cells/{number}")
        client.call(f"/cells/{number}", f"event {number}", {f"key {number}": number})
        client.send_frame(f'2/cells/{number},["say"]')
        client.send_frame(f"3/cells/{number},{number}[]")
        client.leave(f"/cells/{number}")
        client.refusal(f"/unrouted/{number}")
    client.close()
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
