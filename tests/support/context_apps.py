"""Apps that change, each in its own way, what a handler finds in its Flask context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Flask, Request, Response, current_app, g, request, session
from flask.ctx import _AppCtxGlobals
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from werkzeug.routing import BaseConverter
from werkzeug.utils import cached_property


def plain_app(cls: type[Flask] = Flask, **options: Any) -> Flask:
    """Return an app with a page, a login and another cookie.

    Args:
        cls: Its class.
        **options: Configuration in upper case, attributes of the app in lower case.
    """
    app = cls("stage", static_folder=None)
    app.config.update(SECRET_KEY="only for tests", LOG=[])
    for name, value in options.items():
        (app.config if name.isupper() else vars(app))[name] = value

    @app.route("/pages/<int:number>")
    def page(number: int) -> str:
        return str(number)

    @app.route("/login")
    def login() -> str:
        session["user"] = "ada"
        return "welcome"

    @app.route("/theme")
    def theme() -> Response:
        response = Response("dark")
        response.set_cookie("theme", "dark")
        return response

    @app.route("/session")
    def show() -> dict[str, Any]:
        return dict(session)

    return app


class LookingConverter(BaseConverter):
    def to_python(self, value: str) -> Any:
        return [value, request.path, dict(session), current_app.name]


def app_with_rule(rule: str, **options: Any) -> Flask:
    """Return an app with a rule that matches the path of Socket.IO."""
    app = plain_app()
    app.url_map.converters["looking"] = LookingConverter
    app.add_url_rule(rule, "matched", lambda **values: "", **options)
    return app


def app_with_blueprint() -> Flask:
    app = plain_app()
    site = Blueprint("site", __name__)
    site.add_url_rule("/<path:rest>", "spa", lambda rest: rest)
    site.teardown_request(lambda error: app.config["LOG"].append(["site", repr(error)]))
    app.register_blueprint(site)
    return app


class TenantApp(Flask):
    made = 0

    def create_url_adapter(self, request: Any) -> Any:
        adapter = super().create_url_adapter(request)
        if adapter is not None:
            self.made += 1
            adapter.script_name = f"/{self.made}/"
        return adapter


class OwnGlobals(_AppCtxGlobals):
    def __init__(self) -> None:
        self.began = "with the event"


class OwnContexts(Flask):
    def request_context(self, environ: Any) -> Any:
        context = super().request_context({**environ, "REMOTE_ADDR": "203.0.113.9"})
        self.config["LOG"].append("request context")
        return context

    def app_context(self) -> Any:
        context = super().app_context()
        context.g.tenant = "t1"
        return context


class OwnRequest(Request):
    kind = "own"

    @cached_property
    def notes(self) -> list[str]:
        return [self.path]

    @property
    def sid(self) -> str:
        return f"client {self._sid}"

    @sid.setter
    def sid(self, value: str) -> None:
        self._sid = value

    def close(self) -> None:
        super().close()
        self.environ["closed"] = self.environ.get("closed", 0) + 1


class InitialisedRequest(Request):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notes: list[str] = []


class StoredSession(dict[str, Any], SessionMixin):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.modified = False

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self.modified = True


class StoredSessions(SessionInterface):
    """Sessions in a dict; what is asked of it is in the log of the app."""

    def __init__(self, fails: str = "") -> None:
        self.stored: dict[str, Any] = {}
        self.fails = fails

    def open_session(self, app: Flask, request: Any) -> StoredSession | None:
        app.config["LOG"].append(["open", sorted(request.cookies)])
        g.opened = True
        return None if self.fails == "open" else StoredSession(self.stored)

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        app.config["LOG"].append(["save", dict(session), type(response).__name__])
        if self.fails == "save" and session:
            raise ConnectionError("store is full")
        self.stored = dict(session)


class PlainSession(dict[str, Any]):
    """A session that does not know whether it was modified."""

    accessed = False


class PlainSessions(StoredSessions):
    def open_session(self, app: Flask, request: Any) -> Any:
        return PlainSession(super().open_session(app, request) or {})


class InheritedSessions(SecureCookieSessionInterface):
    salt = "pepper"


# Factories, because what is made of one app must not be seen in another.
APPS: Mapping[str, Callable[[], Flask]] = {
    "plain": plain_app,
    "no secret key": lambda: plain_app(SECRET_KEY=None),
    "server name": lambda: plain_app(
        SERVER_NAME="example.org:8000", PREFERRED_URL_SCHEME="https"
    ),
    "trusted hosts": lambda: plain_app(TRUSTED_HOSTS=["example.org"]),
    "catch-all": lambda: app_with_rule("/<path:rest>"),
    "looking converter": lambda: app_with_rule("/<looking:values>"),
    "redirect": lambda: app_with_rule("/socket.io", redirect_to="/elsewhere"),
    "blueprint": app_with_blueprint,
    "url adapter": lambda: plain_app(TenantApp),
    "globals": lambda: plain_app(app_ctx_globals_class=OwnGlobals),
    "own contexts": lambda: plain_app(OwnContexts),
    "own request": lambda: plain_app(request_class=OwnRequest),
    "initialised request": lambda: plain_app(request_class=InitialisedRequest),
    "stored sessions": lambda: plain_app(session_interface=StoredSessions()),
    "no session": lambda: plain_app(session_interface=StoredSessions("open")),
    "full store": lambda: plain_app(session_interface=StoredSessions("save")),
    "plain sessions": lambda: plain_app(session_interface=PlainSessions()),
    "inherited sessions": lambda: plain_app(session_interface=InheritedSessions()),
}
