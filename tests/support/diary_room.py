"""Rooms that note in a diary who comes and goes."""

from __future__ import annotations

from typing import Any

from nsroute import RoutedNamespace, on


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    diary: list[Any]

    def opened(self) -> None:
        self.diary.append("opened")

    @on("connect")
    def enter(self, auth: Any = None) -> bool:
        self.diary.append("connect")
        return auth != "refuse"

    def accepted(self) -> None:
        self.diary.append("accepted")
        self.emit("welcome")

    @on("say")
    def say(self, text: str) -> str:
        return text

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.diary.append(reason)

    def closed(self) -> None:
        self.diary.append("closed")
