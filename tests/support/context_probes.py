"""What several events, connects and HTTP requests of one client find in turn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from io import BytesIO
from typing import Any

import flask
from flask import Flask, g, has_request_context, request, session
from werkzeug.datastructures import FileStorage

from tests.support.context_apps import plain_app
from tests.support.context_stage import EXACT, NAMESPACE, Stage

FLASK = tuple(map(int, re.findall(r"\d+", version("flask"))[:3]))
PROBES: list[Callable[[Stage], Any]] = []
SIGNALS = (
    *("appcontext_pushed", "appcontext_popped", "appcontext_tearing_down"),
    *("request_tearing_down", "request_started", "request_finished"),
    *("got_request_exception", "message_flashed"),
)


def probe(function: Callable[[Stage], Any]) -> Callable[[Stage], Any]:
    """Add a function to `PROBES`."""
    PROBES.append(function)
    return function


def write(**values: Any) -> Any:
    """Return a handler that writes into the session."""
    return lambda *_: session.update(values)


def read(*_: Any) -> Any:
    """Read the session, as a handler."""
    return [dict(session), bool(session), type(session).__name__ == "NullSession"]


def fail(*_: Any) -> Any:
    """Raise, as a handler."""
    raise LookupError("bad")


@probe
def events_of_a_life(stage: Stage) -> Any:
    def connect(auth: Any) -> Any:
        environ, *rest = request.event["args"]
        return [request.event["message"], environ is request.environ, rest, auth]

    found = [stage.connect(connect, auth={"token": "t"})]
    found += [stage.event(lambda *_: request.event, "a", {"b": [1]})]
    return [*found, stage.disconnect(lambda reason: [request.event, reason])]


@probe
def session_beside_the_cookie(stage: Stage) -> Any:
    stage.http.get("/login")
    found = [stage.connect(read), stage.event(write(user="bob")), stage.event(read)]
    found += [json.loads(stage.http.get("/session").text), stage.disconnect(read)]
    stage.connect()
    return [*found, stage.event(read)]


@probe
def session_beside_an_exact_class(stage: Stage) -> Any:
    stage.http.get("/login")
    found = [stage.connect(write(a=1), namespace=EXACT), stage.connect(read)]
    found += [stage.event(write(b=2)), stage.event(read, namespace=EXACT)]
    found += [stage.event(write(c=3), namespace=EXACT), stage.event(read)]
    return found


@probe
def environment_replaced_by_another_connect(stage: Stage) -> Any:
    stage.serve("/other", stage.kind)
    names = [NAMESPACE, "/other", EXACT]
    for name in names:
        stage.connect(query_string=f"step={name}", namespace=name)
    look = lambda: [request.args.to_dict(), request.sid, request.namespace]  # noqa: E731
    return [stage.event(look, namespace=name) for name in [*names, *names]]


@probe
def requests_and_files_that_are_kept(stage: Stage) -> Any:
    kept: list[Any] = []

    def handler(number: int) -> None:
        request.files = {"one": FileStorage(BytesIO(b"text"))}
        kept.append(request._get_current_object())

    for number in range(3):
        stage.event(handler, number)
    found = [[one.sid, one.event, one.files["one"].closed, repr(one)] for one in kept]
    return [*found, len(set(map(id, kept))), repr(kept[0].environ["werkzeug.request"])]


@probe
def functions_of_the_app(stage: Stage) -> Any:
    app, log = stage.app, stage.log

    @app.teardown_appcontext
    def tear_down(error: BaseException | None) -> None:
        log.append([repr(error), has_request_context(), g.pop("a", "")])
        if g.pop("broken", None):
            raise RuntimeError(f"teardown after {error!r}")

    def handler(*_: Any) -> None:
        g.a = g.broken = session["a"] = 1

    app.before_request(lambda: log.append("before"))
    app.after_request(lambda response: log.append("after") or response)
    app.teardown_request(lambda error: log.append(["end", repr(error), request.sid]))
    found = [stage.attempt(handler), has_request_context(), stage.attempt(fail)]
    return [*found, stage.attempt(lambda: g.get("a")), stage.disconnect(write(a=2))]


@probe
def signals(stage: Stage) -> Any:
    other = Flask("other")

    def receiver(name: str, app: Flask) -> Any:
        def note(sender: Any, **values: Any) -> None:
            about = [repr(values.get("exc")), values.get("message"), bool(request)]
            stage.log.append([name, sender.name, app.name, *about])

        return note

    with ExitStack() as stack:
        for name in SIGNALS:
            for app in (stage.app, other):
                signal = getattr(flask, name)
                note = receiver(name, app)
                stack.enter_context(signal.connected_to(note, app))
        stage.connect(lambda auth: stage.log.append("handler"))
        stage.event(lambda: stage.log.append("handler") or flask.flash("heard"))
        return [stage.attempt(fail), stage.event(lambda: "done")]


@probe
def copies_and_streams_after_their_event(stage: Stage) -> Any:
    def look() -> Any:
        return [request.namespace, request.event, dict(session)]

    def copy() -> Any:
        session["a"] = 1
        return flask.copy_current_request_context(look)

    def stream() -> Any:
        return flask.stream_with_context(look() for _ in range(2))

    found = [work() for work in [stage.event(copy), stage.event(copy)]]
    if FLASK >= (3, 1, 3):  # an earlier one leaves the context pushed
        found += [list(stage.event(stream)), list(stage.event(stream))]
    return [*found, has_request_context()]


@probe
def contexts_of_another_app_and_events_within(stage: Stage) -> Any:
    stage.serve("/other", stage.kind)
    stage.connect()
    stage.connect(namespace="/other")

    def inner() -> Any:
        return [request.namespace, flask.current_app.name, sorted(g)]

    def outer() -> Any:
        g.a = request.mark = 1
        with plain_app().app_context():
            found = stage.event(inner, namespace="/other")
        return [found, request.namespace, g.a, hasattr(request, "mark")]

    return [stage.event(outer), stage.event(outer)]
