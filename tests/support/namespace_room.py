"""A class that tells what it knows, and counts what happens to its objects."""

from __future__ import annotations

from typing import Any

from flask import request

from nsroute import RoutedNamespace, on


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """It tells what it knows, and counts what happens to it."""

    made: list[Room] = []

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.made.append(self)
        self.steps: list[str] = [f"made {self.namespace} {dict(self.params)}"]
        self.drawn = 0

    def opened(self) -> None:
        self.steps.append(f"opened for {request.sid} {len(self.clients)}")

    def accepted(self) -> None:
        self.steps.append(f"accepted {request.sid} {len(self.clients)}")

    def closed(self) -> None:
        self.steps.append(f"closed by {request.sid} {len(self.clients)}")

    @on("connect")
    def join(self, auth: Any = None) -> bool:
        self.steps.append(f"join {request.sid} {len(self.clients)}")
        self.client["user"] = auth
        return auth != "nobody"

    @on("draw")
    def draw(self) -> int:
        self.drawn += 1
        return self.drawn

    @on("whoami")
    def whoami(self) -> list[Any]:
        return [self.client["user"], request.sid]

    @on("clients")
    def who(self) -> list[str]:
        return sorted(self.clients)

    @on("params")
    def tell_params(self, *, room_id: int) -> list[Any]:
        return [room_id, self.params["room_id"], type(room_id).__name__]

    @on("disconnect")
    def part(self) -> None:
        self.steps.append(f"part {self.client['user']} {len(self.clients)}")
