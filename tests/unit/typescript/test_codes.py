"""The codes of errors are looked for in the source."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, request
from flask_socketio import SocketIO

import nsroute
from nsroute import EventError, MetaRouter, RoutedNamespace
from nsroute.typescript import typescript_module
from nsroute.typescript.codes import OWN
from tests.support.servers import ROOT
from tests.support.typescript_app import typescript_site


def test_codes_are_those_that_the_source_names() -> None:
    """Of nsroute, of middleware, and where an `EventError` is made."""
    module = typescript_module(typescript_site("threading").router)
    [line] = re.findall(r"^export type ErrorCode = (.*);$", module, re.MULTILINE)
    *codes, rest = line.split(" | ")
    assert rest == "(string & {})"
    assert codes == sorted(codes)
    ours = {"invalid_arguments", "unhandled_event", "too_many_namespaces"}
    theirs = {"banned", "said_nothing", "members_only", "rate_limited"}
    assert {*(f'"{one}"' for one in ours | theirs)} < {*codes}


class Banned(EventError):
    """An error with a code of its own."""

    def __init__(self, user: str) -> None:
        super().__init__("user_banned", f"{user} is banned.")


class Teapot(EventError):
    """An error whose code is given."""


def _raise_all(dispatch: Any) -> None:
    """Raise what the module of the test is searched for."""
    raise {
        1: Banned("not_a_code"),
        2: nsroute.EventError("by_attribute"),
        3: Teapot(code="by_keyword"),
        4: EventError("a" + str(dispatch)),
        5: (dispatch or EventError)("not_known"),
        6: Teapot(5),  # type: ignore[arg-type]
        7: Teapot(),  # type: ignore[call-arg]
        8: request.args.get("x"),  # which cannot be evaluated here
        9: request("not_evaluated"),  # type: ignore[operator]
    }[1]


def test_codes_are_found_where_errors_are_made() -> None:
    """By any name of the class, in a derived class, and in middleware."""

    def layer(dispatch: Any, proceed: Any) -> Any:
        raise EventError(code)

    class Layer:
        def __call__(self, dispatch: Any, proceed: Any) -> Any: ...

    code = "of_a_closure"
    typed_in: dict[str, Any] = {}
    exec("def layer(dispatch, proceed): return proceed()", typed_in)
    layers = [Layer(), layer, typed_in["layer"]]

    class Room(RoutedNamespace, namespace="/rooms", middleware=layers):
        pass

    app = Flask("coded")
    router = MetaRouter([Room]).mount(SocketIO(app, async_mode="threading"))
    module = typescript_module(router)
    [line] = re.findall(r"^export type ErrorCode = .*$", module, re.MULTILINE)
    found = {"user_banned", "by_attribute", "by_keyword", "of_a_closure"}
    assert {one for one in found if f'"{one}"' in line} == found
    assert "not_a_code" not in line
    assert "not_known" not in line


def test_codes_of_nsroute_are_those_of_its_page() -> None:
    """Each code of the page about answers is in the module."""
    page = (ROOT / "docs" / "reference" / "answers.md").read_text()
    codes = re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)
    codes += re.findall(r"code `([a-z_]+)`", page)
    assert len(codes) > 15
    assert {*codes} - {*OWN} == {"rate_limited"}
