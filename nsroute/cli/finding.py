"""The router that a command is about."""

from __future__ import annotations

import click
from flask import Flask

from nsroute.router import MetaRouter
from nsroute.upstream.hosts import classes_of, hosts
from nsroute.upstream.registration import STAR


def find_router(app: Flask, path: str | None) -> MetaRouter:
    """Return the router of an application, or of its server at a path."""
    found = {host.path: classes_of(host.server).get(STAR) for host in hosts(app)}
    if not found:
        raise click.ClickException(
            f"The application {app.name!r} has no SocketIO: make it with "
            "SocketIO(app), or call its init_app(app)."
        )
    if path is not None:
        wanted = f"/{path.strip('/')}/"
        if wanted not in found:
            paths = " and ".join(found)
            raise click.UsageError(f"There is no SocketIO at {path!r}: try {paths}.")
        found = {wanted: found[wanted]}
    routers = {at: one for at, one in found.items() if isinstance(one, MetaRouter)}
    if not routers:
        raise click.ClickException(
            f"No router is mounted on the SocketIO at {' and '.join(found)}: call "
            "MetaRouter([...]).mount(socketio)."
        )
    if len(routers) > 1:
        paths = " and ".join(routers)
        raise click.UsageError(f"There is a router at {paths}: choose with --path.")
    return routers.popitem()[1]
