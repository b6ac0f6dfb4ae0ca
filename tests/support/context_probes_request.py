"""What handlers see of `request`."""

from __future__ import annotations

import warnings
from typing import Any

from flask import Blueprint, Flask, current_app, request, session
from werkzeug.routing import BaseConverter

from tests.support.context_probes_app import app_with_trusted_hosts
from tests.support.context_stage import NAMESPACE, Stage, plain_app, probe

UNCOMPARED = {"environ", "input_stream", "json", "stream"}
"""Public attributes that belong to the connection, or raise."""


@probe()
def sid_namespace_and_event(stage: Stage) -> Any:
    return stage.event(
        lambda *_: [request.sid, request.namespace, request.event], "a", {"b": [1]}
    )


@probe()
def event_of_a_connect(stage: Stage) -> Any:
    def handler(auth: Any) -> Any:
        environ, given = request.event["args"]
        return [request.event["message"], environ is request.environ, given, auth]

    return stage.connect(handler, auth={"token": "t"})


@probe()
def event_of_a_connect_without_auth(stage: Stage) -> Any:
    return stage.connect(lambda auth: [request.event["args"][1:], auth, request.sid])


@probe()
def event_of_a_disconnect(stage: Stage) -> Any:
    return stage.disconnect(lambda reason: [request.event, reason, request.sid])


@probe()
def every_public_attribute(stage: Stage) -> Any:
    def handler() -> Any:
        names = [
            n for n in dir(request) if not n.startswith("_") and n not in UNCOMPARED
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return {name: repr(getattr(request, name)) for name in names}

    return [stage.event(handler), stage.event(handler)]


@probe()
def address(stage: Stage) -> Any:
    return stage.event(
        lambda: [
            *(request.method, request.scheme, request.host, request.path),
            *(request.full_path, request.url, request.base_url, request.root_url),
            *(request.remote_addr, request.is_secure, request.script_root),
        ]
    )


@probe()
def query(stage: Stage) -> Any:
    return stage.event(lambda: [request.args.to_dict(flat=False), request.query_string])


@probe()
def headers_and_cookies(stage: Stage) -> Any:
    stage.http.get("/theme")
    return stage.event(
        lambda: [
            sorted(request.headers.items()),
            request.cookies.to_dict(),
            request.user_agent.string,
            request.authorization.password if request.authorization else None,
            request.accept_languages.best,
            request.origin,
        ]
    )


@probe()
def body(stage: Stage) -> Any:
    return stage.event(
        lambda: [
            *(request.get_data(), request.form.to_dict(), request.files.to_dict()),
            *(request.is_json, request.get_json(silent=True), request.content_type),
            *(request.values.to_dict(), request.content_length, request.mimetype),
        ]
    )


@probe()
def form_in_every_event(stage: Stage) -> Any:
    return [stage.event(lambda: len(request.files)) for _ in range(3)]


@probe()
def unmatched_url(stage: Stage) -> Any:
    def handler() -> Any:
        error = request.routing_exception
        return [
            *(request.endpoint, request.url_rule, request.view_args),
            *(request.blueprint, request.blueprints),
            *(type(error).__name__, error.code if error else None, str(error)),
        ]

    return [stage.event(handler), stage.event(handler)]


@probe()
def routing_exception_is_raised_afresh(stage: Stage) -> Any:
    def handler() -> Any:
        assert request.routing_exception is not None
        request.routing_exception.description = "changed"
        raise request.routing_exception

    failures = [stage.failure(handler), stage.failure(handler)]
    return [failures, stage.event(lambda: str(request.routing_exception))]


def app_with_catch_all() -> Flask:
    app = plain_app()
    app.add_url_rule("/<path:rest>", "spa", lambda rest: rest)
    return app


@probe(app=app_with_catch_all)
def url_matched_by_a_catch_all(stage: Stage) -> Any:
    def handler() -> Any:
        rule, values = request.url_rule, request.view_args
        assert rule is not None
        assert values is not None
        found = [rule.rule, dict(values), request.endpoint, request.routing_exception]
        values["left"] = "behind"
        return found

    return [stage.event(handler) for _ in range(3)]


def app_with_blueprint() -> Flask:
    app = plain_app()
    site = Blueprint("site", __name__)
    site.add_url_rule("/<path:rest>", "spa", lambda rest: rest)
    app.register_blueprint(site)
    return app


@probe(app=app_with_blueprint)
def url_matched_in_a_blueprint(stage: Stage) -> Any:
    return stage.event(
        lambda: [request.blueprint, request.blueprints, request.endpoint]
    )


class Boxes(BaseConverter):
    def to_python(self, value: str) -> Any:
        return [value]


def app_with_converter() -> Flask:
    app = plain_app()
    app.url_map.converters["box"] = Boxes
    app.add_url_rule("/<box:box>", "box", lambda box: box)
    app.add_url_rule("/<box:box>/", "box2", lambda box: box)
    return app


@probe(app=app_with_converter)
def url_matched_by_a_converter_of_mutable_values(stage: Stage) -> Any:
    def handler() -> Any:
        assert request.view_args is not None
        request.view_args["box"].append("more")
        return request.view_args["box"]

    return [stage.event(handler) for _ in range(3)]


class Looks(BaseConverter):
    def to_python(self, value: str) -> Any:
        return [value, request.path, session.get("user"), current_app.name]


def app_with_looking_converter() -> Flask:
    app = plain_app()
    app.url_map.converters["looks"] = Looks
    app.add_url_rule("/<looks:seen>/", "seen", lambda seen: seen)
    return app


@probe(app=app_with_looking_converter)
def converter_that_looks_at_the_request_and_the_session(stage: Stage) -> Any:
    stage.http.get("/login")
    stage.connect()
    return [stage.event(lambda: request.view_args) for _ in range(2)]


@probe(app=app_with_looking_converter)
def converter_that_looks_before_a_handler_does(stage: Stage) -> Any:
    return [stage.event(lambda: [dict(session), request.view_args]) for _ in range(2)]


@probe(app=app_with_trusted_hosts)
def host_that_is_not_trusted(stage: Stage) -> Any:
    def handler() -> Any:
        error = request.routing_exception
        return [type(error).__name__, str(error), request.trusted_hosts, repr(request)]

    return [stage.event(handler), stage.event(handler)]


@probe()
def attribute_of_a_handler_is_gone_with_its_event(stage: Stage) -> Any:
    def write() -> None:
        request.mark = "here"
        request.event["more"] = 1

    stage.event(write)
    return stage.event(
        lambda: [
            getattr(request, "mark", "gone"),
            request.event,
        ]
    )


@probe(since=(3, 1))
def limit_of_a_handler_is_gone_with_its_event(stage: Stage) -> Any:
    def handler() -> Any:
        before = request.max_content_length
        request.max_content_length = 5
        return [before, request.max_content_length]

    return [stage.event(handler), stage.event(handler)]


@probe()
def environ_is_the_connection_s(stage: Stage) -> Any:
    def write() -> None:
        request.environ["mark"] = "here"

    stage.event(write)
    return stage.event(lambda: [request.environ["mark"], request.environ["PATH_INFO"]])


@probe()
def environ_leads_to_the_request(stage: Stage) -> Any:
    seen: list[Any] = []

    def handler() -> Any:
        seen.append(request.environ)
        return request.environ["werkzeug.request"] is request._get_current_object()

    found = [stage.event(handler), stage.event(handler)]
    return [found, type(seen[-1]["werkzeug.request"]).__name__]


@probe()
def every_request_is_another(stage: Stage) -> Any:
    kept: list[Any] = []
    for _ in range(3):
        stage.event(lambda: kept.append(request._get_current_object()))
    return [len(set(map(id, kept))), [one.sid for one in kept], [*map(repr, kept)]]


@probe()
def environ_replaced_by_another_connect(stage: Stage) -> Any:
    stage.serve("/other")
    stage.connect(query="step=1")
    stage.connect(query="step=2", namespace="/other")
    return [
        stage.event(lambda: [request.args.to_dict(), request.sid], namespace=namespace)
        for namespace in (NAMESPACE, "/other", NAMESPACE)
    ]


@probe()
def environ_replaced_by_a_connect_to_an_exact_class(stage: Stage) -> Any:
    stage.connect(query="step=1")
    stage.connect(query="step=2", namespace="/exact")
    return stage.event(lambda: [request.args.to_dict(), request.namespace])
