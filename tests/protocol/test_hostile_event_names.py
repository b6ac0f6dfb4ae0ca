"""Names of events that no client library would send, and what they cannot do."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import RoutedNamespace, on
from tests.support.concurrency import run_beside
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.hostile_sites import Vault
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _runs() -> None:
    Vault.runs = []


SPOOFS = [
    ["connect"],
    ["connect", {"environ": 1}, {"admin": True}],
    ["connect", {"wsgi.errors": {"write": 1}}, "right"],
    ["connect", {"wsgi.errors": "write", "flask.app": "x"}, None],
    ["disconnect"],
    ["disconnect", "spoofed"],
    ["disconnect", "client disconnect"],
    ["disconnect", "server disconnect", 1],
]


@every_config
@pytest.mark.parametrize("data", SPOOFS, ids=str)
def test_an_event_named_like_the_lifecycle_runs_no_lifecycle_handler(
    config: ServerConfig, data: list[Any]
) -> None:
    """It is answered and recorded as `reserved_event`; the client stays as it is."""
    site = config.site(Vault)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.join("/vaults/a")
    Vault.runs.clear()
    answer = client.call("/vaults/a", *data)
    assert answer["error"]["code"] == "reserved_event"
    assert Vault.runs == []
    assert client.call("/vaults/a", "say", 1) == [1]
    client.close()
    assert Vault.runs == ["say", "transport close"]
    assert recorder.shown() == [
        ("connect", "connect", "ok", None),
        ("event", data[0], "rejected", "reserved_event"),
        ("event", "say", "ok", None),
        ("disconnect", "disconnect", "ok", None),
    ]
    assert left_behind(site) == {}


@every_config
def test_a_spoofed_disconnect_beside_a_genuine_one_is_nothing(
    config: ServerConfig,
) -> None:
    """Also at the moment when upstream is about to disconnect the client."""
    site = config.site(Vault)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    sid = client.join("/vaults/a")
    server: Any = site.socketio.server
    answers: list[Any] = []
    noted = server.manager.pre_disconnect

    def spoof() -> None:
        reason = server.reason.SERVER_DISCONNECT
        spoofed = server._trigger_event("disconnect", "/vaults/a", sid, reason)
        answers.append(spoofed)

    def begin(*args: Any, **options: Any) -> Any:
        """Let the thread of an event begin that was let through just before."""
        found = noted(*args, **options)
        run_beside(site, spoof)()
        return found

    server.manager.pre_disconnect = begin
    client.leave("/vaults/a")
    assert answers[0]["error"]["code"] == "reserved_event"
    assert Vault.runs == ["connect", "client disconnect"]
    outcomes = [(d.kind, d.outcome) for d in recorder.take()]
    assert outcomes == [("connect", "ok"), ("event", "rejected"), ("disconnect", "ok")]
    client.close()
    assert left_behind(site) == {}


NAMES = [5, -1, 2.5, True, False, None, [], ["a"], {}, {"a": 1}, [["connect"]]]


@every_config
@pytest.mark.parametrize("name", NAMES, ids=str)
def test_an_event_whose_name_is_no_text_is_refused_as_such(
    config: ServerConfig, name: Any
) -> None:
    """It is answered `invalid_event`, recorded, and runs nothing."""
    site = config.site(Vault)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.join("/vaults/a")
    answer = client.call("/vaults/a", name, "x")
    assert answer["error"]["code"] == "invalid_event"
    assert Vault.runs == ["connect"]
    assert recorder.shown()[-1] == ("event", name, "rejected", "invalid_event")
    client.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("name", [b"connect", b"disconnect", b"say", b"", {"a": b"b"}])
def test_binary_is_no_name_of_an_event(config: ServerConfig, name: Any) -> None:
    """A placeholder in the place of the name becomes bytes, which is no text."""
    site = config.site(Vault)
    client = PacketClient(site)
    client.join("/vaults/a")
    answer = client.call("/vaults/a", name, "x")
    assert answer["error"]["code"] == "invalid_event"
    assert Vault.runs == ["connect"]
    client.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize(
    "name",
    ["", "*", " ", "\0", "_set_server", "on_say", "enter", "__class__", "é" * 500],
)
def test_any_text_is_a_name_and_none_reaches_a_method_by_it(
    config: ServerConfig, name: str
) -> None:
    """What is declared nowhere goes to the handler of the rest, under its name."""
    site = config.site(Vault)
    client = PacketClient(site)
    client.join("/vaults/a")
    assert client.call("/vaults/a", name, 1) == [name, 1]
    assert Vault.runs == ["connect", name]
    client.close()
    assert left_behind(site) == {}


class Silent(RoutedNamespace, namespace="/silent/<string:name>"):
    """It handles nothing."""

    on_something = "this is no handler"

    @property
    def on_property(self) -> None:
        raise AssertionError("nobody may look at it")

    def helper(self) -> None:
        raise AssertionError("nobody may call it")


@every_config
@pytest.mark.parametrize("event", ["say", "property", "something", "helper", "_x"])
def test_an_event_that_nothing_handles_is_answered(
    config: ServerConfig, event: str
) -> None:
    """The client learns that it is unhandled instead of waiting for ever."""
    site = config.site(Silent)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.join("/silent/a")
    answer = client.call("/silent/a", event)
    assert answer["error"]["code"] == "unhandled_event"
    assert recorder.shown()[-1] == ("event", event, "unhandled", "unhandled_event")
    client.close()
    assert left_behind(site) == {}


def test_a_text_for_an_event_is_the_event_of_its_first_letter() -> None:
    """Upstream takes a text apart as it takes a list; nothing else comes of it."""

    class Letters(RoutedNamespace, namespace="/letters/<name>"):
        @on("a")
        def spell(self, *rest: str) -> str:
            return "".join(rest)

    site = ServerConfig(async_handlers=False).site(Letters)
    client = PacketClient(site)
    client.join("/letters/x")
    client.send_frame('2/letters/x,7"abc"')
    assert client.acknowledgement("/letters/x", 7) == "bc"
    client.close()
    assert left_behind(site) == {}
