"""A site in a uWSGI: `uwsgi --module tests.support.serve_uwsgi --pyargv …`.

The arguments of Python are those of `tests.support.serve`.
"""

from __future__ import annotations

import sys

import uwsgi
from gevent import monkey

monkey.patch_all()

from tests.support.serving import Post  # noqa: E402 - patch first

application = Post(*sys.argv[1:]).served_by_uwsgi(uwsgi.sockets[0])
