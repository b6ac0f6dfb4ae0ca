"""A request context whose parts are made when they are first looked at.

Private parts touched, checked with the versions in `objections.CHECKED`
(`tests/unit/upstream/test_context_pins.py` fails when one changes):

- `RequestContext._session` and `_after_request_functions`, as its `__init__` sets them;
- `vars(request)`: all that Flask's own request class keeps of a request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from flask import Request
from flask.ctx import AppContext, RequestContext
from flask.sessions import SessionMixin
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

__all__ = ["LeanAppContext", "LeanRequestContext", "RequestTemplate", "blank"]

blank: Final[Callable[[type[Any]], Any]] = object.__new__
"""Make an instance without calling its `__init__`."""

_OF_AN_EVENT: Final = ("event", "namespace", "sid")
"""What a request is given after it was cloned; a place is kept for it."""


class Supplies(Protocol):
    """The connection, which knows what its events share."""

    def request(self, context: LeanRequestContext) -> Request:
        """Make the request of an event."""
        ...

    def session(self, context: LeanRequestContext) -> SessionMixin:
        """Find the session of an event, or open it."""
        ...


class Describes(Protocol):
    """The client, which knows what a request of an event has that others have not."""

    def describe(self, request: Any, event: str, args: tuple[Any, ...]) -> None:
        """Give it to a request."""


class Lazy:
    """An attribute that is made when it is first read; from then on an ordinary one."""

    __slots__ = ("make", "name")

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self.make: Callable[[Any], Any] = make

    def __set_name__(self, owner: type, name: str) -> None:
        self.name: str = name

    def __get__(self, instance: object, owner: type) -> Any:
        value = instance.__dict__[self.name] = self.make(instance)
        return value


def _request(context: LeanRequestContext) -> Request:
    connection, client, event, args = context.origin
    request = connection.request(context)
    client.describe(request, event, args)
    return request


def _session(context: LeanRequestContext) -> SessionMixin:
    return context.origin[0].session(context)


def _url_adapter(context: RequestContext) -> MapAdapter | None:
    try:
        return context.app.create_url_adapter(context.request)
    except HTTPException:
        return None


def _after_request_functions(context: RequestContext) -> list[Any]:
    return []


def _app_url_adapter(context: AppContext) -> MapAdapter | None:
    return context.app.create_url_adapter(None)


def _app_globals(context: AppContext) -> object:
    return context.app.app_ctx_globals_class()


class LeanAppContext(AppContext):
    """An application context that costs nothing before it is used."""

    url_adapter: Any = Lazy(_app_url_adapter)
    g: Any = Lazy(_app_globals)


class LeanRequestContext(RequestContext):
    """A request context that costs nothing before it is used.

    It is made without `__init__`, but as a copy of another context: there it is as
    Flask makes it.

    Attributes:
        origin: Whose event it is for: the connection, the client, the event and its
            wire arguments.
    """

    origin: tuple[Supplies, Describes, str, tuple[Any, ...]]
    request: Any = Lazy(_request)
    url_adapter: Any = Lazy(_url_adapter)
    flashes: list[tuple[str, str]] | None = None
    _session: Any = Lazy(_session)
    _after_request_functions: Any = Lazy(_after_request_functions)


class RequestTemplate:
    """The request of a connection, as Flask found it.

    Args:
        found: The attributes of the request before it was matched and before anyone
            else saw it.
        matched: The request after that.
    """

    __slots__ = ("attributes", "request_class", "routing_exception", "view_args")

    def __init__(self, found: dict[str, Any], matched: Request) -> None:
        self.request_class: type[Request] = type(matched)
        values = matched.view_args  # the first handler may change them
        self.view_args: dict[str, Any] | None = None if values is None else {**values}
        self.routing_exception: HTTPException | None = _copy(matched.routing_exception)
        self.attributes: dict[str, Any] = found | dict.fromkeys(_OF_AN_EVENT)
        self.attributes.pop("routing_exception", None)
        self.attributes["url_rule"] = matched.url_rule
        if self.request_class.cookies is Request.cookies:
            cookies = matched.cookies
            if type(cookies) is ImmutableMultiDict:
                self.attributes["cookies"] = cookies

    def clone(self) -> Request:
        """Make a request that shares with another only what cannot change."""
        request: Request = blank(self.request_class)
        request.__dict__ = attributes = self.attributes.copy()
        if self.view_args is not None:
            attributes["view_args"] = self.view_args.copy()
        if self.routing_exception is not None:
            attributes["routing_exception"] = _copy(self.routing_exception)
        attributes["environ"]["werkzeug.request"] = request
        return request


def _copy(error: HTTPException | None) -> HTTPException | None:
    """Copy an exception without the frames that it was raised in."""
    if error is None:
        return None
    copied = type(error).__new__(type(error), *error.args)
    copied.__dict__.update(error.__dict__)
    return copied
