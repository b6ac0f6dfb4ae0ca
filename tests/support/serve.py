"""A test server: `python -m tests.support.serve MODE module:factory OUTPUT`.

OUTPUT is the file descriptor that `tests.support.serving` writes to.
"""

from __future__ import annotations

import sys


def main(mode: str, factory: str, output: str) -> None:
    """Serve a site in an async mode; greenlets patch modules before any import."""
    if mode == "gevent":
        from gevent import monkey

        monkey.patch_all()
    elif mode == "eventlet":
        import eventlet

        eventlet.monkey_patch()
    from tests.support.serving import Post

    Post(mode, factory, output).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
