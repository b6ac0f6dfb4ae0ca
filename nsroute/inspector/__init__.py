"""A page that shows what a router is doing, for its operators.

- `figures`: dispatches to counts, rates and percentiles;
- `board`: what is kept of a router's dispatches while somebody looks;
- `served`, `presence`: what is served, and who is connected where;
- `explaining`: where a name leads;
- `protection`: who may see it, and what a browser may do with it;
- `views`: the page and what it asks for.
"""

from __future__ import annotations

from flask import Blueprint

from nsroute.errors import MountError
from nsroute.inspector.board import Board
from nsroute.inspector.protection import Authorize, checked, gate, protect
from nsroute.inspector.views import Views
from nsroute.router import MetaRouter

__all__ = ["Inspector"]


class Inspector(Blueprint):
    """A blueprint with one page: routes, live namespaces, dispatches, durations.

    `app.register_blueprint(Inspector(router, authorize=is_admin))` puts it at
    `/nsroute/`. It shows the process that answers. It keeps the last dispatches and
    figures of them in memory, from when somebody opens the page until some seconds
    after the last one has closed it; but for that it costs nothing.

    Args:
        router: The router to show.
        authorize: Called without arguments, in the request's context, before anything
            is answered: page, data and static files. True lets the request pass, false
            is 403; a response that it returns is sent instead.
        name: The name of the blueprint; an application with several inspectors gives
            each its own.
        url_prefix: Where it stands.

    Raises:
        MountError: If `authorize` is missing, or no function without arguments; if
            `router` is no router.
    """

    def __init__(
        self,
        router: MetaRouter,
        *,
        authorize: Authorize | None = None,
        name: str = "nsroute_inspector",
        url_prefix: str = "/nsroute",
    ) -> None:
        if not isinstance(router, MetaRouter):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise MountError(f"{router!r} is no MetaRouter: Inspector(router, …).")
        super().__init__(
            name,
            __name__,
            static_folder="static",
            template_folder="templates",
            url_prefix=url_prefix,
        )
        self.before_request(gate(checked(authorize)))
        self.after_request(protect)
        views = Views(router, Board(router))
        self.add_url_rule("/", "page", views.page)
        self.add_url_rule("/table", "table", views.table)
        self.add_url_rule("/news", "news", views.news)
        self.add_url_rule("/lookup", "lookup", views.lookup)
