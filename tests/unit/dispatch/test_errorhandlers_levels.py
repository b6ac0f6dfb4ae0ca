"""Error handlers: whose turn it is, from the class to Flask-SocketIO's own."""

from __future__ import annotations

from typing import Any

from flask_socketio import Namespace

from nsroute import Route, errorhandler, on
from tests.support.dispatch_namespaces import INTERNAL, Base, Broken, served
from tests.support.packet_client import inline_client
from tests.support.sites import site

# --- on the router -------------------------------------------------------------------


def test_the_router_handles_the_rest() -> None:
    """The router's handlers get what the class does not handle, the nearest first."""
    here, client = served(Base)

    @here.router.errorhandler(OSError)
    def system(problem: OSError) -> str:
        return "router system"

    @here.router.errorhandler()
    def rest(problem: Exception) -> str:
        return "router rest"

    assert client.call("/a", "raise", "ValueError") == "base value"
    assert client.call("/a", "raise", "OSError") == "router system"

    class Room(Broken):
        pass

    here2 = site(Route("/<name>", Room))
    here2.router.errorhandler(LookupError, ValueError)(rest)
    wire2 = inline_client(here2)
    wire2.join("/a")
    assert wire2.call("/a", "raise", "KeyError") == "router rest"
    assert wire2.call("/a", "raise", "UnicodeError") == "router rest"
    assert wire2.call("/a", "raise", "OSError") == INTERNAL


def test_the_class_comes_before_the_router() -> None:
    """A class's handler of a farther exception beats the router's of a nearer one."""

    class Room(Broken):
        @errorhandler()
        def rest(self, problem: Exception) -> str:
            return "class"

    here, client = served(Room)
    here.router.errorhandler(ValueError)(lambda problem: "router")
    assert client.call("/a", "raise", "ValueError") == "class"


# --- on a plain class, and Flask-SocketIO's own --------------------------------------


class Plain(Namespace):  # type: ignore[misc]
    def on_raise(self, kind: str) -> None:
        raise Broken.KINDS[kind]("secret")


class PlainWithError(Plain):
    def error(self, problem: Exception) -> str:
        return f"error {type(problem).__name__}"


def test_a_plain_class_may_use_both_ways() -> None:
    """A plain class's own `errorhandler` comes before its method `error`."""

    class Chat(PlainWithError):
        @errorhandler(ValueError)
        def value(self, problem: ValueError) -> str:
            return "value"

    _, client = served(Chat)
    assert client.call("/a", "raise", "ValueError") == "value"
    assert client.call("/a", "raise", "KeyError") == "error KeyError"


def test_the_levels_have_an_order() -> None:
    """Class, router, a plain class's `error`, `on_error`, `on_error_default`."""

    class Chat(PlainWithError):
        @errorhandler(ValueError)
        def value(self, problem: ValueError) -> str:
            return "class"

    here = site(Route("/with/<name>", Chat), Route("/without/<name>", Plain))
    here.router.errorhandler(KeyError)(lambda problem: "router")
    here.socketio.on_error("/without/a")(lambda problem: "on_error")
    here.socketio.on_error_default(lambda problem: "on_error_default")
    client = inline_client(here)
    for name in ("/with/a", "/without/a", "/without/b"):
        client.join(name)
    told = {
        (name, kind): client.call(name, "raise", kind)
        for name in ("/with/a", "/without/a", "/without/b")
        for kind in ("ValueError", "KeyError", "OSError")
    }
    assert told == {
        ("/with/a", "ValueError"): "class",
        ("/with/a", "KeyError"): "router",
        ("/with/a", "OSError"): "error OSError",
        ("/without/a", "ValueError"): "on_error",
        ("/without/a", "KeyError"): "router",
        ("/without/a", "OSError"): "on_error",
        ("/without/b", "ValueError"): "on_error_default",
        ("/without/b", "KeyError"): "router",
        ("/without/b", "OSError"): "on_error_default",
    }


def test_a_class_that_moved_over_keeps_its_error_method() -> None:
    """A class whose base became `RoutedNamespace` still has its `error` called."""

    class Room(Broken):
        def error(self, problem: Exception) -> str:
            return "moved"

    assert served(Room)[1].call("/a", "raise", "OSError") == "moved"


def test_a_route_named_error_is_no_error_handler() -> None:
    """A method `error` that is the route of an event never gets an exception."""
    heard: list[Any] = []

    class Room(Broken):
        @on("error")
        def error(self, text: Any) -> str:
            heard.append(text)
            return str(text)

    _, client = served(Room)
    assert client.call("/a", "raise", "OSError") == INTERNAL
    assert client.call("/a", "error", "from the client") == "from the client"
    assert heard == ["from the client"]


def test_an_errorhandler_named_error_handles_its_kinds_only() -> None:
    """A method `error` with `errorhandler` does not get all the rest besides."""

    class Room(Broken):
        @errorhandler(ValueError)
        def error(self, problem: Exception) -> str:
            return "value"

    _, client = served(Room)
    assert client.call("/a", "raise", "UnicodeError") == "value"
    assert client.call("/a", "raise", "OSError") == INTERNAL


def test_an_attribute_named_error_is_no_error_handler() -> None:
    """An attribute `error` that cannot be called is left alone."""

    class Room(Broken):
        error = "none so far"

    assert served(Room)[1].call("/a", "raise", "OSError") == INTERNAL


def test_a_standing_namespace_has_the_same() -> None:
    """Without a router, the class's handlers and Flask-SocketIO's own are asked."""
    here = site()
    here.socketio.on_namespace(Base("/lobby"))
    here.socketio.on_error("/lobby")(lambda problem: "on_error")
    client = inline_client(here)
    client.join("/lobby")
    assert client.call("/lobby", "raise", "KeyError") == "base lookup"
    assert client.call("/lobby", "raise", "OSError") == "on_error"
