"""How an event's context is chosen, entered and left."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextvars import copy_context
from threading import Barrier, Thread
from typing import Any

import pytest
import structlog
from flask import (
    Flask,
    Request,
    appcontext_pushed,
    g,
    has_app_context,
    request,
    session,
)
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from structlog.contextvars import bind_contextvars, get_contextvars
from structlog.testing import capture_logs

from nsroute.upstream import context as context_module
from nsroute.upstream.context import (
    ClientContext,
    bind_log_context,
    client_context,
    forget_connection,
)
from nsroute.upstream.objections import (
    CHECKED,
    app_objection,
    installed_objection,
    opens_quietly,
    version_objection,
)
from nsroute.upstream.ordinary_context import Connection
from tests.context_stage import Stage, plain_app

checked = pytest.mark.skipif(
    installed_objection() is not None, reason="the lean context is not used here"
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


def connected(kind: str = "chosen", app: Flask | None = None, **options: Any) -> Stage:
    """Make a stage whose client is connected."""
    stage = Stage(kind, app or plain_app(), **options)
    stage.connect()
    return stage


def only_context(stage: Stage) -> ClientContext:
    """Return the context of the only client."""
    (context,) = stage.contexts.values()
    return context


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


class BrokenStore(SessionInterface):
    """Sessions that cannot be opened, from some moment on."""

    broken = False

    def open_session(self, app: Flask, request: Request) -> Any:
        g.connection_to_close = True
        if self.broken:
            raise ConnectionError("no store")
        return SecureCookieSessionInterface.session_class()

    def save_session(self, *args: Any) -> None:
        """Keep nothing."""


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
    after = {key for key in environ if key.startswith("nsroute.")}
    assert (before, after) == ({"nsroute.connection"}, set())


def test_events_run_on_after_the_connection_was_forgotten(kind: str) -> None:
    """A handler's event that outlives its connection still finds its request."""
    stage = connected(kind)
    context = only_context(stage)
    del stage.socketio.server.environ[stage.client.eio_sid]
    forget_connection(context.environ)
    assert context.run("x", (), lambda: request.sid) == context.sid
    assert "nsroute.connection" not in context.environ


@checked
def test_the_template_of_a_connection_keeps_no_frames() -> None:
    """What was raised while the URL was matched is kept without its traceback."""
    app = plain_app()
    for hosts in (None, ["example.org"]):
        app.config["TRUSTED_HOSTS"] = hosts
        template = only_context(connected(app=app)).connection.template
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


# --- choosing ------------------------------------------------------------------------


class OwnRequest(Request):
    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)


class OwnApp(Flask):
    def create_url_adapter(self, request: Any) -> Any:
        return super().create_url_adapter(request)


def test_an_app_without_steps_of_its_own_is_not_objected_to() -> None:
    """A plain app and a subclass that overrides other things are both served leanly."""
    assert app_objection(Flask("plain")) is None
    assert app_objection(type("Other", (Flask,), {"test": 1})("other")) is None


def test_an_objection_names_the_step_that_the_app_overrides() -> None:
    """The reason can be found in the app's code by its name."""
    app = Flask("app")
    assert app_objection(OwnApp("own")) == "OwnApp.create_url_adapter is the app's own"
    app.request_class = OwnRequest
    assert app_objection(app) == "OwnRequest.__setattr__ is the app's own"
    app.do_teardown_request = app.do_teardown_request
    assert app_objection(app) == "Flask.do_teardown_request is the app's own"


def test_an_objection_names_a_descriptor_of_the_request_class() -> None:
    """A property in the place of an attribute is the class's to fill."""
    app = Flask("app")
    app.request_class = type("Mine", (Request,), {"headers": property(lambda _: {})})
    assert app_objection(app) == "Mine.headers is a descriptor"


@pytest.mark.parametrize(
    "name, first, later",
    [
        ("flask", "3.1.3", "3.1.99"),
        ("flask-socketio", "5.7.0", "5.7.9"),
        ("werkzeug", "3.1.0", "3.1.12.post1"),
    ],
)
def test_a_version_within_what_was_checked_is_not_objected_to(
    name: str, first: str, later: str
) -> None:
    """Later patches of a minor version count as checked."""
    installed = {"flask": "3.1.3", "flask-socketio": "5.7.0", "werkzeug": "3.1.9"}
    assert version_objection(installed | {name: first}) is None
    assert version_objection(installed | {name: later}) is None


@pytest.mark.parametrize(
    "name, other",
    [
        ("flask", "3.1.2"),
        ("flask", "2.1.0"),
        ("flask", "3.2.0.dev0"),
        ("flask-socketio", "5.8.0"),
        ("flask-socketio", "5.6.1"),
        ("werkzeug", "3.0.6"),
        ("werkzeug", "3.2"),
        ("werkzeug", "4.0.0rc1"),
    ],
)
def test_an_objection_names_the_version_that_was_not_checked(
    name: str, other: str
) -> None:
    """Versions before and after what was checked are served ordinarily."""
    installed = {"flask": "3.1.3", "flask-socketio": "5.7.0", "werkzeug": "3.1.9"}
    found = version_objection(installed | {name: other})
    assert found == f"not checked with {name} {other}"


def test_only_flask_s_own_way_of_opening_a_session_is_quiet() -> None:
    """An interface that overrides how a session is opened wants to be asked."""
    own = SecureCookieSessionInterface()
    other = type("Other", (SecureCookieSessionInterface,), {"salt": "pepper"})()
    patched = SecureCookieSessionInterface()
    patched.open_session = own.open_session
    slotted = type("Slotted", (), {"__slots__": ()})()
    found = [*map(opens_quietly, (own, other, patched, BrokenStore(), slotted))]
    assert found == [True, True, False, False, False]


def test_an_app_that_is_served_ordinarily_is_told_of_once() -> None:
    """One record of the logger `nsroute` says which step stands in the way."""
    context_module._tell.cache_clear()
    with capture_logs() as records:
        for _ in range(3):
            connected(app=OwnApp("own"))
    assert records == [
        {
            "event": "nsroute.context",
            "context": "ordinary",
            "reason": installed_objection()
            or "OwnApp.create_url_adapter is the app's own",
            "log_level": "info",
        }
    ]
    context_module._tell.cache_clear()


def fresh_context_module() -> Any:
    """Import `nsroute.upstream.context` once more, beside the one in use."""
    spec = importlib.util.find_spec("nsroute.upstream.context")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_unchecked_version_is_served_ordinarily(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With an unknown version no app gets the lean context, and that is said."""
    unknown = CHECKED | {"werkzeug": ((9,), (10,))}
    monkeypatch.setattr("nsroute.upstream.objections.CHECKED", unknown)
    module = fresh_context_module()
    stage = connected("ordinary")
    context = only_context(stage)
    with capture_logs() as records:
        made = module.client_context(
            stage.socketio, context.environ, context.namespace, context.sid
        )
    assert type(made) is ClientContext
    assert "not checked with" in records[0]["reason"]


@checked
def test_a_checked_version_is_served_leanly() -> None:
    """Where all versions are known an ordinary app gets the lean context, silently."""
    module = fresh_context_module()
    stage = Stage("chosen", plain_app())
    stage.connect()
    context = only_context(stage)
    with capture_logs() as records:
        made = module.client_context(
            stage.socketio, context.environ, context.namespace, context.sid
        )
    assert type(made).__name__ == "LeanContext"
    assert records == []


# --- what log lines carry ------------------------------------------------------------


def test_log_lines_carry_the_client_and_the_event() -> None:
    """What is bound is what structlog gives, beside what was bound before."""

    def handler() -> dict[str, Any]:
        bind_contextvars(user="ada")
        bind_log_context("/rooms/1", "abc", "say")
        return get_contextvars()

    expected = {
        "user": "ada",
        "namespace": "/rooms/1",
        "sid": "abc",
        "sio_event": "say",
    }
    assert copy_context().run(handler) == expected


def test_what_is_bound_ends_with_its_context() -> None:
    """Nothing stays bound where the context that it was bound in was a copy."""
    copy_context().run(bind_log_context, "/rooms/1", "abc", "say")
    assert "sid" not in get_contextvars()


def test_what_is_bound_can_be_bound_anew_and_reset() -> None:
    """The variables are structlog's own, for all of its functions."""

    def handler() -> Any:
        bind_log_context("/rooms/1", "abc", "say")
        with structlog.contextvars.bound_contextvars(sid="other"):
            inner = get_contextvars()["sid"]
        return [inner, get_contextvars()["sid"]]

    assert copy_context().run(handler) == ["other", "abc"]


# --- the managed session -------------------------------------------------------------


def test_a_session_that_two_first_events_begin_is_one(kind: str) -> None:
    """Whoever comes second takes the session that is there."""
    stage = connected(kind)
    context = only_context(stage)
    del context.environ["saved_session"]

    def outer() -> None:
        session["outer"] = 1
        context.run("x", (), lambda: session.update(inner=2))

    context.run("x", (), outer)
    assert context.run("x", (), lambda: dict(session)) == {"outer": 1, "inner": 2}
