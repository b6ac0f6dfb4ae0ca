"""AsyncAPI 3 from routes and their types, for clients in any language.

The document has a channel for each route and an operation for each event that a client
may send. Messages come from signatures and docstrings, acknowledgements are replies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Final, cast

from flask import Flask, Response, current_app, request

from nsroute.asyncapi.operations import Operations
from nsroute.router import MetaRouter
from nsroute.upstream.hosts import hosts

__all__ = ["asyncapi_document", "asyncapi_view", "write_document"]

_VERSION: Final = "3.0.0"
# Its names have a dot, which no class of a user's has.
_COMPONENTS: Final[dict[str, Any]] = json.loads(
    files(__name__).joinpath("components.json").read_text("utf-8")
)
_MEDIA_TYPE: Final = f"application/vnd.aai.asyncapi+json;version={_VERSION}"


def asyncapi_document(
    router: MetaRouter,
    app: Flask,
    *,
    title: str | None = None,
    version: str | None = None,
    description: str | None = None,
    servers: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe the routes of a mounted router as AsyncAPI 3.

    Args:
        router: The router.
        app: The application. Its configuration has the server's URL (`SERVER_NAME`,
            `PREFERRED_URL_SCHEME`, `APPLICATION_ROOT`).
        title: The title; by default `API_TITLE`, or the application's name.
        version: The API's version; by default `API_VERSION`, or `0.0.0`.
        description: A description of the API, in CommonMark.
        servers: Servers as AsyncAPI has them, in place of the one that is configured.
    """
    config = cast("Mapping[str, Any]", app.config)
    info = {
        "title": title or config.get("API_TITLE") or app.name,
        "version": version or config.get("API_VERSION") or "0.0.0",
        "description": description,
    }
    content = Operations(router)
    schemas = {**content.schemas.components(), **_COMPONENTS["schemas"]}
    return {
        "asyncapi": _VERSION,
        "info": {name: text for name, text in info.items() if text is not None},
        "defaultContentType": "application/json",
        "servers": dict(servers or {"default": _server(router, app)}),
        "channels": content.channels,
        "operations": content.operations,
        "components": {"messages": _COMPONENTS["messages"], "schemas": schemas},
    }


def asyncapi_view(router: MetaRouter, **options: Any) -> Callable[[], Response]:
    """Return a Flask view of the document, to be put behind your own authorisation.

    `app.add_url_rule("/asyncapi.json", view_func=guarded(asyncapi_view(router)))`;
    `options` are the keyword arguments of `asyncapi_document`.
    """

    def asyncapi() -> Response:
        document = asyncapi_document(router, current_app, **options)
        response = Response(write_document(document), content_type=_MEDIA_TYPE)
        response.add_etag()
        response.make_conditional(request)
        return response

    return asyncapi


def write_document(document: Mapping[str, Any]) -> str:
    """Return a document as JSON text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _server(router: MetaRouter, app: Flask) -> dict[str, Any]:
    config = cast("Mapping[str, Any]", app.config)
    root: str = config["APPLICATION_ROOT"]
    paths = [host.path for host in hosts(app) if host.server is router.server]
    return {
        "host": config["SERVER_NAME"] or "localhost:5000",
        "protocol": "wss" if config["PREFERRED_URL_SCHEME"] == "https" else "ws",
        "pathname": root.rstrip("/") + (paths[0] if paths else "/socket.io/"),
        "description": "A Socket.IO server; channels are namespaces of this URL.",
    }
