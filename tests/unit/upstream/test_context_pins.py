"""Whether the private parts that the contexts touch are still as they were read.

A test here that fails says that upstream has changed: read what it shows, see that the
contexts are still right, and write down the new shape.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import pydoc
import textwrap
from contextvars import ContextVar
from typing import Any

import flask.globals
import pytest
from flask import Flask
from flask.signals import appcontext_pushed
from structlog.contextvars import bind_contextvars

from nsroute.upstream.objections import installed_objection

pytestmark = pytest.mark.skipif(
    installed_objection() is not None, reason="the lean context is not used here"
)


def shape(function: Any) -> str:
    """Digest what a function does, whatever its comments, types and layout."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.arg):
            node.annotation = None
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()[:12]


SHAPES = {
    "flask.app.Flask.app_context": "c583aebc143e",
    "flask.app.Flask.create_url_adapter": "1e787d93b68d",
    "flask.app.Flask.do_teardown_appcontext": "c5bb28d878a9",
    "flask.app.Flask.do_teardown_request": "a81b09fa765a",
    "flask.app.Flask.request_context": "e96ddf24c0ea",
    "flask.ctx.AppContext.__init__": "d322348ba869",
    "flask.ctx.AppContext.pop": "0010cef41148",
    "flask.ctx.AppContext.push": "c9e99b9996d9",
    "flask.ctx.RequestContext.__init__": "dc730f3f142d",
    "flask.ctx.RequestContext.copy": "6a19557f7576",
    "flask.ctx.RequestContext.match_request": "15bfc27587ee",
    "flask.ctx.RequestContext.pop": "4be11e72f946",
    "flask.ctx.RequestContext.push": "eef40779184a",
    "flask.ctx.RequestContext.session.fget": "2c2414dd7588",
    "flask.sessions.SecureCookieSessionInterface.open_session": "4e454b145c17",
    "flask_socketio.SocketIO._handle_event": "1f3def7bcd78",
    "werkzeug.sansio.request.Request.__init__": "a1460be51ee6",
    "werkzeug.wrappers.request.Request.__init__": "ec9ee6667005",
    "werkzeug.wrappers.request.Request.close": "1033562c6709",
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_function_that_is_relied_on_is_as_it_was_read(name: str) -> None:
    """What Flask does around a context is left out or copied by the lean context."""
    function = pydoc.locate(name)
    assert shape(function) == SHAPES[name], inspect.getsource(function)


def test_a_request_context_has_the_attributes_that_a_lean_one_has() -> None:
    """`__init__` sets nothing that the lean class does not make in another way."""
    app = Flask("app")
    context = app.test_request_context("/socket.io/")
    assert set(vars(context)) == {
        *("app", "request", "url_adapter", "flashes", "_session"),
        *("_after_request_functions", "_cv_tokens"),
    }
    assert set(vars(app.app_context())) == {"app", "url_adapter", "g", "_cv_tokens"}


def test_a_pushed_context_keeps_its_tokens_as_a_lean_one_does() -> None:
    """`_cv_tokens` hold a token each, a request's beside the app context below it."""
    context = Flask("app").test_request_context("/socket.io/")
    with context:
        ((token, below),) = context._cv_tokens
        assert token.var is flask.globals._cv_request
        assert below is flask.globals._cv_app.get()
        (below_token,) = below._cv_tokens
        assert below_token.var is flask.globals._cv_app
    assert context._cv_tokens == []


def test_the_current_contexts_are_in_two_context_variables() -> None:
    """The proxies read from where the lean context writes."""
    assert isinstance(flask.globals._cv_app, ContextVar)
    assert isinstance(flask.globals._cv_request, ContextVar)


def test_a_request_keeps_only_what_cannot_change() -> None:
    """What a request knows of its environment can be shared with its clones."""
    context = Flask("app").test_request_context("/socket.io/")
    kept = vars(context.request)
    assert {name: type(value).__name__ for name, value in kept.items()} == {
        "environ": "dict",
        "headers": "EnvironHeaders",
        "host": "str",
        "json_module": "DefaultJSONProvider",
        "method": "str",
        "path": "str",
        "query_string": "bytes",
        "remote_addr": "NoneType",
        "root_path": "str",
        "scheme": "str",
        "server": "tuple",
        "shallow": "bool",
    }


def test_a_signal_keeps_its_dict_of_receivers() -> None:
    """Whether anyone listens can be seen in a dict that was looked up once."""
    receivers = appcontext_pushed.receivers
    assert not receivers
    with appcontext_pushed.connected_to(lambda *_, **__: None):
        assert appcontext_pushed.receivers is receivers
        assert receivers
    assert not receivers
    appcontext_pushed._clear_state()
    assert appcontext_pushed.receivers is receivers


def test_a_token_of_structlog_names_the_variable_that_it_sets_again() -> None:
    """The context variable behind a key is the same for the whole process."""
    first = bind_contextvars(sio_event="a")["sio_event"]
    second = bind_contextvars(sio_event="b")["sio_event"]
    assert first.var is second.var
    second.var.reset(second)
    first.var.reset(first)
