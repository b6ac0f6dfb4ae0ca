"""What handlers find in copies of a context and in contexts within another."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any

import flask
from flask import (
    copy_current_request_context,
    current_app,
    g,
    has_request_context,
    request,
    session,
    stream_with_context,
)

from tests.support.context_stage import Stage, plain_app, probe


@probe()
def copy_of_the_context_in_a_thread(stage: Stage) -> Any:
    found: list[Any] = []

    def handler() -> Any:
        session["a"] = 1
        g.a = 1

        @copy_current_request_context
        def work(number: int) -> None:
            found.append([number, request.sid, request.event, dict(session), sorted(g)])

        thread = Thread(target=work, args=(5,))
        thread.start()
        thread.join()
        return found

    return [stage.event(handler), stage.event(handler)]


@probe()
def copy_of_the_context_after_its_event(stage: Stage) -> Any:
    def handler() -> Any:
        session["a"] = 1
        return copy_current_request_context(
            lambda: [request.namespace, request.event, dict(session), current_app.name]
        )

    works = [stage.event(handler), stage.event(handler)]
    return [[work() for work in works], has_request_context()]


@probe()
def teardown_of_a_copied_context(stage: Stage) -> Any:
    stage.app.teardown_request(lambda error: stage.log.append(request.sid))

    def handler() -> Any:
        copy_current_request_context(lambda: stage.log.append("copy"))()
        return "done"

    return [stage.event(handler), stage.event(handler)]


def stream() -> Iterator[Any]:
    """Yield what the current context says, twice."""
    yield [request.namespace, request.event, sorted(g)]
    yield [dict(session), has_request_context()]


@probe()
def stream_within_an_event(stage: Stage) -> Any:
    stage.app.teardown_request(lambda error: stage.log.append("teardown"))

    def handler() -> Any:
        g.a = session["a"] = 1
        found = list(stream_with_context(stream()))
        return [found, request.sid, g.a]

    return [stage.event(handler), stage.event(handler)]


@probe(since=(3, 1, 3))
def stream_after_its_event(stage: Stage) -> Any:
    stage.app.teardown_request(lambda error: stage.log.append("teardown"))

    def handler() -> Any:
        session["a"] = 1
        return stream_with_context(stream())

    streams = [stage.event(handler), stage.event(handler)]
    return [[list(one) for one in streams], has_request_context()]


@probe()
def nested_request_context(stage: Stage) -> Any:
    def handler() -> Any:
        g.a = 1
        with stage.app.test_request_context("/pages/7?q=1"):
            inner = [
                request.path,
                request.view_args,
                hasattr(request, "sid"),
                g.get("a"),
            ]
        return [inner, request.path, request.namespace, g.a]

    return [stage.event(handler), stage.event(handler)]


@probe()
def nested_request_context_of_another_app(stage: Stage) -> Any:
    def handler() -> Any:
        g.a = 1
        with plain_app().test_request_context("/pages/7"):
            inner = [request.view_args, g.get("a"), current_app is stage.app]
        return [inner, request.namespace, g.a]

    return [stage.event(handler), stage.event(handler)]


@probe()
def nested_app_context(stage: Stage) -> Any:
    def handler() -> Any:
        g.a = 1
        with stage.app.app_context():
            inner = [sorted(g), request.namespace]
        return [inner, g.a]

    return [stage.event(handler), stage.event(handler)]


@probe()
def http_request_within_an_event(stage: Stage) -> Any:
    def handler() -> Any:
        g.a = 1
        return [stage.app.test_client().get("/pages/3").text, g.a, request.namespace]

    return [stage.event(handler), stage.event(handler)]


@probe()
def event_within_an_event(stage: Stage) -> Any:
    stage.serve("/other")
    stage.connect()
    stage.connect(namespace="/other")
    stage.app.teardown_request(lambda error: stage.log.append(request.namespace))
    stage.app.teardown_appcontext(lambda error: stage.log.append("app"))

    def outer() -> Any:
        g.a, request.mark = 1, "outer"
        inner = stage.event(
            lambda: [request.namespace, g.get("a"), hasattr(request, "mark")],
            namespace="/other",
        )
        return [inner, request.namespace, g.a, request.mark]

    return [stage.event(outer), stage.event(outer)]


@probe()
def context_that_a_handler_leaves_pushed(stage: Stage) -> Any:
    def handler() -> None:
        stage.app.test_request_context("/left").push()

    stage.event(lambda: None)
    failure = stage.failure(handler)
    while has_request_context():
        flask.globals.request_ctx.pop()
    return failure.split(":")[0]


@probe()
def app_context_that_a_handler_leaves_pushed(stage: Stage) -> Any:
    def handler() -> None:
        stage.app.app_context().push()

    stage.event(lambda: None)
    failure = stage.failure(handler)
    while flask.has_app_context():
        flask.globals.app_ctx.pop()
    return failure.split(":")[0]


@probe()
def context_that_a_handler_pushes_again(stage: Stage) -> Any:
    stage.app.teardown_request(lambda error: stage.log.append("teardown"))

    def handler() -> Any:
        context = flask.globals.request_ctx._get_current_object()
        with context:
            inner = [request.namespace, dict(session)]
        return [inner, request.sid]

    return [stage.event(handler), stage.event(handler)]


@probe()
def context_that_a_handler_pushes_and_keeps(stage: Stage) -> Any:
    def handler() -> str:
        flask.globals.request_ctx.push()
        return "pushed"

    stage.event(lambda: None)
    found = stage.event(handler)
    while has_request_context():
        flask.globals.request_ctx.pop()
    return [found, stage.event(lambda: request.namespace)]


@probe()
def context_that_a_handler_pops(stage: Stage) -> Any:
    def handler() -> None:
        flask.globals.request_ctx.pop()

    stage.event(lambda: None)
    failure = stage.failure(handler)
    return [failure.split(":")[0], has_request_context()]
