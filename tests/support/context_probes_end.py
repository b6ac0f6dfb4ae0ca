"""What happens at the end of a context: teardown, signals, and apps of their own."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import flask
from flask import (
    Blueprint,
    Flask,
    g,
    has_request_context,
    request,
    session,
)
from werkzeug.datastructures import FileStorage

from tests.support.context_stage import NAMESPACE, Stage, plain_app, probe

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
