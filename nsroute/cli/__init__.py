"""`flask nsroute`: look at the routes of an application from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

import click
from flask import current_app
from flask.cli import AppGroup

from nsroute.arguments import to_wire
from nsroute.asyncapi import asyncapi_document, write_document
from nsroute.cli.report import hardening_note, report, tabulate, terminal_width
from nsroute.handlers.entries import HandlerOrder
from nsroute.handlers.lookup import look_up
from nsroute.router import MetaRouter
from nsroute.typescript import typescript_module
from nsroute.upstream.hardening import is_hardened
from nsroute.upstream.hosts import classes_of, hosts
from nsroute.upstream.registration import STAR

__all__ = ["nsroute"]

_path_option = click.option(
    "--path", metavar="PATH", help="The SocketIO to look at, where there are several."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("nsroute", cls=AppGroup)
def nsroute() -> None:
    """Look at the Socket.IO routes of the application."""


@nsroute.command("routes", short_help="Show the routes.")
@click.option(
    "--sort",
    "-s",
    type=click.Choice(["tried", "namespace", "pattern", "event", "handler"]),
    default="tried",
    show_default=True,
    help="The order of the rows; 'tried' is the order in which they are tried, "
    "'pattern' another name for 'namespace'.",
)
@_json_option
@_path_option
def routes(sort: str, as_json: bool, path: str | None) -> None:
    """Show which handler each event of each namespace goes to.

    Function handlers and exact namespaces of the SocketIO come first, because they are
    tried first. If the server is not hardened, the last lines say so.
    """
    router = _find_router(path)
    entries = HandlerOrder(router).entries()
    column = "namespace" if sort == "pattern" else sort
    if column != "tried":
        entries.sort(key=lambda entry: getattr(entry, column) or "")
    if as_json:
        click.echo(json.dumps([entry.as_json() for entry in entries], indent=2))
        return
    width = terminal_width()
    if entries:
        # Where the output goes to another program, each line is complete.
        grouped = width is not None and column in ("tried", "namespace")
        lines = [*tabulate(entries, width, grouped=grouped)]
    else:
        lines = ["There are no routes."]
    for text in (*lines, *hardening_note(is_hardened(router.server), width)):
        click.echo(text)


@nsroute.command("match", short_help="Show where a name leads.")
@click.argument("name")
@click.argument("event", required=False)
@_json_option
@_path_option
def match(name: str, event: str | None, as_json: bool, path: str | None) -> None:
    """Show which class and handler the namespace NAME leads to, or why none.

    With EVENT, show what handles it, what it takes, and what a client must pass before
    it gets there. The exit status is 1 if nothing handles it; connects and
    disconnects pass without a handler.
    """
    found = look_up(_find_router(path), name, event)
    if as_json:
        everything = (*found.entries, *found.sent)
        chosen = everything if found.handler is None else (found.handler,)
        params = to_wire(dict(found.params))
        handlers = [one.as_json() for one in chosen]
        whole = {**found.as_json(), "params": params, "handlers": handlers}
        click.echo(json.dumps(whole, indent=2))
    else:
        for line in report(found, terminal_width()):
            click.echo(line)
    click.get_current_context().exit(0 if found.complete else 1)


@nsroute.command("asyncapi", short_help="Describe the routes as AsyncAPI 3.")
@click.option(
    "--output", "-o", type=click.File("w", "utf-8"), default="-", help="Where to write."
)
@click.option("--title", help="What the API is called; by default API_TITLE.")
@click.option("--api-version", help="The API's version; by default API_VERSION.")
@_path_option
def asyncapi(
    output: TextIO, title: str | None, api_version: str | None, path: str | None
) -> None:
    """Write an AsyncAPI 3 document of the routes as JSON, for any client."""
    document = asyncapi_document(
        _find_router(path), current_app, title=title, version=api_version
    )
    output.write(write_document(document))


@nsroute.command("typescript", short_help="Write TypeScript for the clients.")
@click.option(
    "--output", "-o", type=click.File("w", "utf-8"), default="-", help="Where to write."
)
@click.option(
    "--check",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write nothing; fail unless the file is as it would be written.",
)
@_path_option
def typescript(output: TextIO, check: Path | None, path: str | None) -> None:
    """Write a TypeScript module with all that clients and server send each other.

    It is for socket.io-client. The same routes give the same file.
    """
    module = typescript_module(_find_router(path))
    if check is None:
        output.write(module)
    elif not check.is_file() or check.read_text("utf-8") != module:
        raise click.ClickException(
            f"{check} is not what the routes are now: write it anew with "
            f"flask nsroute typescript -o {check}"
        )


def _find_router(path: str | None) -> MetaRouter:
    """Return the router of the application, or of its server at a path."""
    last_wins = reversed(hosts(current_app))
    found = {one.path: classes_of(one.server).get(STAR) for one in last_wins}
    if not found:
        raise click.ClickException(
            f"The application {current_app.name!r} has no SocketIO: make it with "
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
