"""An application whose connect handlers are guarded by extensions of Flask."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, Route, RoutedNamespace, on
from tests.support.sites import Site

TOKEN = "let-me-in"


def clubs(mode: str) -> Site:
    """Serve clubs that Flask-HTTPAuth, Flask-Login and flask-jwt-extended guard."""
    from flask_httpauth import HTTPTokenAuth
    from flask_jwt_extended import JWTManager, get_jwt_identity, jwt_required
    from flask_login import LoginManager, UserMixin, current_user, login_required

    app = Flask("clubs")
    app.config.update(SECRET_KEY="s" * 32, JWT_SECRET_KEY="j" * 32)
    JWTManager(app)
    manager, auth = LoginManager(app), HTTPTokenAuth()

    class User(UserMixin):  # type: ignore[misc]
        id = "ann"

    @manager.request_loader
    def load(request: Any) -> User | None:
        return User() if request.headers.get("X-Token") == TOKEN else None

    @auth.verify_token
    def verify(token: str) -> str | None:
        return "ann" if token == TOKEN else None

    class Club(RoutedNamespace):
        @on("who")
        def who(self) -> Any:
            return self.client["user"]

    class HTTPAuth(Club, namespace="/httpauth"):
        @on("connect")
        @auth.login_required
        def join(self) -> None:
            self.client["user"] = auth.current_user()

    class Login(Club, namespace="/login"):
        @on("connect")
        @login_required
        def join(self) -> None:
            self.client["user"] = current_user.id

    class JWT(Club, namespace="/jwt"):
        @on("connect")
        @jwt_required()
        def join(self) -> None:
            self.client["user"] = get_jwt_identity()

    class Plain(Namespace):  # type: ignore[misc]
        """Served as it is."""

        on_connect = auth.login_required(lambda self: None)
        on_who = staticmethod(lambda: "ann")

    socketio = SocketIO(app, async_mode=mode)
    routes = [HTTPAuth, Login, JWT, Route("/plain", Plain)]
    return Site(app, socketio, MetaRouter(routes, log=False).mount(socketio))


def headers_of(app: Flask) -> dict[str, dict[str, str]]:
    """Return the headers with which somebody is known, for each namespace."""
    from flask_jwt_extended import create_access_token

    with app.app_context():
        jwt = create_access_token(identity="ann")
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    return {
        "/httpauth": bearer,
        "/login": {"X-Token": TOKEN},
        "/jwt": {"Authorization": f"Bearer {jwt}"},
        "/plain": bearer,
    }
