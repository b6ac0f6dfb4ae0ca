"""A plain class behind a route that overrides `trigger_event` gets all events."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_socketio import Namespace, emit

from nsroute import Route
from tests.support.local import Tape, Wire, names, site
from tests.support.plain_chat import join_chat


class Everything(Namespace):  # type: ignore[misc]
    """It takes all events in one method, and answers with them."""

    def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "connect":
            emit("connected", [len(args), args[0] == request.sid, args[2]])
            return args[2] != "nobody"
        if event == "boom":
            raise RuntimeError("secret")
        return [event, *args]


def test_everything_goes_to_an_override() -> None:
    """An overridden `trigger_event` gets all events, with upstream's arguments."""
    here = site(Route("/chats/<name>", Everything))
    tape = Tape(here.router)
    wire = Wire(here)
    sid = wire.join("/chats/a", "ann")
    assert wire.heard("/chats/a") == [("connected", [3, True, "ann"])]
    assert wire.call("/chats/a", "say", 1, b"2") == ["say", sid, 1, b"2"]
    assert wire.call("/chats/a", "boom")["error"]["code"] == "internal_error"
    wire.leave("/chats/a")
    assert [(d.event, d.outcome) for d in tape.all] == [
        ("connect", "ok"),
        ("say", "ok"),
        ("boom", "error"),
        ("disconnect", "ok"),
    ]
    assert {d.target for d in tape.all} == {"Everything.trigger_event"}
    assert tape.last.args == ("client disconnect",)


def test_an_override_refuses() -> None:
    """What an override returns for a connect decides, and no auth is None."""
    here = site(Route("/chats/<name>", Everything))
    wire = Wire(here)
    wire.refusal("/chats/a", "nobody")
    assert here.router.live == {}
    wire.join("/chats/a")
    assert names(wire.heard("/chats/a")) == ["connected", "connected"]


def test_an_override_is_spared_made_up_lifecycle_events() -> None:
    """An override never gets a connect or a disconnect that a client made up."""
    wire = join_chat(Everything)
    for name in ("connect", "disconnect"):
        told = wire.call("/chats/a", name, {"admin": True})
        assert told["error"]["code"] == "reserved_event"
