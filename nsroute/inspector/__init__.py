"""A page that shows what a router is doing, for its operators.

- `metrics`: counts, rates and percentiles of dispatches;
- `dispatch_log`: the dispatches of a router, kept while somebody looks;
- `table`, `live_namespaces`, `lookup`: what the page shows besides;
- `access`: who may see it, and what a browser may do with it;
- `views`: the page and the data that it asks for.
"""

from __future__ import annotations

from flask import Blueprint

from nsroute.errors import MountError
from nsroute.inspector.access import Authorize, checked, gate, protect
from nsroute.inspector.views import Views
from nsroute.router import MetaRouter

__all__ = ["Inspector"]


class Inspector(Blueprint):
    """A blueprint with one page: routes, live namespaces, dispatches, durations.

    `app.register_blueprint(Inspector(router, authorize=is_admin))` puts it at
    `/nsroute/`. It shows the process that answers. The last dispatches and their
    metrics are kept in memory from when somebody opens the page until some seconds
    after the last page was closed; at other times nothing is kept.

    Args:
        router: The router to show.
        authorize: Called without arguments, in the request's context, before anything
            is answered: page, data and static files. True lets the request pass, and
            nothing else does. A false answer is 403, a response is sent as it is.
        name: The name of the blueprint; an application with several inspectors gives
            each its own.
        url_prefix: The path of the page.

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
        views = Views(router)
        self.add_url_rule("/", "page", views.page)
        self.add_url_rule("/table", "table", views.table)
        self.add_url_rule("/news", "news", views.news)
        self.add_url_rule("/lookup", "lookup", views.lookup)
