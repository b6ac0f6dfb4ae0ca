"""What a uWSGI serves for a test: `uwsgi --module tests.support.serve_uwsgi --pyargv …`.

The arguments of Python are those of `tests.support.serve`.
"""

from __future__ import annotations

import sys

import uwsgi
from gevent import monkey

monkey.patch_all()

from tests.support.serving import Post  # noqa: E402 - greenlets patch the world before all else

application = Post(*sys.argv[1:]).served_by_uwsgi(uwsgi.sockets[0])
