"""What a handler finds in its Flask context and leaves there, one function each.

Each function is the handler of several events in turn, so that it finds what an earlier
event has left.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import flask
from flask import copy_current_request_context, current_app, g, request, session
from flask_socketio import emit, join_room, rooms, send

from tests.support.context_apps import plain_app

LOOKS: list[Callable[[], Any]] = []
UNCOMPARED = {"environ", "input_stream", "json", "stream"}
"""Public attributes of a request that belong to the connection, or raise."""


def look(function: Callable[[], Any]) -> Callable[[], Any]:
    """Add a function to `LOOKS`."""
    LOOKS.append(function)
    return function


def current_context() -> Any:
    """Return the request context, which is the app context since Flask 3.2."""
    proxy: Any = getattr(flask.globals, "request_ctx", flask.globals.app_ctx)
    return proxy._get_current_object()


@look
def event() -> Any:
    found = [request.sid, request.namespace, request.event, getattr(request, "x", 0)]
    request.x = request.event["more"] = 1
    own = request.environ["werkzeug.request"] is request._get_current_object()
    return [*found, own, request.environ.get("closed")]


@look
def every_attribute() -> Any:
    names = {name for name in dir(request) if not name.startswith("_")} - UNCOMPARED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return {name: repr(getattr(request, name, None)) for name in sorted(names)}


@look
def request_class() -> Any:
    kind = type(request._get_current_object())
    notes: Any = getattr(request, "notes", [])
    notes.append("more")
    request.max_content_length = 5
    return [kind.__name__, kind is current_app.request_class, notes]


@look
def match() -> Any:
    values: Any = request.view_args
    found = [request.endpoint, request.blueprints, repr(request.url_rule), repr(values)]
    if values is not None:
        values["left"] = "behind"
        if isinstance(values.get("values"), list):
            values["values"].append("behind")
    return found


@look
def routing_exception() -> Any:
    error = request.routing_exception
    if error is not None:
        error.description = f"{error.description} changed"
        raise error


@look
def app_and_globals() -> Any:
    app = current_app._get_current_object()
    found = [app.name, flask.has_request_context(), sorted(g), repr(g)]
    g.mark = "here"
    return [*found, g.pop("mark"), g.setdefault("other", 1), g.missing]


@look
def urls_and_templates() -> Any:
    found = [flask.url_for("page", number=3, _external=True), flask.url_for(".login")]
    found += [flask.render_template_string("{{ request.namespace }} {{ g }}")]
    with current_app.app_context():
        external = current_app.config["SERVER_NAME"] and flask.url_for("login")
    return [*found, external]


@look
def flashes() -> Any:
    found = flask.get_flashed_messages()
    flask.flash("one")
    flask.flash("two", "error")
    return [found, flask.get_flashed_messages(with_categories=True)]


@look
def functions_after_the_request() -> Any:
    flask.after_this_request(lambda response: 1 / 0)  # none of them runs
    return len(current_context()._after_request_functions)


@look
def session_and_its_marks() -> Any:
    mine: Any = session
    found = [getattr(mine, name, "") for name in ("accessed", "modified", "permanent")]
    found += [dict(mine), bool(mine), len(mine), mine.get("a"), mine.pop("b", None)]
    mine["a"] = mine.get("a", 0) + 1
    mine.permanent = True
    return [*found, mine.setdefault("b", 2), mine == dict(mine)]


@look
def session_emptied() -> Any:
    found = dict(session)
    session.clear()
    return found


@look
def session_left_with_an_error() -> Any:
    session["lost"] = "perhaps"
    raise KeyboardInterrupt


@look
def copy_in_a_thread() -> Any:
    found: list[Any] = []
    g.a = session["a"] = 1

    @copy_current_request_context
    def work() -> None:
        found.append([request.sid, request.event, dict(session), sorted(g)])

    thread = Thread(target=work)
    thread.start()
    thread.join()
    return found


@look
def stream() -> Any:
    def generate() -> Iterator[Any]:
        yield [request.namespace, request.event, sorted(g)]
        yield [dict(session), flask.has_request_context()]

    g.a = session["a"] = 1
    return [list(flask.stream_with_context(generate())), request.sid, g.a]


@look
def nested_contexts() -> Any:
    app, found = current_app._get_current_object(), []
    g.a = 1
    with app.test_request_context("/pages/7?q=1"):
        found += [request.path, repr(request.view_args), hasattr(request, "event")]
    with plain_app().test_request_context("/pages/7"):
        found += [repr(request.view_args), g.get("a"), current_app is app]
    with current_context():
        found += [request.namespace, dict(session)]
    return [*found, app.test_client().get("/pages/3").text, g.a, request.namespace]


@look
def context_left_pushed() -> Any:
    current_app.test_request_context("/left").push()


@look
def context_popped() -> Any:
    current_context().pop()


@look
def messages() -> Any:
    emit("news", ({"a": [1]}, "b"))
    emit("news", broadcast=True, include_self=False)
    join_room("red")
    send({"a": 1}, json=True, to="red")
    return sorted(map(len, rooms()))
