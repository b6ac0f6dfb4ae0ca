"""A namespace that answers with what a test puts there, and its client."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import attrs
import pytest

from nsroute import RoutedNamespace, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import error, site

SECRET = "the password is 12345"
INTERNAL = error("internal_error", "internal error")


class Colour(enum.Enum):
    RED = "red"


@attrs.frozen
class Point:
    x: int
    y: int


@dataclass
class Stroke:
    points: list[Point]
    colour: Colour


class Echo(RoutedNamespace, namespace="/echo"):
    """It answers with what the test puts here."""

    result: Any = None
    problem: BaseException | None = None

    @on("connect")
    def join(self, auth: Any = None) -> Any:
        return self._answer() if auth else None

    @on("say")
    def say(self) -> Any:
        return self._answer()

    @on("add")
    def add(self, first: int, second: int = 1) -> int:
        return first + second

    @on("draw")
    def draw(self, stroke: Stroke) -> int:
        return len(stroke.points)

    def _answer(self) -> Any:
        if self.problem is not None:
            raise self.problem
        return self.result


class EchoClient:
    """A client that is connected to `Echo`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.site = site(Echo)
        self.recorder = DispatchRecorder(self.site)
        self.client = inline_client(self.site)
        self.client.join("/echo")

    def told(self, result: Any) -> Any:
        """Give the acknowledgement of an event whose handler returns something."""
        self._monkeypatch.setattr(Echo, "result", result)
        return self.client.call("/echo", "say")

    def told_of(self, problem: BaseException) -> Any:
        """Give the acknowledgement of an event whose handler raises something."""
        self._monkeypatch.setattr(Echo, "problem", problem)
        return self.client.call("/echo", "say")

    def refused_with(self, problem: BaseException) -> Any:
        """Give what a client is told whose connect handler raises something."""
        self._monkeypatch.setattr(Echo, "problem", problem)
        return inline_client(self.site).refusal("/echo", "auth")
