"""A class behind one middleware, and middleware that acts on one kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsroute import Dispatch, RoutedNamespace, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.event_log import Proceed
from tests.support.packet_client import inline_client
from tests.support.sites import site


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
