"""What only the app's own JSON encoder knows goes out as that encodes it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from flask_socketio import Namespace, SocketIO
from socketio.packet import Packet

from nsroute import MetaRouter, Route, RoutedNamespace, on
from tests.support.mounting import new_app
from tests.support.packet_client import PacketClient, inline_client
from tests.support.sites import Site, error


class Point:
    """An object of a kind that only the app's encoder knows."""


class Unknown:
    """One that nobody knows."""


@attrs.frozen
class Holder:
    it: Any


KINDS = {
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


class PlainShapes(Namespace):  # type: ignore[misc]
    def on_give(self, kind: str) -> Any:
        return KINDS[kind]


def _encode(value: object) -> str:
    if isinstance(value, Point):
        return "a point"
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
