"""What handlers see of `request` where its class is the app's own."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, request
from werkzeug.datastructures import MultiDict
from werkzeug.utils import cached_property

from tests.support.context_stage import Stage, plain_app, probe


class CountingRequest(Request):
    kind = "counting"
    made = 0

    @cached_property
    def serial(self) -> int:
        type(self).made += 1
        return self.made

    @property
    def doubled(self) -> str:
        return self.path * 2


def app_with_request_class() -> Flask:
    app = plain_app()
    app.request_class = type("MyRequest", (CountingRequest,), {})
    return app


@probe(app=app_with_request_class)
def request_class_of_the_app(stage: Stage) -> Any:
    def handler() -> Any:
        mine: Any = request
        kind = type(request._get_current_object())
        own = kind is stage.app.request_class
        return [own, kind.__name__, mine.kind, mine.doubled, mine.serial, mine.serial]

    return [stage.event(handler) for _ in range(3)]


class OwnCookiesRequest(Request):
    @cached_property
    def cookies(self) -> Any:
        return {"own": self.path}


class OtherCookiesRequest(Request):
    dict_storage_class = MultiDict


def app_with_own_cookies() -> Flask:
    app = plain_app()
    app.request_class = OwnCookiesRequest
    return app


def app_with_other_cookies() -> Flask:
    app = plain_app()
    app.request_class = OtherCookiesRequest
    return app


def cookies(*_: Any) -> Any:
    """Read the cookies, as a handler that leaves something among them."""
    found: Any = request.cookies
    before = dict(found)
    found["left"] = "behind"
    return before


@probe(app=app_with_own_cookies)
def request_class_with_cookies_of_its_own(stage: Stage) -> Any:
    stage.http.get("/theme")
    return [stage.event(cookies) for _ in range(3)]


@probe(app=app_with_other_cookies)
def request_class_whose_cookies_can_be_changed(stage: Stage) -> Any:
    stage.http.get("/theme")
    return [stage.event(cookies) for _ in range(3)]


class InitialisedRequest(Request):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notes: list[str] = []


class ClosingRequest(Request):
    def close(self) -> None:
        super().close()
        self.environ["closed"] = self.environ.get("closed", 0) + 1


class NamedRequest(Request):
    @property
    def sid(self) -> str:
        return f"client {self._sid}"

    @sid.setter
    def sid(self, value: str) -> None:
        self._sid = value


def app_with(request_class: type[Request]) -> Any:
    def make() -> Flask:
        app = plain_app()
        app.request_class = request_class
        return app

    return make


@probe(app=app_with(InitialisedRequest), lean=False)
def request_class_with_state_of_its_own(stage: Stage) -> Any:
    def handler() -> Any:
        mine: Any = request
        mine.notes.append("seen")
        return mine.notes

    return [stage.event(handler) for _ in range(3)]


@probe(app=app_with(ClosingRequest), lean=False)
def request_class_that_closes_more(stage: Stage) -> Any:
    return [stage.event(lambda: request.environ.get("closed")) for _ in range(3)]


@probe(app=app_with(NamedRequest), lean=False)
def request_class_with_a_property_of_that_name(stage: Stage) -> Any:
    return [stage.event(lambda: request.sid) for _ in range(2)]
