"""What the pages say in tables is true as well."""

from __future__ import annotations

import inspect
import re
import tomllib

import pytest
from flask import Flask, Response
from flask_socketio import Namespace, SocketIO

import nsroute
from nsroute import Route, RoutedNamespace, RouteError, RouteTable
from tests.support.packet_client import inline_client
from tests.support.servers import ROOT
from tests.support.sites import Site, error, site


class Old(Namespace):
    """A class of Flask-SocketIO with a bug in a handler."""

    def on_connect(self, auth: object = None) -> object:
        if auth == "bug":
            raise ValueError("a bug")
        return Response(status=401) if auth == "response" else None

    def on_bug(self) -> None:
        raise ValueError("a bug")


def _before() -> Site:
    app = Flask("before")
    socketio = SocketIO(app, async_mode="threading")
    socketio.on_namespace(Old("/old"))
    return Site(app, socketio)


HOW_TO = ROOT / "docs" / "how-to"


def _first_cells(page: str, header: str) -> list[str]:
    """Return the code in the first column of the table with this header."""
    _, _, below = page.partition(header)
    table, _, _ = below.partition("\n\n")
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_the_names_that_match_nothing_match_nothing() -> None:
    """Each name of the page's table is refused by the routes that stand above it."""
    page = (HOW_TO / "routes.md").read_text()
    text, _, _ = page.partition("| Name | Why not |")
    patterns = re.findall(r"`(/[^`]+)`", text[text.index("beside the routes") :])
    names = _first_cells(page, "| Name | Why not |\n|---|---|\n")
    table = RouteTable([Route(pattern, Namespace) for pattern in patterns])
    assert len(names) == 17
    assert [name for name in names if table.match(name) is not None] == []
    assert len(patterns) == 4


def test_the_rooms_of_the_code_are_those_that_the_linter_keeps() -> None:
    """The page lists the layers that `lint-imports` holds the modules to, in order."""
    page = (ROOT / "docs" / "explanation" / "design.md").read_text()
    _, _, below = page.partition("| Module | What it does |\n|---|---|\n")
    rows = re.findall(r"^\| (.+?) \|", below.partition("\n\n")[0], re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    kept = [re.findall(r"\w+", layer) for layer in layers]
    kept.remove(["pytest_plugin"])  # pytest's way to `testing`, outside the package
    assert [re.findall(r"\w+", row) for row in rows] == kept


def test_the_api_page_documents_what_is_public() -> None:
    """Each name in `nsroute.__all__` has an entry of its own, and only one."""
    page = (ROOT / "docs" / "reference" / "api.md").read_text()
    entries = re.findall(r"^\.\. auto\w+:: nsroute\.(\w+)\b(?!\.)", page, re.MULTILINE)
    assert sorted(entries) == sorted(nsroute.__all__)


def test_what_changes_behind_a_route() -> None:
    """A bug leaves a client of Flask-SocketIO without answer, one of a route not."""
    client = inline_client(_before())
    with pytest.raises(ValueError, match="a bug"):
        client.join("/old", "bug")  # raised through, and no packet before it
    assert client.packets == []
    client = inline_client(_before())
    client.join("/old")
    with pytest.raises(ValueError, match="a bug"):
        client.call("/old", "bug")
    assert client.call("/old", "unknown") == ()
    client = inline_client(site(Route("/old", Old)))
    assert client.refusal("/old", "bug") == {"message": "internal error"}
    client.join("/old")
    assert client.call("/old", "bug") == error("internal_error", "internal error")
    assert client.call("/old", "unknown")["error"]["code"] == "unhandled_event"


class Moving(Namespace):
    """As it was, and what it becomes."""

    def on_connect(self, sid: object) -> bool:
        return sid != "refuse"

    def on_say(self, text: str) -> str:
        return text


def test_a_wrong_number_of_arguments_is_answered_behind_a_route_alone() -> None:
    """Upstream calls the handler, which raises."""
    app = Flask("before")
    socketio = SocketIO(app, async_mode="threading")
    socketio.on_namespace(Moving("/old"))
    client = inline_client(Site(app, socketio))
    client.join("/old")
    assert client.call("/old", "connect", "an event") is True
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        client.call("/old", "say")
    client = inline_client(site(Route("/old", Moving)))
    client.join("/old")
    assert client.call("/old", "say")["error"]["code"] == "invalid_arguments"
    assert client.call("/old", "connect")["error"]["code"] == "reserved_event"


def test_a_sid_that_is_the_auth_is_an_error_with_the_base_alone() -> None:
    """A plain class keeps its ways behind a route."""
    client = inline_client(site(Route("/old", Moving)))
    assert client.refusal("/old", "refuse")
    with pytest.raises(RouteError, match="'sid' would be the auth"):

        class Moved(RoutedNamespace):
            on_connect = Moving.on_connect


def test_a_client_without_auth_is_refused_with_the_base_alone() -> None:
    """`auth: dict` takes no None there; `auth: dict | None` does."""

    class Old(Namespace):
        def on_connect(self, auth: dict[str, object]) -> None:
            assert auth is None

    class New(RoutedNamespace):
        def on_connect(self, auth: dict[str, object]) -> None: ...

    class Right(RoutedNamespace):
        def on_connect(self, auth: dict[str, object] | None = None) -> None: ...

    client = inline_client(
        site(Route("/old", Old), Route("/new", New), Route("/right", Right))
    )
    client.join("/old")
    client.join("/right")
    assert client.refusal("/new")["data"]["code"] == "invalid_arguments"


def test_a_response_of_a_connect_handler_refuses_behind_a_route_alone() -> None:
    """Flask-SocketIO lets in a client whom `login_required` meant to keep out."""
    assert inline_client(_before()).join("/old", "response")
    refusal = inline_client(site(Route("/old", Old))).refusal("/old", "response")
    assert refusal["data"] == {"code": "unauthorized"}


def test_an_error_handler_lets_a_client_into_flask_socketio_alone() -> None:
    """What `on_error` returns is a permission there, and none behind a route."""
    before, after = _before(), site(Route("/old", Old))
    for one in (before, after):
        one.socketio.on_error("/old")(lambda error: "sorry")
    assert inline_client(before).join("/old", "bug")
    assert inline_client(after).refusal("/old", "bug") == {"message": "internal error"}


def test_what_changes_with_the_base() -> None:
    """Of the two `call`, one waits for ever; of the two `emit`, one takes `to`."""
    old, new = (inspect.signature(one.call) for one in (Namespace, RoutedNamespace))
    assert old.parameters["timeout"].default is None
    assert new.parameters["timeout"].default == 60
    assert "to" not in inspect.signature(Namespace.emit).parameters
