"""Rooms whose handlers wait where a test wants them to, and note what runs when."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_socketio import disconnect, join_room, rooms

from nsroute import RoutedNamespace, on
from tests.support.concurrency import gate, wait_for

__all__ = ["ByClient", "ByNamespace", "Noted", "Unordered", "gate"]


class Noted(RoutedNamespace):
    """Notes what begins and ends; `wait` waits for the test."""

    notes: list[Any]
    gates: tuple[Any, Any]

    @on("connect")
    def enter(self, auth: Any) -> bool:
        join_room("inside")
        self.notes.append(("connect", auth))
        return auth != "refuse"

    @on("disconnect")
    def leave(self, reason: str) -> None:
        self.notes.append(("disconnect", reason, sorted(rooms())))

    @on("wait")
    def wait(self, number: Any = None) -> Any:
        reached, go = self.gates
        self.notes.append(("begin", number))
        reached.set()
        wait_for(go)
        self.notes.append(("end", number))
        return number

    @on("say")
    def say(self, number: Any = None) -> Any:
        self.notes.append(("say", number))
        return number

    @on("at once", order=None)
    def at_once(self, number: Any = None) -> Any:
        self.notes.append(("at once", number))
        return number

    @on("in turn", order="namespace")
    def in_turn(self, number: Any = None) -> Any:
        self.notes.append(("in turn", number))
        return number

    @on("leave")
    def kick_itself(self) -> None:
        disconnect()
        self.notes.append(("after", "leave"))

    @on("kick")
    def kick(self, sid: str, namespace: str | None = None) -> None:
        disconnect(sid, namespace or self.namespace)
        self.notes.append(("after", "kick"))

    @on("sid")
    def whose(self) -> str:
        return str(request.sid)


class ByClient(Noted, namespace="/by-client/<int:room>"):
    """One event of a client at a time."""


class ByNamespace(Noted, namespace="/by-namespace/<int:room>", order="namespace"):
    """One thing at a time."""


class Unordered(Noted, namespace="/unordered/<int:room>", order=None):
    """Each event by itself."""
