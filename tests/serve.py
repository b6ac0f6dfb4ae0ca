"""A test server in a process of its own: `python -m tests.serve MODE module:factory`.

It prints `{"port": …}` on its first line and one JSON line for each log record after
that. It serves until its standard input is closed.
"""

from __future__ import annotations

import sys


def main(mode: str, factory: str) -> None:
    """Serve a site in an async mode; greenlets patch the world before all else."""
    if mode == "gevent":
        from gevent import monkey

        monkey.patch_all()
    elif mode == "eventlet":
        import eventlet

        eventlet.monkey_patch()
    from tests import servers

    servers.serve_over_pipes(servers.load(factory), mode)


if __name__ == "__main__":
    main(*sys.argv[1:])
