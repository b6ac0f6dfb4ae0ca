"""The router that a command is about."""

from __future__ import annotations

import click
from flask import Flask

from nsroute.router import MetaRouter
from nsroute.upstream.hosts import Host, classes_of, hosts
from nsroute.upstream.registration import STAR


def find_router(app: Flask, path: str | None) -> MetaRouter:
    """Return the router of an application, or of its server at a path.

    Raises:
        click.ClickException: If there is none, or if it is not clear which.
    """
    found = hosts(app)
    if not found:
        raise click.ClickException(
            f"The application {app.name!r} has no SocketIO: make it with "
            "SocketIO(app), or call its init_app(app)."
        )
    if path is not None:
        found = [_at(found, path)]
    routers = [(host, router) for host in found if (router := _router_of(host))]
    if not routers:
        raise click.ClickException(
            f"No router is mounted on the SocketIO at {_listed(found)}: call "
            "MetaRouter([...]).mount(socketio)."
        )
    if len(routers) > 1:
        paths = _listed([host for host, _ in routers])
        raise click.UsageError(f"There is a router at {paths}: choose with --path.")
    return routers[0][1]


def _at(found: list[Host], path: str) -> Host:
    for host in found:
        if host.path.strip("/") == path.strip("/"):
            return host
    raise click.UsageError(f"There is no SocketIO at {path!r}: try {_listed(found)}.")


def _router_of(host: Host) -> MetaRouter | None:
    handler = classes_of(host.server).get(STAR)
    return handler if isinstance(handler, MetaRouter) else None


def _listed(found: list[Host]) -> str:
    return " and ".join(host.path for host in found)
