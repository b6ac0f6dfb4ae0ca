"""What extensions make of their own exceptions: that nobody signed in is an answer."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, jsonify, request

from nsroute import RoutedNamespace, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import Site, error, site

INTERNAL = error("internal_error", "internal error")
UNAUTHORIZED = error("unauthorized", "Unauthorized.")


class NobodySignedIn(Exception):
    """An extension's own."""


class Expired(NobodySignedIn):
    """One of its kinds."""


class Broken(Exception):
    """What an application has a page for."""


class Club(RoutedNamespace, namespace="/club"):
    """Raises what it is sent."""

    @on("connect")
    def join(self, auth: Any) -> None:
        self.fail(auth)

    @on("fail")
    def fail(self, kind: str | None) -> None:
        errors = {"expired": Expired, "broken": Broken, "bug": ValueError}
        if kind is not None:
            raise errors[kind](kind)

    @on("disconnect")
    def leave(self) -> None:
        raise Expired


def club(*, any_error: bool = False) -> Site:
    """Return the club of an application with error handlers."""
    here = site(Club)
    app: Flask = here.app

    @app.errorhandler(NobodySignedIn)
    def sign_in(problem: Exception) -> Any:
        return jsonify(msg=f"{type(problem).__name__} at {request.path}"), 401

    @app.errorhandler(Broken)
    def page(problem: Exception) -> Any:
        return "We are sorry.", 500

    if any_error:

        @app.errorhandler(Exception)
        def any_page(problem: Exception) -> Any:
            raise AssertionError("it makes pages for browsers")

    return here


@pytest.mark.parametrize("any_error", [False, True])
def test_an_exception_of_an_extension_is_an_answer(any_error: bool) -> None:
    """In a connect and in an event: a response of HTTP's 4xx, from its own handler."""
    here = club(any_error=any_error)
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    told = {"message": "Unauthorized.", "data": {"code": "unauthorized"}}
    assert client.refusal("/club", "expired") == told
    client.join("/club")
    assert client.call("/club", "fail", "expired") == UNAUTHORIZED
    refused, joined, rejected = recorder.take()
    assert (refused.outcome, refused.code) == ("refused", "unauthorized")
    assert (rejected.outcome, rejected.code) == ("rejected", "unauthorized")
    told = "the handler of Expired('expired') returned a response (401 UNAUTHORIZED)"
    assert str(rejected.error) == told
    assert joined.outcome == "ok"


@pytest.mark.parametrize("any_error", [False, True])
@pytest.mark.parametrize("kind", ["broken", "bug"])
def test_what_an_application_has_a_page_for_is_an_error(
    kind: str, any_error: bool
) -> None:
    """A 5xx, or what a handler of any exception makes of it, is no answer."""
    here = club(any_error=any_error)
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    assert client.refusal("/club", kind) == {"message": "internal error"}
    client.join("/club")
    assert client.call("/club", "fail", kind) == INTERNAL
    assert [one.outcome for one in recorder.take()] == ["error", "ok", "error"]


def test_a_disconnect_is_answered_to_nobody() -> None:
    """It is an error there, as any exception is."""
    here = club()
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    client.join("/club")
    client.leave("/club")
    assert recorder.take()[-1].outcome == "error"


def test_a_class_handles_its_errors_first() -> None:
    """So do the router, and Flask-SocketIO's own handlers."""
    here = club()
    here.router.errorhandler(NobodySignedIn)(lambda problem: "the router's")
    client = inline_client(here)
    client.join("/club")
    assert client.call("/club", "fail", "expired") == "the router's"
