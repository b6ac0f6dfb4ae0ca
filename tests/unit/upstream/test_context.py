"""How an event's context is entered and left, and what is kept for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import copy_context
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import (
    Flask,
    appcontext_pushed,
    g,
    has_app_context,
    request,
    session,
)

from nsroute.upstream.context import (
    ClientContext,
    client_context,
    forget_connection,
)
from nsroute.upstream.ordinary_context import Connection
from tests.support.context_stage import (
    BrokenStore,
    checked,
    connected,
    only_context,
    plain_app,
)


@pytest.fixture(params=["ordinary", "chosen"])
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of context."""
    return str(request.param)


@pytest.fixture(autouse=True)
def nothing_stays_pushed() -> Iterator[None]:
    """Look after each test whether a context was left behind."""
    yield
    assert not has_app_context()


# --- entering and leaving ------------------------------------------------------------


def test_run_returns_what_the_function_returns(kind: str) -> None:
    """The function gets its own arguments, the request those of the event."""
    context = only_context(connected(kind))

    def function(one: int, two: int) -> Any:
        return [one + two, request.event, request.sid == context.sid]

    found = context.run("add", ("a", "b"), function, 1, 2)
    assert found == [3, {"message": "add", "args": ("a", "b")}, True]


def test_run_raises_what_the_function_raises(kind: str) -> None:
    """An exception comes out as it is, after the teardown functions saw it."""
    seen: list[Any] = []
    app = plain_app()
    app.teardown_request(seen.append)
    context = only_context(connected(kind, app))
    seen.clear()
    error = LookupError("bad")

    def function() -> None:
        raise error

    with pytest.raises(LookupError, match="bad") as caught:
        context.run("x", (), function)
    assert caught.value is error
    assert seen == [error]


def test_enter_and_exit_can_be_called_apart(kind: str) -> None:
    """Between `enter` and `exit` the request of the event is the current one."""
    context = only_context(connected(kind))
    entered = context.enter("x", (1,))
    assert request.event == {"message": "x", "args": (1,)}
    assert entered.request.sid == context.sid
    context.exit(entered)


def test_exit_tells_the_teardown_functions_of_an_error(kind: str) -> None:
    """An error that was handled in between can still be told to `exit`."""
    seen: list[Any] = []
    app = plain_app()
    app.teardown_appcontext(seen.append)
    context = only_context(connected(kind, app))
    error = ValueError("handled")
    context.exit(context.enter("x", ()), error)
    assert seen[-1] is error


def test_a_client_knows_its_environ_and_its_app(kind: str) -> None:
    """The environment of the handshake and the app can be read outside of events."""
    stage = connected(kind)
    context = only_context(stage)
    assert context.app is stage.app
    assert context.environ is stage.socketio.server.environ[stage.client.eio_sid]


def test_events_of_one_client_run_at_once_and_share_nothing(kind: str) -> None:
    """Two threads in two events of one client each have a request and a `g`."""
    context = only_context(connected(kind))
    inside = Barrier(2)
    found: list[Any] = []

    def function(number: int) -> None:
        request.mark = g.mark = number
        inside.wait(5)
        found.append([number, request.mark, g.mark, request.event["args"]])
        inside.wait(5)

    threads = [
        Thread(target=context.run, args=("x", (number,), function, number))
        for number in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [[0, 0, 0, (0,)], [1, 1, 1, (1,)]]


@pytest.mark.parametrize("manage_session", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_session_that_cannot_be_opened_leaves_nothing_pushed(
    kind: str, manage_session: bool, first: bool
) -> None:
    """The event fails with the error of the store, which the teardown functions see."""
    app = plain_app()
    app.session_interface = store = BrokenStore()
    seen: list[Any] = []
    app.teardown_appcontext(lambda error: seen.append([error, sorted(g)]))
    context = only_context(connected(kind, app, manage_session=manage_session))
    if first:
        forget_connection(context.environ)
        context.connection = type(context.connection).of(
            context.connection.socketio, context.environ, context.connection.eio_sid
        )
    store.broken = True
    seen.clear()
    with pytest.raises(ConnectionError, match="no store") as caught:
        context.run("x", (), pytest.fail)
    assert seen == [[caught.value, ["connection_to_close"]]]
    assert not has_app_context()


def test_an_app_context_that_cannot_be_pushed_fails_the_event(kind: str) -> None:
    """What a receiver of `appcontext_pushed` raises comes out, before the handler."""
    stage = connected(kind)
    context = only_context(stage)

    def refuse(sender: Flask, **values: Any) -> None:
        raise LookupError("refused")

    with (
        appcontext_pushed.connected_to(refuse, stage.app),
        pytest.raises(LookupError, match="refused"),
    ):
        copy_context().run(context.run, "x", (), pytest.fail)


# --- what a connection's clients share -----------------------------------------------


def test_the_clients_of_a_connection_share_what_is_kept_for_it() -> None:
    """A client in a further namespace of a connection costs three references."""
    stage = connected()
    stage.serve("/other")
    environ = only_context(stage).environ
    sid = only_context(stage).sid
    clients = [
        client_context(stage.socketio, environ, "/probe", sid),
        client_context(stage.socketio, environ, "/other", sid),
    ]
    assert clients[0].connection is clients[1].connection
    assert not hasattr(clients[0], "__dict__")


def test_what_is_kept_for_a_connection_is_let_go_when_it_has_ended() -> None:
    """Forgetting twice is as good as once."""
    environ = only_context(connected()).environ
    before = {key for key in environ if key.startswith("nsroute.")}
    forget_connection(environ)
    forget_connection(environ)
    assert before == {"nsroute.connection"}
    assert environ["nsroute.connection"] is None


def test_events_run_on_after_the_connection_was_forgotten(kind: str) -> None:
    """A handler's event that outlives its connection still finds its request."""
    stage = connected(kind)
    context = only_context(stage)
    del stage.socketio.server.environ[stage.client.eio_sid]
    forget_connection(context.environ)
    assert context.run("x", (), lambda: request.sid) == context.sid
    assert context.environ["nsroute.connection"] is None


@checked
def test_the_template_of_a_connection_keeps_no_frames() -> None:
    """What was raised while the URL was matched is kept without its traceback."""
    app = plain_app()
    for hosts in (None, ["example.org"]):
        app.config["TRUSTED_HOSTS"] = hosts
        stage = connected(app=app)
        stage.event(lambda: request.path)
        template = only_context(stage).connection.template
        assert template.routing_exception.__traceback__ is None
        assert template.attributes.get("routing_exception") is None


@checked
def test_the_cookies_of_a_connection_are_parsed_once() -> None:
    """They cannot change, neither in the environment nor in the hands of a handler."""
    stage = connected(manage_session=False)
    found = [stage.event(lambda: request.cookies) for _ in range(2)]
    assert found[0] is found[1]


def test_the_connection_of_a_context_may_change_its_kind() -> None:
    """An app that gets its own request context while it serves is served ordinarily."""
    stage = connected()
    context = only_context(stage)
    stage.app.request_context = stage.app.request_context
    again = client_context(
        stage.socketio, context.environ, context.namespace, context.sid
    )
    assert type(again) is ClientContext
    assert type(again.connection) is Connection


# --- the managed session -------------------------------------------------------------


def test_a_session_that_two_first_events_begin_is_one(kind: str) -> None:
    """Whoever comes second takes the session that is there."""
    stage = connected(kind)
    context = only_context(stage)
    context.environ.pop("saved_session", None)

    def outer() -> None:
        session["outer"] = 1
        context.run("x", (), lambda: session.update(inner=2))

    context.run("x", (), outer)
    assert context.run("x", (), lambda: dict(session)) == {"outer": 1, "inner": 2}
