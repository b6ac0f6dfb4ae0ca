"""How the context of an event is entered and left, and what is kept for it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from flask import (
    Flask,
    Request,
    appcontext_pushed,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
)
from flask.sessions import SecureCookieSessionInterface
from flask_socketio import SocketIO, disconnect

from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.upstream.context import (
    ClientContext,
    RequestTemplate,
    client_context,
    forget_connection,
)
from tests.support.context_apps import plain_app
from tests.support.context_stage import EXACT, NAMESPACE, Stage

managed = pytest.mark.parametrize("manage_session", [True, False])
first = pytest.mark.parametrize("first", [True, False])


def connected(app: Flask | None = None, **options: Any) -> Stage:
    """Return a stage whose client is connected."""
    stage = Stage(app or plain_app(), **options)
    stage.connect()
    return stage


def context_of(stage: Stage, *, first: bool = False) -> ClientContext:
    """Return the context of the only client.

    Args:
        stage: The stage.
        first: Whether its next event is the first that its connection sees.
    """
    (context,) = stage.contexts.values()
    if not first:
        return context
    forget_connection(context.environ)
    return client_context(
        stage.socketio, context.environ, context.namespace, context.sid
    )


# --- entering and leaving ------------------------------------------------------------


@first
def test_run_returns_what_the_function_returns(first: bool) -> None:
    """The function gets its own arguments, the request those of the event."""
    context = context_of(connected(), first=first)

    def function(one: int, two: int) -> Any:
        return [one + two, request.event, request.sid == context.sid]

    found = context.run("add", ("a", "b"), function, 1, 2)
    assert found == [3, {"message": "add", "args": ("a", "b")}, True]


@first
def test_run_raises_what_the_function_raises(first: bool) -> None:
    """An exception comes out as it is, after the teardown functions saw it."""
    seen: list[Any] = []
    app = plain_app()
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    context = context_of(connected(app), first=first)
    seen.clear()
    error = LookupError("bad")

    def function() -> None:
        raise error

    with pytest.raises(LookupError, match="bad") as caught:
        context.run("x", (), function)
    assert caught.value is error
    assert seen == [error, error]


def test_a_client_knows_its_environ_and_its_app() -> None:
    """The environment of the handshake and the app can be read outside of events."""
    stage = connected()
    context = context_of(stage)
    assert context.app is stage.app
    assert context.environ is stage.socketio.server.environ[stage.client.eio_sid]


def test_events_of_one_client_run_at_once_and_share_nothing() -> None:
    """Two events of one client in two threads each have a request and a `g`."""
    context = context_of(connected())
    entered, leaving = [Event(), Event()], [Event(), Event()]

    def function(number: int) -> Any:
        request.mark = g.mark = number
        entered[number].set()
        assert leaving[number].wait(5)
        return [request.mark, g.mark, request.event["args"]]

    with ThreadPoolExecutor(2) as pool:
        runs: list[Future[Any]] = []
        for number in (0, 1):
            runs.append(pool.submit(context.run, "x", (number,), function, number))
            assert entered[number].wait(5)
        for number in (0, 1):
            leaving[number].set()
            assert runs[number].result(5) == [number, number, (number,)]


class BrokenStore(SecureCookieSessionInterface):
    """Sessions that cannot be opened, from some moment on."""

    broken = False

    def open_session(self, app: Flask, request: Request) -> Any:
        g.connection_to_close = True
        if self.broken:
            raise ConnectionError("no store")
        return super().open_session(app, request)


@managed
@first
@pytest.mark.parametrize("nested", [True, False])
def test_a_session_that_cannot_be_opened_leaves_nothing_pushed(
    first: bool, nested: bool, manage_session: bool
) -> None:
    """The event fails with the error of the store, which the teardown functions see."""
    store, seen = BrokenStore(), []
    app = plain_app(session_interface=store)
    app.teardown_appcontext(lambda error: seen.append([error, sorted(g)]))
    context = context_of(connected(app, manage_session=manage_session), first=first)
    store.broken = True
    seen.clear()

    def fail() -> None:
        with pytest.raises(ConnectionError, match="no store") as caught:
            context.run("x", (), pytest.fail)
        assert seen == [[caught.value, ["connection_to_close"]]]

    if nested:
        with app.app_context():
            g.mark = "outer"
            fail()
            assert g.mark == "outer"
    else:
        fail()
    assert not has_app_context()
    assert not has_request_context()


@first
def test_an_app_context_that_cannot_be_pushed_leaves_nothing_pushed(
    first: bool,
) -> None:
    """What a receiver of `appcontext_pushed` raises comes out, before the handler."""
    app, seen = plain_app(), []
    app.teardown_appcontext(seen.append)
    context = context_of(connected(app), first=first)
    seen.clear()
    error = LookupError("refused")

    def refuse(sender: Flask, **values: Any) -> None:
        raise error

    with (
        appcontext_pushed.connected_to(refuse, app),
        pytest.raises(LookupError, match="refused"),
    ):
        context.run("x", (), pytest.fail)
    assert seen == [error]
    assert not has_app_context()


@pytest.mark.parametrize("step", ["request_context", "app_context"])
def test_a_context_that_flask_cannot_make_leaves_nothing_pushed(step: str) -> None:
    """The next event gets a context as if nothing had happened."""

    class BrokenFlask(Flask):
        broken = ""

        def request_context(self, environ: Any) -> Any:
            if self.broken == "request_context":
                raise OSError(current_app.name)  # the context around is current here
            return super().request_context(environ)

        def app_context(self) -> Any:
            if self.broken == "app_context":
                raise OSError(self.name)
            return super().app_context()

    app: Any = plain_app(BrokenFlask)
    context = context_of(connected(app))
    with app.app_context():
        g.mark, app.broken = "outer", step
        with pytest.raises(OSError, match="stage"):
            context.run("x", (), pytest.fail)
        assert g.mark == "outer"
    app.broken = ""
    assert context.run("x", (), lambda: request.sid) == context.sid


# --- `g` is of one dispatch ----------------------------------------------------------


@first
def test_an_event_within_an_app_context_has_its_own_g(first: bool) -> None:
    """The `g` around it is neither seen nor changed, and no teardown function runs."""
    app, ended = plain_app(), []
    app.teardown_appcontext(lambda error: ended.append(sorted(g)))
    context = context_of(connected(app), first=first)

    def handler() -> Any:
        found = sorted(g)
        g.inner = 1
        return [found, current_app.name]

    with app.app_context():
        g.outer = 1
        ended.clear()
        assert context.run("x", (), handler) == [[], "stage"]
        assert [sorted(g), ended] == [["outer"], [["inner"]]]
        assert not has_request_context()


@managed
def test_a_handler_that_disconnects_another_client_keeps_its_g(
    manage_session: bool,
) -> None:
    """The disconnect handler runs inside the event, with a `g` of its own."""
    stage = connected(manage_session=manage_session)
    beside = stage.socketio.test_client(stage.app, namespace=NAMESPACE)
    _, other = stage.contexts
    found: list[Any] = []

    def leave(reason: str) -> None:
        found.append([sorted(g), request.sid == other, request.event["message"]])
        g.user = "theirs"

    def kick() -> Any:
        g.user = "mine"
        session["mark"] = 1
        stage._function = leave
        disconnect(other)
        return [g.user, sorted(g), request.event["message"], session["mark"]]

    assert stage.event(kick) == ["mine", ["user"], "probe", 1]
    assert found == [[[], True, "disconnect"]]
    assert not beside.is_connected(NAMESPACE)


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """Notes what each of its handlers finds in `g`."""

    found: list[Any]

    @on("connect")
    def join(self) -> None:
        g.user = "who joins"

    @on("kick")
    def kick(self, sid: str) -> Any:
        before = sorted(g)
        g.user = "who kicks"
        disconnect(sid)
        return [before, g.user, sorted(g), request.event["message"]]

    @on("disconnect")
    def leave(self) -> None:
        self.found.append([sorted(g), request.sid, request.event["message"]])
        g.user = "who leaves"


@pytest.mark.usefixtures("quiet")
def test_a_kick_in_a_routed_namespace_leaves_g_alone() -> None:
    """Neither an event nor a view shares its `g` with the disconnect it causes."""
    Room.found = []
    app = plain_app()
    socketio = SocketIO(app, async_mode="threading")
    MetaRouter([Room]).mount(socketio)
    clients = [socketio.test_client(app, namespace="/rooms/1") for _ in range(3)]
    sids = [*socketio.server.manager.rooms["/rooms/1"][None]]

    @app.route("/kick/<sid>")
    def kick(sid: str) -> list[Any]:
        g.user = "the view's"
        disconnect(sid, namespace="/rooms/1")
        return [g.user, sorted(g), request.path == f"/kick/{sid}"]

    mine = clients[0].emit("kick", sids[1], namespace="/rooms/1", callback=True)
    assert mine == [[], "who kicks", ["user"], "kick"]
    viewed = app.test_client().get(f"/kick/{sids[2]}")
    assert viewed.get_json() == ["the view's", ["user"], True]
    assert Room.found == [[[], sid, "disconnect"] for sid in sids[1:]]


# --- what is kept for a connection ---------------------------------------------------


def count_calls(app: Flask, name: str) -> list[Any]:
    """Return a list that grows with each call of a method of the URL map."""
    calls: list[Any] = []
    original: Callable[..., Any] = getattr(app.url_map, name)

    def counted(*args: Any, **options: Any) -> Any:
        calls.append(args)
        return original(*args, **options)

    setattr(app.url_map, name, counted)
    return calls


def test_the_url_of_a_connection_is_bound_and_matched_once() -> None:
    """The events after the first take what Flask found for it."""
    app = plain_app()
    calls = count_calls(app, "bind_to_environ")
    stage = connected(app)
    for number in range(3):
        assert stage.event(lambda *_: request.event["args"], number) == (number,)
    assert len(calls) == 1


def test_the_clients_of_a_connection_share_what_is_kept_for_it() -> None:
    """A client in a further namespace of a connection costs three references."""
    stage = connected()
    environ = context_of(stage).environ
    kept = environ["nsroute.connection"]
    more = client_context(stage.socketio, environ, EXACT, "sid")
    assert environ["nsroute.connection"] is kept
    assert not hasattr(more, "__dict__")


def test_what_is_kept_for_a_connection_is_dropped_when_it_has_ended() -> None:
    """Forgetting twice is as good as once, and an event may still run."""
    stage = connected()
    context = context_of(stage)
    environ = context.environ
    before = len(environ)
    del stage.socketio.server.environ[stage.client.eio_sid]
    for _ in range(2):
        forget_connection(environ)
    assert context.run("x", (), lambda: request.sid) == context.sid
    assert environ["nsroute.connection"] is None
    assert len(environ) == before
    forget_connection(unknown := {})
    assert unknown == {}


def test_what_is_kept_for_a_connection_does_not_keep_its_first_event() -> None:
    """Neither the arguments of an event nor the frames of its callers stay alive."""
    context = context_of(connected(), first=True)

    def call() -> list[weakref.ref[Any]]:
        local, arg = {1}, {2}
        context.run("x", (arg,), lambda: request.routing_exception)
        return [weakref.ref(local), weakref.ref(arg)]

    left = call()
    gc.collect()
    assert [one() for one in left] == [None, None]


def test_a_session_that_two_first_events_begin_is_one() -> None:
    """The event that is second takes the session that is there."""
    context = context_of(connected())
    context.environ.pop("saved_session")

    def outer() -> None:
        session["outer"] = 1
        context.run("x", (), lambda: session.update(inner=2))

    context.run("x", (), outer)
    assert context.run("x", (), lambda: dict(session)) == {"outer": 1, "inner": 2}


def test_a_session_is_not_opened_again_where_that_has_no_effect() -> None:
    """The session of the connection is there; any other interface wants to be asked."""
    opened: list[Any] = []

    class Signing(SecureCookieSessionInterface):
        def get_signing_serializer(self, app: Flask) -> Any:
            opened.append(app)
            return super().get_signing_serializer(app)

    stage = connected(plain_app(session_interface=Signing()))
    stage.event(lambda: session.update(a=1))
    assert stage.event(lambda: dict(session)) == {"a": 1}
    assert len(opened) == 1


def test_a_context_of_another_shape_is_made_by_its_public_constructor() -> None:
    """Flask 3.2 takes the request and the session; nothing private is set."""

    class Context:
        def __init__(self, app: Any, *, request: Any, session: Any = None) -> None:
            self.app, self.made_with = app, (request, session)

        @property
        def request(self) -> Any:
            return self.made_with[0]

        def match_request(self) -> None:
            raise AssertionError

    app = plain_app()
    template = RequestTemplate(Context(app, request=Request({"PATH_INFO": "/a"})))
    made = template.new_context(stored := {"a": 1})
    assert [made.app, made.made_with[1], made.request.path] == [app, stored, "/a"]
    made.match_request()
    assert template.new_context(None).request is not made.request
