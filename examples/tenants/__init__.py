"""Chats of several companies: a project to copy the layout from.

To install it, to run it, and to test it:

    pip install -e '.[examples]' pytest
    flask --app examples/tenants run --debug
    pytest examples/tenants
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from tenants import accounts, channels, database, logs
from tenants.sockets import socketio

__all__ = ["create_app"]


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application; Flask finds this function by its name."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="only for development",
        SESSION_COOKIE_SAMESITE="Lax",
        DATABASE="sqlite:///tenants.sqlite",
        CLIENT="",  # the address of a socket.io.min.js, in place of the CDN's
    )
    app.config.from_prefixed_env()  # FLASK_SECRET_KEY, FLASK_DATABASE, FLASK_CLIENT
    app.config.update(config or {})
    logs.log_as_json()
    database.open_database(app.config["DATABASE"])
    accounts.login_manager.init_app(app)
    app.register_blueprint(accounts.blueprint)
    app.register_blueprint(channels.blueprint)
    socketio.init_app(app, async_mode="threading")
    return app
