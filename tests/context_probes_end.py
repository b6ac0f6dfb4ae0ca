"""What happens around a context: teardown, signals, copies and nested contexts."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from threading import Thread
from typing import Any

import flask
from flask import (
    Blueprint,
    Flask,
    copy_current_request_context,
    current_app,
    g,
    has_request_context,
    request,
    session,
    stream_with_context,
)
from werkzeug.datastructures import FileStorage

from tests.context_stage import NAMESPACE, Stage, plain_app, probe

SIGNALS = (
    *("appcontext_pushed", "appcontext_popped"),
    *("request_tearing_down", "appcontext_tearing_down"),
    *("request_started", "request_finished", "got_request_exception"),
)


def fail() -> None:
    """Raise, as a handler."""
    raise LookupError("bad")


@probe()
def functions_at_the_end_of_a_request(stage: Stage) -> Any:
    @stage.app.teardown_request
    def first(error: BaseException | None) -> None:
        stage.log.append(["first", repr(error), request.sid, dict(session)])

    @stage.app.teardown_request
    def second(error: BaseException | None) -> None:
        stage.log.append(["second", repr(error), request.event["message"], g.get("a")])

    def handler(*_: Any) -> str:
        g.a = session["a"] = 1
        return "done"

    return [stage.event(handler), stage.failure(fail), stage.disconnect(handler)]


@probe()
def functions_at_the_end_of_an_app_context(stage: Stage) -> Any:
    @stage.app.teardown_appcontext
    def tear_down(error: BaseException | None) -> None:
        stage.log.append([repr(error), has_request_context(), g.get("a")])

    def handler() -> str:
        g.a = 1
        return "done"

    return [stage.event(handler), stage.failure(fail), stage.event(handler)]


def app_with_blueprint_teardown() -> Flask:
    app = plain_app()
    site = Blueprint("site", __name__)
    site.add_url_rule("/<path:rest>", "spa", lambda rest: rest)
    site.teardown_request(lambda error: app.config["LOG"].append(repr(error)))
    app.register_blueprint(site)
    app.config["LOG"] = []
    return app


@probe(app=app_with_blueprint_teardown)
def functions_at_the_end_of_a_blueprint_s_request(stage: Stage) -> Any:
    stage.event(lambda: None)
    return [stage.failure(fail), stage.app.config["LOG"]]


@probe()
def functions_at_the_end_that_raise(stage: Stage) -> Any:
    def tear_down(error: BaseException | None) -> None:
        if g.pop("broken", None):
            raise RuntimeError(f"teardown after {error!r}")

    def handler() -> None:
        g.broken = True

    stage.app.teardown_appcontext(tear_down)
    failure = stage.failure(handler)
    return [failure, has_request_context(), stage.event(lambda: request.namespace)]


@probe()
def exception_of_a_handler(stage: Stage) -> Any:
    return [stage.failure(fail), stage.failure(fail), stage.event(lambda: "served")]


@probe()
def exception_that_is_no_exception(stage: Stage) -> Any:
    stage.app.teardown_request(lambda error: stage.log.append(repr(error)))

    def handler() -> None:
        raise KeyboardInterrupt

    try:
        stage.event(handler)
    except KeyboardInterrupt:
        return [has_request_context(), stage.event(lambda: "served")]


@probe()
def signals(stage: Stage) -> Any:
    def receiver(name: str) -> Any:
        def note(sender: Any, **values: Any) -> None:
            error = repr(values.get("exc", "no exc"))
            stage.log.append([name, sender.name, error, has_request_context()])

        return note

    receivers = {name: receiver(name) for name in SIGNALS}
    for name, receive in receivers.items():
        getattr(flask, name).connect(receive, stage.app)
    stage.event(lambda: stage.log.append("handler"))
    return [stage.failure(fail), stage.event(lambda: "done")]


@probe()
def each_signal_alone(stage: Stage) -> Any:
    def note(sender: Any, **values: Any) -> None:
        stage.log.append([name, sender.name, repr(values.get("exc", "no exc"))])

    stage.connect()
    for name in SIGNALS:
        with getattr(flask, name).connected_to(note, stage.app):
            stage.log.append([stage.event(lambda: "done"), stage.failure(fail)])
    return stage.event(lambda: "done")


@probe()
def signals_for_another_app(stage: Stage) -> Any:
    other = Flask("other")

    def note(sender: Any, **values: Any) -> None:
        stage.log.append("heard")

    for name in SIGNALS:
        getattr(flask, name).connect(note, other)
    return [stage.event(lambda: "done"), stage.event(lambda: "done")]


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


@probe(since=(2, 2))
def context_that_a_handler_leaves_pushed(stage: Stage) -> Any:
    def handler() -> None:
        stage.app.test_request_context("/left").push()

    stage.event(lambda: None)
    failure = stage.failure(handler)
    while has_request_context():
        flask.globals.request_ctx.pop()
    return failure.split(":")[0]


@probe(since=(2, 2))
def app_context_that_a_handler_leaves_pushed(stage: Stage) -> Any:
    def handler() -> None:
        stage.app.app_context().push()

    stage.event(lambda: None)
    failure = stage.failure(handler)
    while flask.has_app_context():
        flask.globals.app_ctx.pop()
    return failure.split(":")[0]


@probe(since=(2, 2))
def context_that_a_handler_pushes_again(stage: Stage) -> Any:
    stage.app.teardown_request(lambda error: stage.log.append("teardown"))

    def handler() -> Any:
        context = flask.globals.request_ctx._get_current_object()
        with context:
            inner = [request.namespace, dict(session)]
        return [inner, request.sid]

    return [stage.event(handler), stage.event(handler)]


@probe(since=(2, 2))
def context_that_a_handler_pushes_and_keeps(stage: Stage) -> Any:
    def handler() -> str:
        flask.globals.request_ctx.push()
        return "pushed"

    stage.event(lambda: None)
    found = stage.event(handler)
    while has_request_context():
        flask.globals.request_ctx.pop()
    return [found, stage.event(lambda: request.namespace)]


@probe(since=(2, 2))
def context_that_a_handler_pops(stage: Stage) -> Any:
    def handler() -> None:
        flask.globals.request_ctx.pop()

    stage.event(lambda: None)
    failure = stage.failure(handler)
    return [failure.split(":")[0], has_request_context()]


@probe()
def file_of_a_request(stage: Stage) -> Any:
    files: list[FileStorage] = []

    def handler() -> str:
        files.append(FileStorage(BytesIO(b"text")))
        request.files = {"one": files[-1]}
        return request.files["one"].read().decode()

    found = [stage.event(handler), stage.event(handler)]
    return [found, [file.closed for file in files]]


class OwnEnds(Flask):
    """An app that overrides what runs at the end of a context."""

    def do_teardown_request(self, *args: Any, **kwargs: Any) -> None:
        self.config["LOG"].append(["request", repr(args), request.namespace])
        super().do_teardown_request(*args, **kwargs)

    def do_teardown_appcontext(self, *args: Any, **kwargs: Any) -> None:
        self.config["LOG"].append(["app", repr(args)])
        super().do_teardown_appcontext(*args, **kwargs)


def app_with_own_ends() -> Flask:
    app = OwnEnds("stage")
    app.config.update(SECRET_KEY="only for tests", LOG=[])
    return app


@probe(app=app_with_own_ends, lean=False)
def app_that_overrides_the_ends(stage: Stage) -> Any:
    stage.event(lambda: None)
    return [stage.failure(fail), stage.app.config["LOG"]]


class OwnContexts(Flask):
    """An app that makes its own contexts."""

    def request_context(self, environ: Any) -> Any:
        context = super().request_context(environ)
        context.request.tenant = "t1"
        return context

    def app_context(self) -> Any:
        context = super().app_context()
        context.g.tenant = "t1"
        return context


def app_with_own_contexts() -> Flask:
    app = OwnContexts("stage")
    app.config["SECRET_KEY"] = "only for tests"
    return app


@probe(app=app_with_own_contexts, lean=False)
def app_that_makes_its_own_contexts(stage: Stage) -> Any:
    def handler() -> Any:
        return [request.tenant, g.tenant]

    return [stage.event(handler), stage.event(handler, namespace=NAMESPACE)]


def app_with_patched_context() -> Flask:
    app = plain_app()
    original = app.request_context

    def request_context(environ: Any) -> Any:
        return original({**environ, "REMOTE_ADDR": "203.0.113.9"})

    app.request_context = request_context
    return app


@probe(app=app_with_patched_context, lean=False)
def app_whose_instance_makes_its_own_contexts(stage: Stage) -> Any:
    return [stage.event(lambda: request.remote_addr) for _ in range(2)]
