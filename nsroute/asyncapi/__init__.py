"""AsyncAPI 3 from routes and their types, for clients in any language.

A channel for each route, an operation for each event that a client may send, messages
from signatures and docstrings, acknowledgements as replies. What the server emits by
itself is not known from the routes, and so not in the document.

- `operations`: routes to channels and operations;
- `channels`: patterns to addresses and parameters;
- `messages`: signatures and docstrings to messages;
- `schemas`: annotations to schemas;
- `yaml`: the document as YAML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, cast

from flask import Flask, Response, current_app, request

from nsroute.asyncapi.operations import SHARED_MESSAGES, SHARED_SCHEMAS, Operations
from nsroute.asyncapi.yaml import to_yaml
from nsroute.router import MetaRouter
from nsroute.upstream.hosts import hosts

__all__ = ["Syntax", "asyncapi_document", "asyncapi_view", "write_document"]

Syntax = Literal["json", "yaml"]

_VERSION: Final = "3.0.0"


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
        app: The application: of its configuration, `SERVER_NAME`,
            `PREFERRED_URL_SCHEME` and `APPLICATION_ROOT` tell the server's URL,
            `API_TITLE` and `API_VERSION` the title and the version.
        title: The title; by default the application's name.
        version: The version of what is described; by default `0.0.0`.
        description: What it is all about, in CommonMark.
        servers: Servers as AsyncAPI has them, in place of the one that is configured.
    """
    config = cast("Mapping[str, Any]", app.config)
    info = {
        "title": title or config.get("API_TITLE") or app.name,
        "version": version or config.get("API_VERSION") or "0.0.0",
        "description": description,
    }
    content = Operations(router)
    schemas = content.schemas.components()
    return {
        "asyncapi": _VERSION,
        "info": {name: text for name, text in info.items() if text is not None},
        "defaultContentType": "application/json",
        "servers": dict(servers or {"default": _server(router, app)}),
        "channels": content.channels,
        "operations": content.operations,
        "components": {
            "messages": SHARED_MESSAGES,
            "schemas": {**schemas, **SHARED_SCHEMAS},
        },
    }


def asyncapi_view(
    router: MetaRouter, *, syntax: Syntax = "json", **options: Any
) -> Callable[[], Response]:
    """Make a Flask view of the document, to be mounted behind what authorises it.

    `app.add_url_rule("/asyncapi.json", view_func=guarded(asyncapi_view(router)))`

    Args:
        router: The router.
        syntax: `json` or `yaml`.
        **options: What else `asyncapi_document` takes.
    """

    def asyncapi() -> Response:
        document = asyncapi_document(router, current_app, **options)
        text = write_document(document, syntax)
        media = f"application/vnd.aai.asyncapi+{syntax};version={_VERSION}"
        response = Response(text, content_type=media)
        response.add_etag()
        response.make_conditional(request)
        return response

    return asyncapi


def write_document(document: Mapping[str, Any], syntax: Syntax = "json") -> str:
    """Write a document as JSON or as YAML."""
    if syntax == "yaml":
        return to_yaml(document)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _server(router: MetaRouter, app: Flask) -> dict[str, Any]:
    config = cast("Mapping[str, Any]", app.config)
    root: str = config["APPLICATION_ROOT"]
    secure = config["PREFERRED_URL_SCHEME"] == "https"
    paths = [host.path for host in hosts(app) if host.server is router.server]
    return {
        "host": config["SERVER_NAME"] or "localhost:5000",
        "protocol": "wss" if secure else "ws",
        "pathname": root.rstrip("/") + (paths[0] if paths else "/socket.io/"),
        "description": (
            "A Socket.IO server: a client joins a channel as a namespace of this URL."
        ),
    }
