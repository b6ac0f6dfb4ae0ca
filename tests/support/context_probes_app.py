"""What handlers see of the app: `g`, `current_app`, URLs, flashes, templates."""

from __future__ import annotations

from typing import Any

import flask
from flask import (
    Flask,
    after_this_request,
    current_app,
    flash,
    g,
    get_flashed_messages,
    has_app_context,
    has_request_context,
    message_flashed,
    render_template_string,
    request,
    session,
    url_for,
)
from flask.ctx import _AppCtxGlobals
from werkzeug.routing import BuildError

from tests.support.context_stage import Stage, plain_app, probe


@probe()
def g_is_fresh_in_every_event(stage: Stage) -> Any:
    def handler() -> Any:
        found = [sorted(g), g.get("mark", "none"), "mark" in g, repr(g)]
        g.mark = "here"
        return [found, sorted(g), g.pop("mark"), g.setdefault("other", 1)]

    return [
        stage.connect(lambda _: handler()),
        stage.event(handler),
        stage.event(handler),
    ]


@probe()
def g_says_what_it_has_not(stage: Stage) -> Any:
    return stage.failure(lambda: g.nothing)


@probe()
def current_app_is_the_app(stage: Stage) -> Any:
    return stage.event(
        lambda: [current_app._get_current_object() is stage.app, current_app.name]
    )


@probe()
def there_are_contexts_while_a_handler_runs(stage: Stage) -> Any:
    def now(*_: Any) -> Any:
        return [has_request_context(), has_app_context()]

    return [stage.connect(now), now(), stage.event(now), now(), stage.disconnect(now)]


class Globals(_AppCtxGlobals):
    def __init__(self) -> None:
        self.began = "with the event"


def app_with_globals() -> Flask:
    app = plain_app()
    app.app_ctx_globals_class = Globals
    return app


@probe(app=app_with_globals, lean=False)
def globals_class_of_the_app(stage: Stage) -> Any:
    return [stage.event(lambda: g.began), stage.event(lambda: sorted(g))]


@probe()
def urls_within_a_request(stage: Stage) -> Any:
    def handler() -> Any:
        return [
            url_for("page", number=3),
            url_for("page", number=3, _external=True),
            url_for("page", number=3, _anchor="top", q="x"),
            url_for("page", number=3, _scheme="https", _external=True),
            url_for(".page", number=3),
            stage.app.url_for("login") if hasattr(stage.app, "url_for") else "/login",
        ]

    return [stage.event(handler), stage.event(handler)]


@probe()
def url_that_cannot_be_built(stage: Stage) -> Any:
    def handler() -> Any:
        try:
            return url_for("pages")
        except BuildError as error:
            return [str(error), error.adapter.server_name, error.adapter.path_info]

    return [stage.event(handler), stage.event(handler)]


def app_with_server_name() -> Flask:
    app = plain_app()
    app.config["SERVER_NAME"] = "example.org:8000"
    app.config["PREFERRED_URL_SCHEME"] = "https"
    return app


@probe(app=app_with_server_name)
def urls_with_a_server_name(stage: Stage) -> Any:
    def handler() -> Any:
        with stage.app.app_context():
            own = url_for("page", number=1)
        return [own, url_for("page", number=3, _external=True)]

    return [stage.event(handler), stage.event(handler)]


@probe(app=app_with_server_name)
def urls_after_the_request(stage: Stage) -> Any:
    @stage.app.teardown_appcontext
    def tear_down(error: BaseException | None) -> None:
        stage.log.append(url_for("page", number=1))

    return [stage.event(lambda: "done"), stage.event(lambda: "done")]


def app_with_trusted_hosts() -> Flask:
    app = plain_app()
    app.config["TRUSTED_HOSTS"] = ["example.org"]
    return app


@probe(app=app_with_trusted_hosts)
def urls_on_a_host_that_is_not_trusted(stage: Stage) -> Any:
    def handler() -> str:
        return url_for("page", number=1)

    return [stage.failure(handler), stage.failure(handler)]


class TenantApp(Flask):
    """An app with a URL adapter of its own."""

    def create_url_adapter(self, request: Any) -> Any:
        adapter = super().create_url_adapter(request)
        if adapter is not None:
            adapter.script_name = "/tenant/"
        return adapter


def app_of_tenants() -> Flask:
    app = TenantApp("stage")
    app.config["SECRET_KEY"] = "only for tests"
    app.add_url_rule("/pages", "page", lambda: "")
    return app


@probe(app=app_of_tenants, lean=False)
def url_adapter_of_the_app(stage: Stage) -> Any:
    return [stage.event(lambda: url_for("page")), stage.event(lambda: url_for("page"))]


def app_with_url_defaults() -> Flask:
    app = plain_app()
    app.add_url_rule("/<lang>/about", "about", lambda lang: lang)

    @app.url_defaults
    def add_language(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "about":
            values.setdefault("lang", request.args.get("w"))

    return app


@probe(app=app_with_url_defaults)
def url_defaults_of_the_app(stage: Stage) -> Any:
    return stage.event(lambda: url_for("about"))


@probe()
def flashes_within_an_event(stage: Stage) -> Any:
    def handler() -> Any:
        flash("one")
        flash("two", "error")
        first = get_flashed_messages(with_categories=True)
        return [first, get_flashed_messages()]

    return [stage.event(handler), stage.event(handler)]


@probe()
def flashes_for_the_next_event(stage: Stage) -> Any:
    stage.event(lambda: flash("later"))
    return [stage.event(get_flashed_messages), stage.event(get_flashed_messages)]


@probe()
def signal_of_a_flash(stage: Stage) -> Any:
    def note(sender: Flask, **values: Any) -> None:
        stage.log.append([sender.name, values["message"], values["category"]])

    with message_flashed.connected_to(note, stage.app):
        return stage.event(lambda: flash("heard", "info") or "flashed")


@probe()
def templates(stage: Stage) -> Any:
    def handler() -> Any:
        session["user"] = "ada"
        g.mark = "here"
        return render_template_string(
            "{{ request.namespace }} {{ session.user }} {{ g.mark }} "
            "{{ config.TESTING }} {{ url_for('page', number=1) }}"
        )

    return [stage.event(handler), stage.event(handler)]


@probe()
def functions_for_after_the_request_are_taken_and_never_run(stage: Stage) -> Any:
    def handler() -> Any:
        after_this_request(lambda response: stage.log.append("ran") or response)
        return "taken"

    return [stage.event(handler), stage.event(handler)]


@probe()
def functions_for_after_the_request_are_of_one_event(stage: Stage) -> Any:
    def handler() -> int:
        after_this_request(lambda response: response)
        return len(flask.globals.request_ctx._after_request_functions)

    return [stage.event(handler) for _ in range(3)]


@probe()
def request_functions_of_the_app_do_not_run(stage: Stage) -> Any:
    stage.app.before_request(lambda: stage.log.append("before"))
    stage.app.after_request(lambda response: stage.log.append("after") or response)
    return [stage.event(lambda: "ran"), stage.event(lambda: "ran")]


@probe()
def json_of_the_app(stage: Stage) -> Any:
    def handler() -> Any:
        same = getattr(stage.app, "json", request.json_module)
        return [request.json_module is same, current_app.response_class.__name__]

    return [stage.event(handler), stage.event(handler)]


@probe()
def g_of_an_outer_app_context(stage: Stage) -> Any:
    stage.app.teardown_appcontext(lambda error: stage.log.append("teardown"))
    stage.connect()
    with stage.app.app_context():
        g.mark = "outer"
        found = [
            stage.event(lambda: g.pop("mark", None)),
            stage.event(lambda: sorted(g)),
        ]
        g.kept = "still here"
        return [found, stage.event(lambda: g.kept)]


@probe()
def outer_context_of_another_app(stage: Stage) -> Any:
    stage.connect()
    with Flask("other").app_context():
        g.mark = "outer"
        return stage.event(lambda: [current_app.name, sorted(g)])
