"""The live object: what it knows, whom it serves, and when it opens and closes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from nsroute import Route, RoutedNamespace, on
from tests.support.namespace_room import Room
from tests.support.packet_client import inline_client
from tests.support.sites import error, site


@pytest.fixture(autouse=True)
def _forget() -> None:
    Room.made = []


def test_one_object_serves_all_clients_of_a_name() -> None:
    """Clients of one namespace share the object, those of another have another."""
    here = site(Room)
    ann, bob = inline_client(here), inline_client(here)
    for client in (ann, bob):
        client.join("/rooms/1")
    ann.join("/rooms/2")
    assert [client.call("/rooms/1", "draw") for client in (ann, bob)] == [1, 2]
    assert ann.call("/rooms/2", "draw") == 1
    assert here.router.live == {"/rooms/1": Room.made[0], "/rooms/2": Room.made[1]}


def test_the_life_of_an_object() -> None:
    """It opens before the first connect handler, closes after the last disconnect."""
    here = site(Room)
    ann, bob = inline_client(here), inline_client(here)
    first = ann.join("/rooms/1", "ann")
    second = bob.join("/rooms/1", "bob")
    ann.leave("/rooms/1")
    bob.leave("/rooms/1")
    (room,) = Room.made
    assert room.steps == [
        "made /rooms/1 {'room_id': 1}",
        f"opened for {first} 0",
        f"join {first} 0",
        f"accepted {first} 1",
        f"join {second} 1",
        f"accepted {second} 2",
        "part ann 1",
        "part bob 0",
        f"closed by {second} 0",
    ]
    assert here.router.live == {}


def test_who_comes_after_the_last_gets_a_new_object() -> None:
    """After its last client an object is not used again."""
    client = inline_client(site(Room))
    for _ in range(2):
        client.join("/rooms/1")
        assert client.call("/rooms/1", "draw") == 1
        client.leave("/rooms/1")
    assert len(Room.made) == 2


def test_a_refused_client_is_never_among_the_clients() -> None:
    """Whom the connect handler refuses is not accepted, and is not a client."""
    here = site(Room)
    ann = inline_client(here)
    ann.join("/rooms/1")
    inline_client(here).refusal("/rooms/1", "nobody")
    (room,) = Room.made
    assert set(room.clients) == set(ann.sids.values())
    assert [step.split()[0] for step in room.steps].count("accepted") == 1
    assert "closed" not in [step.split()[0] for step in room.steps]


def test_clients_are_those_who_are_here() -> None:
    """`clients` holds the sids of the clients of that object, as they are now."""
    here = site(Room)
    ann, bob = inline_client(here), inline_client(here)
    sids = [client.join("/rooms/1") for client in (ann, bob)]
    bob.join("/rooms/2")
    assert ann.call("/rooms/1", "clients") == sorted(sids)
    bob.leave("/rooms/1")
    assert ann.call("/rooms/1", "clients") == [sids[0]]
    assert isinstance(Room.made[0].clients, Mapping)


def test_params_are_converted_and_read_only() -> None:
    """`params` has the converted parameters; a keyword-only parameter gets its own."""
    client = inline_client(site(Room))
    client.join("/rooms/42")
    assert client.call("/rooms/42", "params") == [42, 42, "int"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        Room.made[0].params["room_id"] = 43  # type: ignore[index]


def test_all_handlers_may_have_the_parameters() -> None:
    """Lifecycle and prefix handlers get parameters by name too; a default may do."""
    heard: list[Any] = []

    class Board(RoutedNamespace):
        @on("connect")
        def join(self, auth: Any = None, *, name: str) -> None:
            heard.append(("connect", auth, name))

        @on("*")
        def rest(self, event: str, *args: Any, name: str, other: int = 7) -> None:
            heard.append((event, args, name, other))

        @on("disconnect")
        def part(self, reason: str, *, name: str) -> None:
            heard.append((reason, name))

    client = inline_client(site(Route("/boards/<name>", Board)))
    client.join("/boards/art", "auth")
    client.call("/boards/art", "say", 1)
    client.leave("/boards/art")
    assert heard == [
        ("connect", "auth", "art"),
        ("say", (1,), "art", 7),
        ("client disconnect", "art"),
    ]


def test_no_client_names_a_keyword_parameter() -> None:
    """What a client sends is positional: it never gets at a keyword-only parameter."""
    client = inline_client(site(Room))
    client.join("/rooms/42")
    told = client.call("/rooms/42", "params", {"room_id": 43})
    assert told["error"]["code"] == "invalid_arguments"


# --- the lock ------------------------------------------------------------------------


def test_the_lock_may_be_taken_again() -> None:
    """`lock` is one for the object, and whoever holds it may take it again."""
    client = inline_client(site(Room))
    client.join("/rooms/1")
    client.join("/rooms/2")
    one, two = Room.made
    assert one.lock is one.lock
    assert one.lock is not two.lock
    with one.lock, one.lock:
        assert two.lock.acquire(blocking=False)
    two.lock.release()


def test_the_lock_keeps_others_out() -> None:
    """Another thread does not get the lock while it is held."""
    inline_client(site(Room)).join("/rooms/1")
    (room,) = Room.made
    got: list[bool] = []
    with room.lock:
        other = threading.Thread(target=lambda: got.append(room.lock.acquire(False)))
        other.start()
        other.join()
    assert got == [False]


def test_an_object_that_is_registered_nowhere_has_a_lock() -> None:
    """`lock` works before the namespace is registered."""
    with Room("/rooms/1").lock as taken:
        assert taken


# --- trigger_event -------------------------------------------------------------------


def test_an_object_that_is_registered_nowhere_dispatches_nothing() -> None:
    """`trigger_event` says so where the namespace is not registered."""
    with pytest.raises(RuntimeError, match="is not registered on a SocketIO"):
        Room("/rooms/1").trigger_event("draw", "sid")


def test_the_base_class_itself_serves_a_namespace_in_which_nothing_happens() -> None:
    """As a plain `Namespace` does: clients come, hear what is emitted to it, and go."""
    here = site(Route("/rooms/<int:room_id>", RoutedNamespace))
    here.socketio.on_namespace(RoutedNamespace("/exact"))
    client = inline_client(here)
    for name in ("/rooms/1", "/exact"):
        client.join(name)
        here.socketio.emit("news", 1, namespace=name)
        assert client.received(name) == [("news", 1)]
        assert client.call(name, "any") == error(
            "unhandled_event", "Nothing handles this event."
        )
        client.leave(name)
    assert not here.router.live
