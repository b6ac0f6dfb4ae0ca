"""The TypeScript module has what clients and server send, by Python's declarations."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import (
    MetaRouter,
    MountWarning,
    Route,
    RoutedNamespace,
    emits,
    on,
)
from nsroute.typescript import typescript_module
from tests.support.typescript_app import typescript_site


def module_of(*routes: Any, **handlers: Any) -> str:
    """Return the module of some routes."""
    app = Flask("typed")
    socketio = SocketIO(app, async_mode="threading")
    for name, function in handlers.items():
        socketio.on_event(name, function, namespace="*")
    return typescript_module(MetaRouter(routes).mount(socketio))


@pytest.fixture(scope="module")
def module() -> str:
    return typescript_module(typescript_site("threading").router)


def declared(module: str, name: str) -> str:
    """Return the declaration of a name, without the comment above it."""
    pattern = rf"^export (?:interface|type|function) {name}\b.*?(?=\n\n|\Z)"
    found = re.search(pattern, module, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no {name}"
    return found[0].strip()


DECLARED = """\
export type Colour = "blue" | "red";

export type Size = 1 | 2;

export type Pair = [number, string];

export type PairInput = [number, string?];

export interface PageInt {
  items: number[];
  next: number | null;
}

export interface Box {
  type: "box";
  sides: [number, number];
  inside?: Box | null;
}

export interface Circle {
  type: "circle";
  howWide: number;
}

export interface Sparse {
  always: number;
  sometimes?: number;
}

export interface Leaf {
  /** How big it is. */
  size: number;
}

export interface Quote {
  said: Said;
}

export interface QuoteInput {
  said: SaidInput;
}

export interface TestsSupportTypescriptAppOtherPoint {
  lat: number;
  long: number;
}

export type RoomAuth = Auth;

export type KindsParams = { id: Uuid };

export type Several2Params = { team: string; language: "de" | "en" } | { rest: string };

export function roomNamespace(params: RoomParams): string {
  return short("/rooms/" + whole(params.roomId, 0, null, 0));
}

export function severalNamespace(): string {
  return "/several";
}
"""


@pytest.mark.parametrize("text", DECLARED.strip().split("\n\n"))
def test_a_type_is_declared(module: str, text: str) -> None:
    """Each class is a type, with a second one where a client may leave things out."""
    name = text.split()[2].partition("(")[0]
    assert declared(module, name) == text


def test_events_are_members(module: str) -> None:
    """What the server sends, and what a client sends with a function for the answer."""
    sent = declared(module, "RoomServerToClient")
    assert "\n  /** Somebody said something. */\n" in sent
    assert "\n  said: (said: Said, byWhom: string) => void;\n" in sent
    answer = "answer: (...values: [boolean, string]) => void"
    assert f'\n  "are you sure?": (question: string, {answer}) => void;\n' in sent
    received = declared(module, "RoomClientToServer")
    answer = "answer: (answer: Answer<undefined>) => void"
    assert (
        f"\n  [event: `cursor:${{string}}`]: (x: number, {answer}) => void;" in received
    )


def test_docstrings_are_comments(module: str) -> None:
    """Indented as they were, and ended by nothing in them."""
    assert (
        "/**\n * What somebody said.\n *\n * In so many words *\\/ as that.\n */"
        in module
    )
    assert "/** A room where people talk. */\nexport type RoomSocket" in module


def test_the_same_routes_give_the_same_module(module: str) -> None:
    """Nothing in it depends on the process."""
    assert typescript_module(typescript_site("threading").router) == module
    assert not module.endswith("\n\n")


def test_only_what_is_needed_is_written() -> None:
    """Functions that no pattern needs are left out."""

    class Lobby(RoutedNamespace, namespace="/lobby"):
        pass

    module = module_of(Lobby)
    assert "function short" not in module
    assert "Auth" not in module
    assert "Uuid" not in module
    assert "export function lobbyNamespace(): string {" in module


def test_classes_of_one_name_are_told_apart() -> None:
    """None of them has the short name; what is the same but for that has a number."""

    def make(path: str) -> type[RoutedNamespace]:
        class Room(RoutedNamespace, namespace=path):
            pass

        return Room

    names = re.findall(r"function (\w+)\(", module_of(make("/a"), make("/b")))
    start = "testsUnitTypescriptTestModuleTestClassesOfOneNameAreToldApartMakeRoom"
    assert names[-2:] == [f"{start}Namespace", f"{start}2Namespace"]


def test_a_class_without_clients_is_left_out() -> None:
    """A function that takes its connects leaves nothing to send."""

    class Room(RoutedNamespace, namespace="/rooms"):
        @on("say")
        def say(self) -> None: ...

        @on("hear")
        def hear(self) -> None: ...

    with pytest.warns(MountWarning, match="takes this event away"):
        assert "RoomSocket" not in module_of(Room, connect=lambda *_: None)
    with pytest.warns(MountWarning, match="takes this event away"):
        module = module_of(Room, say=lambda *_: None)
    assert "say" not in declared(module, "RoomClientToServer")
    assert "hear" in declared(module, "RoomClientToServer")


def test_optional_auth_may_be_left_out() -> None:
    """`auth` with a default need not be sent."""

    class Room(RoutedNamespace, namespace="/rooms"):
        @on("connect")
        def join(self, auth: int | None = None) -> None: ...

    auth = declared(module_of(Room), "RoomAuth")
    assert auth == "export type RoomAuth = number | null | undefined;"


def test_a_handler_that_takes_anything_is_typed_so() -> None:
    """A wrapper without annotations, and a class that takes all events."""

    def wrap(function: Any) -> Any:
        def wrapper(*args: Any) -> Any: ...

        wrapper.__wrapped__ = function  # type: ignore[attr-defined]
        return wrapper

    class Room(RoutedNamespace, namespace="/rooms"):
        @on("wrapped")
        @wrap
        def wrapped(self, thing): ...  # type: ignore[no-untyped-def]

    class All(Namespace):
        def trigger_event(self, event: str, *args: Any) -> Any: ...

    module = module_of(Room, Route("/all", All))
    loose = "(...args: any[]) => void;"
    assert f"  wrapped: {loose}" in declared(module, "RoomClientToServer")
    assert f"  [event: string]: {loose}" in declared(module, "AllClientToServer")


def test_a_prefix_with_signs_of_templates_is_escaped() -> None:
    """A backtick or a placeholder in a prefix is text."""

    class Room(RoutedNamespace, namespace="/rooms"):
        @on("a`${b}\\*")
        def rest(self, event: str) -> None: ...

    received = declared(module_of(Room), "RoomClientToServer")
    assert "[event: `a\\`\\${b}\\\\${string}`]" in received


def test_names_are_those_of_typescript() -> None:
    """Parameters in camel case, none twice, and none that is a word of the language."""

    class Room(RoutedNamespace, namespace="/<some_name>/<someName>/<ID>"):
        @emits
        def sent(
            self, class_: int, for_whom: int, id_: int, _x: int, answer: int
        ) -> None: ...

    module = module_of(Room)
    names = ["class2", "forWhom", "id", "x", "answer"]
    args = ", ".join(f"{name}: number" for name in names)
    assert f"  sent: ({args}) => void;" in module
    params = "{ someName: string; someName2: string; id: string }"
    assert f"export type RoomParams = {params};" in module
