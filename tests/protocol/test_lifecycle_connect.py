"""Who is let in, who is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from flask_socketio import ConnectionRefusedError as FlaskRefusal
from flask_socketio import Namespace
from socketio import packet

from nsroute import EventError, Route, RoutedNamespace, errorhandler, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)

INTERNAL = {"message": "internal error"}
BY_FALSE = {"message": "Connection rejected by server"}


@dataclass
class Reason:
    """What a packet carries once it is a dict."""

    days: int


class Unprintable(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


OUTCOMES: dict[str, tuple[Any, Any]] = {
    "a TypeError": (TypeError("inner"), INTERNAL),
    "a lost database": (
        ConnectionRefusedError("no database"),
        {"message": "Connection refused by server", "data": {"code": "refused"}},
    ),
    "an exception without text": (Unprintable(), INTERNAL),
    "SystemExit": (SystemExit(3), INTERNAL),
    "KeyboardInterrupt": (KeyboardInterrupt(), INTERNAL),
    "GeneratorExit": (GeneratorExit(), INTERNAL),
    "an error group": (ExceptionGroup("two", [ValueError("a")]), INTERNAL),
    "a refusal": (FlaskRefusal("sign in"), {"message": "sign in"}),
    "a refusal without words": (FlaskRefusal(), BY_FALSE),
    "a refusal with data": (
        FlaskRefusal("banned", Reason(3)),
        {"message": "banned", "data": {"days": 3}},
    ),
    "a refusal with several data": (
        FlaskRefusal("banned", 3, "days"),
        {"message": "banned", "data": [3, "days"]},
    ),
    "a refusal that no packet carries": (FlaskRefusal("no", object()), INTERNAL),
    "an EventError": (
        EventError("full", "The room is full.", {"limit": Decimal(2)}),
        {
            "message": "The room is full.",
            "data": {"code": "full", "details": {"limit": "2"}},
        },
    ),
}


class Door(RoutedNamespace, namespace="/doors/<int:number>"):
    runs = 0

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        type(self).runs += 1
        if auth == "False":
            return False
        if auth in OUTCOMES:
            raise OUTCOMES[auth][0]
        return ast.literal_eval(auth or "None")

    @on("ping")
    def ping(self) -> str:
        return "pong"


@every_config
@pytest.mark.parametrize("told", OUTCOMES)
def test_whatever_a_connect_handler_raises_refuses_the_client(
    config: ServerConfig, told: str
) -> None:
    """The handler ran once, the client has its answer, and nothing stays behind."""
    site = config.site(Door)
    site.app.testing = True  # from an event it would be raised
    client = PacketClient(site)
    Door.runs = 0
    assert client.refusal("/doors/1", told) == OUTCOMES[told][1]
    assert Door.runs == 1
    assert left_behind(site) == {"environ": 1}
    client.close()
    assert left_behind(site) == {}


@every_config
def test_nothing_but_none_and_true_lets_a_client_in(config: ServerConfig) -> None:
    """What else a connect handler returns is no consent."""
    site = config.site(Door)
    client = PacketClient(site)
    assert client.refusal("/doors/1", "False") == BY_FALSE
    for number, auth in enumerate(("0", "1", "[]", "''", "{'a': 1}"), start=2):
        told = client.refusal(f"/doors/{number}", auth)
        assert told == {**BY_FALSE, "data": {"code": "refused"}}
    client.join("/doors/8", "None")
    client.join("/doors/9", "True")
    client.close()
    assert left_behind(site) == {}


@every_config
def test_a_refused_client_may_try_again_at_once(config: ServerConfig) -> None:
    """A refusal does not keep the name from the connection."""
    site = config.site(Door)
    client = PacketClient(site)
    client.refusal("/doors/1", "a TypeError")
    client.refusal("/doors/1", "False")
    client.join("/doors/1")
    assert client.call("/doors/1", "ping") == "pong"
    client.close()
    assert left_behind(site) == {}


@every_config
def test_a_second_connect_is_refused_and_the_first_goes_on(
    config: ServerConfig,
) -> None:
    """A connection is in a namespace once; its handler is not run again."""
    site = config.site(Door)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.join("/doors/1")
    Door.runs = 0
    before = len(client.packets)
    client.send_packet(packet.CONNECT, "/doors/1")
    assert [one.packet_type for one in client.drain()[before:]] == [
        packet.CONNECT_ERROR
    ]
    assert Door.runs == 0
    assert client.call("/doors/1", "ping") == "pong"
    client.close()
    assert [d.kind for d in recorder.take()] == ["connect", "event", "disconnect"]
    assert left_behind(site) == {}


class Catcher(RoutedNamespace, namespace="/catchers/<int:number>"):
    @on("connect")
    def enter(self) -> None:
        raise LookupError("no such room")

    @errorhandler(LookupError)
    def caught(self, _error: LookupError) -> str:
        return "welcome all the same"


class PlainCatcher(Namespace):
    def on_connect(self) -> None:
        raise FlaskRefusal("not you")

    def on_fall(self) -> None:
        raise LookupError("fell")

    def error(self, _error: Exception) -> str:
        return "welcome all the same"


@every_config
def test_no_error_handler_lets_a_client_in(config: ServerConfig) -> None:
    """What an error handler returns is no permission, whosever it is."""
    site = config.site(Catcher, Route("/plain/<int:number>", PlainCatcher), Door)
    site.router.errorhandler(Exception)(lambda error: "welcome all the same")
    client = PacketClient(site)
    assert client.refusal("/catchers/1") == INTERNAL
    assert client.refusal("/plain/1") == {"message": "not you"}
    assert client.refusal("/doors/1", "a TypeError") == INTERNAL
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("always_connect", [False, True])
def test_an_exact_error_handler_of_flask_socketio_lets_nobody_in(
    always_connect: bool,
) -> None:
    """`on_error` of the concrete name is heard, but it cannot accept."""
    site = ServerConfig(always_connect=always_connect).site(Door)
    heard: list[str] = []
    site.socketio.on_error("/doors/1")(lambda error: heard.append(str(error)))
    client = PacketClient(site)
    assert client.refusal("/doors/1", "a TypeError") == INTERNAL
    assert heard == ["inner"]
    client.close()
    assert left_behind(site) == {}


@every_config
def test_the_outcome_of_each_connect_is_recorded_once(config: ServerConfig) -> None:
    """One dispatch for each attempt, with how it ended."""
    site = config.site(Door)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.join("/doors/1")
    client.refusal("/doors/2", "False")
    client.refusal("/doors/3", "a refusal")
    client.refusal("/doors/4", "an EventError")
    client.refusal("/doors/5", "a TypeError")
    failed = "rejected" if config.error_default else "error"
    assert [(d.namespace, d.outcome) for d in recorder.take()] == [
        ("/doors/1", "ok"),
        ("/doors/2", "refused"),
        ("/doors/3", "refused"),
        ("/doors/4", "refused"),
        ("/doors/5", failed),
    ]
    client.close()
    assert [d.kind for d in recorder.take()] == ["disconnect"]
