"""A site that a process serves, for `tests.support.servers.in_own_process`.

It writes `{"port": …}` on its first line and one JSON line for each log record after
that. It serves until its standard input is closed.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import sys
import threading
from typing import Any

import structlog

from tests.support.servers import expose_state, processors, werkzeug_server
from tests.support.sites import Site, load


class Post:
    """Where a process serves from, and what it tells of that.

    Args:
        mode: The async mode.
        factory: The import path of the factory of the site.
        output: The file descriptor of the pipe to `tests.support.servers`.
    """

    def __init__(self, mode: str, factory: str, output: str) -> None:
        self._told = os.fdopen(int(output), "w", buffering=1)
        atexit.register(self._told.close)
        structlog.configure(
            processors=processors(structlog.processors.JSONRenderer(default=str)),
            logger_factory=structlog.WriteLoggerFactory(self._told),
        )
        self.site = load(factory)(mode)
        self._mode = mode
        expose_state(self.site)

    def serve(self) -> None:
        """Serve on a server of the mode's own."""
        getattr(self, f"_serve_{self._mode}")(self.site)

    def _listens(self, port: int) -> None:
        print(json.dumps({"port": port}), file=self._told)

    def _serve_gevent(self, site: Site) -> None:
        from gevent import get_hub, pywsgi, socket

        class Server(pywsgi.WSGIServer):  # type: ignore[misc]
            def handle(self, client: Any, address: Any) -> None:
                """Disable Nagle's algorithm: small packets would wait."""
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
                super().handle(client, address)

        httpd = Server(("127.0.0.1", 0), site.app, log=None)
        httpd.start()
        self._listens(httpd.server_port)
        get_hub().threadpool.apply(sys.stdin.read)
        httpd.stop(timeout=1)

    def _serve_eventlet(self, site: Site) -> None:
        import eventlet
        from eventlet import tpool, wsgi

        listening = eventlet.listen(("127.0.0.1", 0))
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        eventlet.spawn(wsgi.server, listening, site.app, log_output=False)
        self._listens(listening.getsockname()[1])
        tpool.execute(sys.stdin.read)

    def _serve_threading(self, site: Site) -> None:
        httpd = werkzeug_server(site)
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        self._listens(httpd.server_port)
        sys.stdin.read()
        site.socketio.server.shutdown()
        httpd.shutdown()

    def served_by_uwsgi(self, listening: int) -> Any:
        """Hand the application to uWSGI, which listens on a file descriptor by now."""
        import gevent

        def stop() -> None:
            gevent.get_hub().threadpool.apply(sys.stdin.read)
            os.kill(os.getpid(), signal.SIGTERM)

        gevent.spawn(stop)
        with socket.socket(fileno=os.dup(listening)) as there:
            self._listens(there.getsockname()[1])
        return self.site.app
