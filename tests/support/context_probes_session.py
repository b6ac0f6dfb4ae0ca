"""What handlers see of `session`, with each `manage_session` and session interface."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin

from tests.support.context_stage import NAMESPACE, Stage, plain_app, probe


def write(**values: Any) -> Any:
    """Make a handler that writes into the session."""
    return lambda *_: session.update(values)


def read(*_: Any) -> Any:
    """Read the session, as a handler."""
    return [dict(session), bool(session), type(session).__name__ == "NullSession"]


@probe()
def empty_session_is_falsy(stage: Stage) -> Any:
    return [stage.connect(read), stage.event(read), stage.event(read)]


@probe()
def session_of_the_next_event(stage: Stage) -> Any:
    stage.event(write(count=1))
    return stage.event(read)


@probe()
def session_written_by_connect(stage: Stage) -> Any:
    stage.connect(write(user="ada"))
    return [stage.event(read), stage.disconnect(read)]


@probe()
def session_begins_as_the_cookie_s(stage: Stage) -> Any:
    stage.http.get("/login")
    return [stage.connect(read), stage.event(read), stage.event(read)]


@probe()
def session_is_a_copy_of_the_cookie_s(stage: Stage) -> Any:
    stage.http.get("/login")
    stage.event(write(user="bob"))
    return [stage.event(read), json.loads(stage.http.get("/session").text)]


@probe()
def session_whose_cookie_expires_before_a_handler_looks(stage: Stage) -> Any:
    stage.http.get("/login")
    stage.connect()
    stage.app.secret_key = "another key, as after it was changed"
    return [stage.event(read), stage.event(read)]


@probe()
def session_of_a_cookie_that_is_not_its_own(stage: Stage) -> Any:
    stage.http.get("/theme")
    stage.connect()
    return [stage.event(read), stage.event(write(a=1)), stage.event(read)]


@probe()
def session_of_a_connection_in_an_exact_class(stage: Stage) -> Any:
    stage.connect(query="v=1")
    stage.connect(query="v=1", namespace="/exact")
    stage.event(write(mine=1))
    stage.event(write(theirs=2), namespace="/exact")
    return [stage.event(read), stage.event(read, namespace="/exact")]


@probe()
def session_first_opened_by_an_exact_class(stage: Stage) -> Any:
    stage.http.get("/login")
    stage.connect(write(theirs=2), namespace="/exact")
    return [stage.connect(read), stage.event(read)]


@probe()
def session_after_leaving_and_coming_back(stage: Stage) -> Any:
    stage.event(write(count=1))
    stage.disconnect(read)
    stage.connect()
    return stage.event(read)


@probe()
def marks_of_a_session(stage: Stage) -> Any:
    def handler() -> Any:
        now: Any = session
        marks = [now.accessed, now.modified, now.new, now.permanent]
        now.permanent = True
        return [marks, now.modified, now.permanent, isinstance(now, SessionMixin)]

    return [stage.event(handler), stage.event(handler)]


def empty() -> None:
    """Empty the session, as a handler."""
    session.clear()


@probe()
def session_that_a_handler_empties(stage: Stage) -> Any:
    stage.http.get("/login")
    stage.event(empty)
    return [stage.event(read), stage.event(read)]


@probe()
def session_methods(stage: Stage) -> Any:
    stage.event(write(a=1, b=2))
    return stage.event(
        lambda: [
            *(session.pop("a", None), session.get("b"), "b" in session, len(session)),
            *(session.setdefault("c", 3), sorted(session), session == {"b": 2, "c": 3}),
        ]
    )


def app_without_secret() -> Flask:
    app = plain_app()
    app.config["SECRET_KEY"] = None
    return app


@probe(app=app_without_secret)
def session_without_a_secret_key(stage: Stage) -> Any:
    return [stage.event(read), stage.failure(write(a=1)), stage.event(read)]


class StoredSession(dict[str, Any], SessionMixin):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.modified = False

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self.modified = True


class ServerSideSessions(SessionInterface):
    """Sessions in a dict by the value of a cookie, and a log of what is asked of it."""

    def __init__(self) -> None:
        self.store: dict[str, dict[str, Any]] = {}
        self.calls: list[Any] = []

    def open_session(self, app: Flask, request: Any) -> StoredSession | None:
        self.calls.append(["open", sorted(request.cookies)])
        g.opened = len(self.calls)
        if request.args.get("fails") == "open":
            raise ConnectionError("no store")
        if request.args.get("fails") == "nothing":
            return None
        return StoredSession(self.store.get("the client", {}))

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        self.calls.append(["save", dict(session), type(response).__name__])
        if request.args.get("fails") == "save":
            raise ConnectionError("store is full")
        self.store["the client"] = dict(session)


def app_with_store() -> Flask:
    app = plain_app()
    app.session_interface = ServerSideSessions()

    @app.route("/write/<value>")
    def store(value: str) -> str:
        session["http"] = value
        return value

    @app.teardown_request
    def tear_down(error: BaseException | None) -> None:
        app.session_interface.calls.append(["teardown", repr(error)])

    return app


@probe(app=app_with_store)
def server_side_session(stage: Stage) -> Any:
    stage.event(lambda: session.__setitem__("mine", 1))
    shown = json.loads(stage.http.get("/session").text)
    stage.http.get("/write/later")
    return [shown, stage.event(read), stage.app.session_interface.calls]


@probe(app=app_with_store)
def server_side_session_is_saved_only_where_it_was_modified(stage: Stage) -> Any:
    stage.event(read)
    stage.event(lambda: session.__setitem__("mine", 1))
    stage.event(read)
    return stage.app.session_interface.calls


@probe(app=app_with_store)
def server_side_session_is_not_saved_after_an_error(stage: Stage) -> Any:
    def handler() -> Any:
        session["mine"] = 1
        raise LookupError("bad")

    return [
        stage.failure(handler),
        stage.event(read),
        stage.app.session_interface.calls,
    ]


@probe(app=app_with_store)
def what_opening_a_session_leaves_in_g(stage: Stage) -> Any:
    return [stage.event(lambda: g.opened), stage.event(lambda: g.opened)]


@probe(app=app_with_store)
def session_interface_that_opens_nothing(stage: Stage) -> Any:
    stage.connect(query="fails=nothing")
    return [stage.event(read), stage.failure(write(a=1))]


@probe(app=app_with_store, managed=(False,))
def store_that_cannot_be_written(stage: Stage) -> Any:
    stage.connect(query="fails=save")
    failure = stage.failure(lambda: session.__setitem__("mine", 1))
    return [failure, stage.event(read), stage.app.session_interface.calls]


class QuietSessions(SecureCookieSessionInterface):
    def get_cookie_path(self, app: Flask) -> str:
        return "/"


def app_with_quiet_sessions() -> Flask:
    app = plain_app()
    app.session_interface = QuietSessions()
    return app


@probe(app=app_with_quiet_sessions)
def session_interface_that_opens_as_flask_s_does(stage: Stage) -> Any:
    stage.http.get("/login")
    stage.event(write(count=1))
    return [stage.event(read), stage.event(read, namespace=NAMESPACE)]


class PlainSession(dict[str, Any]):
    accessed = False


class PlainSessions(SessionInterface):
    """Sessions that do not know whether they were modified."""

    def __init__(self) -> None:
        self.saved: list[Any] = []

    def open_session(self, app: Flask, request: Any) -> Any:
        return PlainSession(self.saved[-1] if self.saved else {})

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        self.saved.append(dict(session))


def app_with_plain_sessions() -> Flask:
    app = plain_app()
    app.session_interface = PlainSessions()
    return app


@probe(app=app_with_plain_sessions)
def session_that_does_not_know_whether_it_was_modified(stage: Stage) -> Any:
    stage.event(write(count=1))
    return [stage.event(read), stage.app.session_interface.saved]
