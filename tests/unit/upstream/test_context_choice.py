"""Which context an app is served in, and how that is said."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from flask import Flask, Request
from flask.sessions import SecureCookieSessionInterface
from structlog.testing import capture_logs

from nsroute.upstream import context as context_module
from nsroute.upstream.context import ClientContext
from nsroute.upstream.objections import (
    CHECKED,
    app_objection,
    installed_objection,
    opens_quietly,
    version_objection,
)
from tests.support.context_stage import (
    BrokenStore,
    Stage,
    checked,
    connected,
    only_context,
    plain_app,
)


class OwnRequest(Request):
    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)


class OwnApp(Flask):
    def create_url_adapter(self, request: Any) -> Any:
        return super().create_url_adapter(request)


def test_an_app_without_steps_of_its_own_is_not_objected_to() -> None:
    """A plain app and a subclass that overrides other things are both served leanly."""
    assert app_objection(Flask("plain")) is None
    assert app_objection(type("Other", (Flask,), {"test": 1})("other")) is None


def test_an_objection_names_the_step_that_the_app_overrides() -> None:
    """The reason can be found in the app's code by its name."""
    app = Flask("app")
    assert app_objection(OwnApp("own")) == "OwnApp.create_url_adapter is the app's own"
    app.request_class = OwnRequest
    assert app_objection(app) == "OwnRequest.__setattr__ is the app's own"
    app.do_teardown_request = app.do_teardown_request
    assert app_objection(app) == "Flask.do_teardown_request is the app's own"


def test_an_objection_names_a_descriptor_of_the_request_class() -> None:
    """A property in the place of an attribute is the class's to fill."""
    app = Flask("app")
    app.request_class = type("Mine", (Request,), {"headers": property(lambda _: {})})
    assert app_objection(app) == "Mine.headers is a descriptor"


@pytest.mark.parametrize(
    "name, first, later",
    [
        ("flask", "3.1.3", "3.1.99"),
        ("flask-socketio", "5.7.0", "5.7.9"),
        ("werkzeug", "3.1.0", "3.1.12.post1"),
    ],
)
def test_a_version_within_what_was_checked_is_not_objected_to(
    name: str, first: str, later: str
) -> None:
    """Later patches of a minor version count as checked."""
    installed = {"flask": "3.1.3", "flask-socketio": "5.7.0", "werkzeug": "3.1.9"}
    assert version_objection(installed | {name: first}) is None
    assert version_objection(installed | {name: later}) is None


@pytest.mark.parametrize(
    "name, other",
    [
        ("flask", "3.1.2"),
        ("flask", "2.2.0"),
        ("flask", "3.2.0.dev0"),
        ("flask-socketio", "5.8.0"),
        ("flask-socketio", "5.6.1"),
        ("werkzeug", "3.0.6"),
        ("werkzeug", "3.2"),
        ("werkzeug", "4.0.0rc1"),
    ],
)
def test_an_objection_names_the_version_that_was_not_checked(
    name: str, other: str
) -> None:
    """Versions before and after what was checked are served ordinarily."""
    installed = {"flask": "3.1.3", "flask-socketio": "5.7.0", "werkzeug": "3.1.9"}
    found = version_objection(installed | {name: other})
    assert found == f"not checked with {name} {other}"


def test_only_flask_s_own_way_of_opening_a_session_is_quiet() -> None:
    """An interface that overrides how a session is opened wants to be asked."""
    own = SecureCookieSessionInterface()
    other = type("Other", (SecureCookieSessionInterface,), {"salt": "pepper"})()
    patched = SecureCookieSessionInterface()
    patched.open_session = own.open_session
    slotted = type("Slotted", (), {"__slots__": ()})()
    found = [*map(opens_quietly, (own, other, patched, BrokenStore(), slotted))]
    assert found == [True, True, False, False, False]


def test_an_app_that_is_served_ordinarily_is_told_of_once() -> None:
    """One record of the logger `nsroute` says which step stands in the way."""
    context_module._tell.cache_clear()
    with capture_logs() as records:
        for _ in range(3):
            connected(app=OwnApp("own"))
    assert records == [
        {
            "event": "nsroute.context",
            "context": "ordinary",
            "reason": installed_objection()
            or "OwnApp.create_url_adapter is the app's own",
            "log_level": "info",
        }
    ]
    context_module._tell.cache_clear()


def fresh_context_module() -> Any:
    """Import `nsroute.upstream.context` once more, beside the one in use."""
    spec = importlib.util.find_spec("nsroute.upstream.context")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_unchecked_version_is_served_ordinarily(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With an unknown version no app gets the lean context, and that is said."""
    unknown = CHECKED | {"werkzeug": ((9,), (10,))}
    monkeypatch.setattr("nsroute.upstream.objections.CHECKED", unknown)
    module = fresh_context_module()
    stage = connected("ordinary")
    context = only_context(stage)
    with capture_logs() as records:
        made = module.client_context(
            stage.socketio, context.environ, context.namespace, context.sid
        )
    assert type(made) is ClientContext
    assert "not checked with" in records[0]["reason"]


@checked
def test_a_checked_version_is_served_leanly() -> None:
    """Where all versions are known an ordinary app gets the lean context, silently."""
    module = fresh_context_module()
    stage = Stage("chosen", plain_app())
    stage.connect()
    context = only_context(stage)
    with capture_logs() as records:
        made = module.client_context(
            stage.socketio, context.environ, context.namespace, context.sid
        )
    assert type(made).__name__ == "LeanContext"
    assert records == []
