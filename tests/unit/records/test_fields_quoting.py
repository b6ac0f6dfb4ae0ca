"""What a record says of arguments that are not valid: nothing that the client sent."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

import attrs
import pytest
from pydantic import BaseModel, field_validator
from structlog.testing import capture_logs

from nsroute import LogPolicy, RoutedNamespace, on
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG


class Credentials(BaseModel):
    password: str

    @field_validator("password")
    @classmethod
    def is_long(cls, value: str) -> str:
        if len(value) < 20:
            raise ValueError(f"{value} is too short")
        return value


@attrs.frozen
class Login:
    password: str = attrs.field(validator=attrs.validators.matches_re("[a-z]+"))


class Suit(Enum):
    HEARTS = "hearts"


class Desk(RoutedNamespace, namespace="/desk"):
    @on("login")
    def login(self, login: Login) -> None: ...

    @on("credentials")
    def credentials(self, credentials: Credentials) -> None: ...

    @on("many")
    def many(self, logins: dict[str, list[int]]) -> None: ...

    @on("suit")
    def suit(self, suit: Suit) -> None: ...

    @on("union")
    def union(self, one: Login | int) -> None: ...


@pytest.mark.parametrize(
    "event, payload, error",
    [
        ("login", {"password": "HUNTER2"}, "arguments[0]: Not valid"),
        ("credentials", {"password": "HUNTER2"}, "arguments[0]: Not valid"),
        ("many", {"HUNTER2": [1, "x"]}, "arguments[0][…]: Expected `int`, got `str`"),
        ("many", {"HUNTER2": "x"}, "arguments[0][…]: Expected `array`, got `str`"),
        ("suit", "HUNTER2", 'arguments[0]: Expected one of "hearts"'),
        ("union", "HUNTER2", "arguments[0]: Expected `int | object`, got `str`"),
        ("login", {}, "arguments[0].password: Required, but missing"),
    ],
)
def test_no_record_says_what_a_refused_payload_held(
    event: str, payload: Any, error: str
) -> None:
    """The client gets the words of the validator; the record does not have them."""
    site = DEFAULT_CONFIG.site(Desk, log=LogPolicy(payloads=True))
    client = PacketClient(site)
    client.join("/desk")
    with capture_logs() as records:
        answer = client.call("/desk", event, payload)
    [record] = records
    assert record["error"] == error
    if event in ("login", "credentials"):
        assert "HUNTER2" not in json.dumps(record, default=str)
        assert ("HUNTER2" in json.dumps(answer)) == bool(payload)
