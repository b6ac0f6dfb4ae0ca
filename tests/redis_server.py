"""A Redis server for tests, on a socket file, with nothing kept on disk."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def redis_server(program: str) -> Iterator[str]:
    """Run Redis while the block runs; give the path of its socket."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder, "redis.sock"))
        options = ["--port", "0", "--unixsocket", path, "--save", "", "--dir", folder]
        with subprocess.Popen(
            [program, *options], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            try:
                ready = any(
                    "ready to accept" in line.lower() for line in process.stdout
                )
                assert ready, "redis-server did not start"
                yield path
            finally:
                process.terminate()
                process.stdout.read()
