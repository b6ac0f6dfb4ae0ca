"""Namespaces that answer, fail or are wrapped as a test says, and their clients."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import attrs
import pytest

from nsroute import Dispatch, Route, RoutedNamespace, errorhandler, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.event_log import Proceed
from tests.support.packet_client import PacketClient, inline_client
from tests.support.sites import Site, error, left_behind, site

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
        """Return the acknowledgement of an event whose handler returns something."""
        self._monkeypatch.setattr(Echo, "result", result)
        return self.client.call("/echo", "say")

    def told_of(self, problem: BaseException) -> Any:
        """Return the acknowledgement of an event whose handler raises something."""
        self._monkeypatch.setattr(Echo, "problem", problem)
        return self.client.call("/echo", "say")

    def refused_with(self, problem: BaseException) -> Any:
        """Return what a client is told whose connect handler raises something."""
        self._monkeypatch.setattr(Echo, "problem", problem)
        return inline_client(self.site).refusal("/echo", "auth")


class Broken(RoutedNamespace):
    """It raises what it is given, by name."""

    KINDS = {
        kind.__name__: kind
        for kind in (ValueError, UnicodeError, KeyError, IndexError, OSError)
    }

    @on("raise")
    def throw(self, kind: str) -> None:
        raise self.KINDS[kind]("secret")


class Base(Broken):
    """It handles some of what it raises."""

    @errorhandler(ValueError)
    def value(self, problem: ValueError) -> str:
        return "base value"

    @errorhandler(LookupError)
    def lookup(self, problem: LookupError) -> str:
        return "base lookup"


def served(target: Any, **config: Any) -> tuple[Any, PacketClient]:
    """Serve a class to a client; give the site and the client."""
    here = site(Route("/<name>", target), config=config)
    client = inline_client(here)
    client.join("/a")
    return here, client


INTERNAL_REFUSAL = {"message": "internal error"}


class Room(RoutedNamespace):
    """It tells its scene of each step, which may raise."""

    scene: Scene

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.scene.step("__init__")

    def opened(self) -> None:
        self.scene.step("opened")

    def accepted(self) -> None:
        self.scene.step("accepted")

    def closed(self) -> None:
        self.scene.step("closed")

    @on("connect")
    def join(self) -> None:
        self.scene.step("join")

    @on("ping")
    def ping(self) -> str:
        return "pong"

    @on("disconnect")
    def part(self) -> None:
        self.scene.step("part")


class HandledRoom(Room):
    """It asks its scene what to make of an error."""

    @errorhandler()
    def handle(self, problem: Exception) -> Any:
        self.scene.handled.append(problem)
        return self.scene.handle(problem)


class Scene:
    """A room that raises in one place, and what ran of it."""

    def __init__(
        self, broken: dict[str, BaseException], handle: Any = None, **config: Any
    ) -> None:
        self.broken = broken
        self.handle = handle
        self.heard: list[str] = []
        self.handled: list[Exception] = []
        base = Room if handle is None else HandledRoom
        staged = type("Staged", (base,), {"scene": self})
        route = Route("/rooms/<int:room_id>", staged)
        self.site: Site = site(route, config=config)
        self.recorder = DispatchRecorder(self.site)
        self.client = inline_client(self.site)

    def step(self, name: str) -> None:
        self.heard.append(name)
        if name in self.broken:
            raise self.broken[name]

    def is_empty(self) -> bool:
        """Return whether at most an open connection is left of any client."""
        return left_behind(self.site) in ({}, {"environ": 1})


def raises(exception: Exception) -> Callable[[Exception], Any]:
    """Make an error handler that raises."""

    def handle(_: Exception) -> Any:
        raise exception

    return handle


class Stage:
    """A class that notes what runs of it, behind one middleware of the router."""

    def __init__(self, middleware: Any, **router_options: Any) -> None:
        self.heard: list[str] = []
        heard = self.heard

        class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
            def opened(self) -> None:
                heard.append("opened")

            def accepted(self) -> None:
                heard.append("accepted")

            def closed(self) -> None:
                heard.append("closed")

            @on("connect")
            def join(self, auth: Any) -> Any:
                heard.append("join")
                return auth != "nobody"

            @on("echo")
            def echo(self, value: Any) -> Any:
                heard.append("echo")
                return value

            @on("disconnect")
            def part(self) -> None:
                heard.append("part")

        self.site = site(Room, middleware=[middleware], **router_options)
        self.recorder = DispatchRecorder(self.site)
        self.client = inline_client(self.site)


def only(kind: str, act: Callable[[Proceed], Any]) -> Any:
    """Make middleware that acts on one kind, and lets the others pass."""

    def middleware(dispatch: Dispatch, proceed: Proceed) -> Any:
        return act(proceed) if dispatch.kind == kind else proceed()

    return middleware


def raising(exception: BaseException) -> Callable[[Proceed], Any]:
    """Make what such middleware does where it raises an exception."""

    def act(_: Proceed) -> Any:
        raise exception

    return act
