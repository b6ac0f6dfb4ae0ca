"""What only the app's own JSON encoder knows goes out as that encodes it."""

from __future__ import annotations

import enum
import json
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import attrs
import pydantic
import pytest
from flask_socketio import Namespace, SocketIO, emit
from socketio.packet import Packet

from nsroute import MetaRouter, Route, RoutedNamespace, on
from nsroute.arguments import to_wire_beside
from nsroute.upstream.packets import PacketEncoder
from tests.support.mounting import new_app
from tests.support.packet_client import PacketClient, inline_client
from tests.support.sites import Site, error, site


class Point:
    """An object of a kind that only the app's encoder knows."""


class Unknown:
    """One that nobody knows."""


@attrs.frozen
class Holder:
    it: Any


class Model(pydantic.BaseModel):
    at: datetime
    price: Decimal


class Text(str):
    """Text of a class of one's own."""

    __slots__ = ()


class Colour(enum.Enum):
    RED = "red"


AT = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
KEY = UUID(int=7)

KINDS = {
    "at": {"at": AT},
    "at and by": {"at": AT, "by": Holder([AT, KEY])},
    "model": [Model(at=AT, price=Decimal("1.50")), Colour.RED, Text("text")],
    "binary": {"raw": bytearray(b"raw"), "at": (AT, {AT.date()})},
    "keys": {1: AT, Colour.RED: KEY},
    "endless": {"at": AT, "number": float("inf")},
    "point": Point(),
    "points": [Point(), {"at": Point()}],
    "several": (1, Point()),
    "held": Holder(1),
    "unknown": Unknown(),
    "mixed": [Point(), Unknown()],
}


class Shapes(RoutedNamespace):
    @on("give")
    def give(self, kind: str) -> Any:
        return KINDS[kind]

    @on("emit")
    def send_it(self, kind: str) -> None:
        self.emit("given", KINDS[kind])

    @on("send")
    def send_all(self, kind: str) -> None:
        """Send it each way that there is."""
        name = self.namespace
        self.emit("given", KINDS[kind])
        emit("given", KINDS[kind])
        emit("given", KINDS[kind], broadcast=True)
        self.socketio.emit("given", KINDS[kind], namespace=name)
        self.server.emit("given", KINDS[kind], namespace=name)


class PlainShapes(Namespace):  # type: ignore[misc]
    def on_give(self, kind: str) -> Any:
        return KINDS[kind]

    def on_send(self, kind: str) -> None:
        self.emit("given", KINDS[kind])
        emit("given", KINDS[kind])


def _encode(value: object) -> str:
    if isinstance(value, Point):
        return "a point"
    if isinstance(value, datetime):
        return f"the year {value.year}"
    if isinstance(value, Decimal):
        return f"{value} EUR"
    raise TypeError(f"no encoder for {value!r}")


def _dumps(value: Any, **options: Any) -> str:
    return json.dumps(value, default=_encode, **options)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> PacketClient:
    """A client of both classes, on a `SocketIO` with an encoder of its own."""
    monkeypatch.setattr(Packet, "json", Packet.json)  # upstream keeps it on the class
    encoder = SimpleNamespace(dumps=_dumps, loads=json.loads)
    app = new_app()
    socketio = SocketIO(app, async_mode="threading", json=encoder)
    router = MetaRouter(
        [Route("/routed/<x>", Shapes), Route("/plain/<x>", PlainShapes)], log=False
    )
    client = inline_client(Site(app, socketio, router.mount(socketio)))
    client.join("/routed/a")
    client.join("/plain/a")
    return client


@pytest.mark.parametrize("namespace", ["/routed/a", "/plain/a"])
@pytest.mark.parametrize(
    "kind, told",
    [
        ("point", "a point"),
        ("points", ["a point", {"at": "a point"}]),
        ("several", (1, "a point")),
        ("held", {"it": 1}),
        ("unknown", error("internal_error", "internal error")),
        ("mixed", error("internal_error", "internal error")),
        ("at", {"at": "the year 2026"}),
        (
            "at and by",
            {"at": "the year 2026", "by": {"it": ["the year 2026", str(KEY)]}},
        ),
        ("model", [{"at": "the year 2026", "price": "1.50 EUR"}, "red", "text"]),
        ("binary", {"raw": b"raw", "at": ["the year 2026", ["2026-02-28"]]}),
        ("keys", {"1": "the year 2026", "red": str(KEY)}),
        ("endless", error("internal_error", "internal error")),
    ],
)
def test_a_result_is_encoded_as_the_app_encodes(
    client: PacketClient, namespace: str, kind: str, told: Any
) -> None:
    """Typed objects become what they always do; the rest is left to the encoder."""
    assert client.call(namespace, "give", kind) == told


def test_what_is_emitted_is_too(client: PacketClient) -> None:
    """`self.emit` takes what the encoder knows, and refuses what nobody does."""
    client.call("/routed/a", "emit", "points")
    assert client.received("/routed/a") == [("given", ["a point", {"at": "a point"}])]
    assert client.call("/routed/a", "emit", "unknown") == error(
        "internal_error", "internal error"
    )


@pytest.mark.parametrize("namespace", ["/routed/a", "/plain/a"])
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"several"}))
def test_each_way_to_send_is_the_same(
    client: PacketClient, namespace: str, kind: str
) -> None:
    """Returned, by `self.emit`, by `flask_socketio.emit`, and past both."""
    returned = client.call(namespace, "give", kind)
    answer = client.call(namespace, "send", kind)
    if answer != ():
        assert answer == returned == error("internal_error", "internal error")
        return
    received = client.received(namespace)
    assert len(received) in (2, 5)
    assert received == [("given", returned)] * len(received)


def test_what_has_no_route_is_left_to_upstream(client: PacketClient) -> None:
    """Mounting changes nothing of what an app sends to its other namespaces."""
    client.join("/")
    client.server.emit("given", {"at": AT})
    with pytest.raises(TypeError, match="no encoder for Holder"):
        client.server.emit("given", Holder(1))
    assert client.received("/") == [("given", {"at": "the year 2026"})]


def test_without_an_encoder_all_that_is_typed_is_sent_each_way() -> None:
    """As text, where JSON has nothing for it."""
    client = inline_client(site(Route("/routed/<x>", Shapes)))
    client.join("/routed/a")
    client.call("/routed/a", "send", "at and by")
    told = AT.isoformat().replace("+00:00", "Z")
    assert (
        client.received("/routed/a")
        == [("given", {"at": told, "by": {"it": [told, str(KEY)]}})] * 5
    )


def test_a_structure_that_holds_itself_cannot_be_sent() -> None:
    """Neither with an encoder of the app's own."""
    endless: list[Any] = [Holder(1)]
    endless.append(endless)
    with pytest.raises(ValueError, match="too deep, or holds itself"):
        to_wire_beside(endless, lambda leaf: False)
    assert to_wire_beside("text", bool) == "text"
    assert to_wire_beside(["text"], bool) == ["text"]


class Lenient(Packet):  # type: ignore[misc]
    """A serializer that sends what it does not know as its text."""

    def encode(self) -> str:
        return json.dumps(self.data, default=str)


def test_a_serializer_of_ones_own_is_asked_for_what_nobody_knows() -> None:
    """All or nothing: it cannot be asked for a part."""
    server: Any = SimpleNamespace(packet_class=Lenient)
    packets = PacketEncoder(server)
    unknown = Unknown()
    assert packets.sendable([unknown]) == [unknown]
    assert packets.carried((unknown, 1)) == (unknown, 1)
    assert packets.carried(Holder(1)) == {"it": 1}
