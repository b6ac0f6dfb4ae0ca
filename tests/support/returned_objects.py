"""Objects that handlers may return or emit, and that become something else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import ipaddress
from typing import Any, NamedTuple

import attrs
import msgspec
import pydantic


class Text(str):
    __slots__ = ()


class Number(int): ...


class Real(float): ...


class Binary(bytes): ...


class Colour(enum.Enum):
    RED = "red"
    PAIR = (1, 2)


class Level(enum.IntEnum):
    LOW = 1


class Flags(enum.Flag):
    A = 1
    B = 2


class Pair(NamedTuple):
    left: Any
    right: Any


@attrs.frozen
class Point:
    x: float
    y: Any = 0
    _private: int = 5


@dataclasses.dataclass
class Span:
    first: int
    point: Point


class Move(msgspec.Struct, tag="move"):
    to: Point


class Team(pydantic.BaseModel):
    host: ipaddress.IPv4Address
    score: int

    @pydantic.field_serializer("score", when_used="json")
    def spell(self, score: int) -> str:
        return ["none", "one", "two"][score]


class Profile(pydantic.BaseModel):
    name: str
    pictures: tuple[dict[str, Any], ...] = ()
    url: pydantic.AnyUrl | None = None
    password: pydantic.SecretStr = pydantic.SecretStr("x")
    since: dt.date = dt.date(2026, 2, 3)
