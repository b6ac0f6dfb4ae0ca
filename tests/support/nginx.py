"""Several gunicorns behind an nginx, as the page on deployment shows them."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.brokers import free_port, running
from tests.support.servers import ROOT
from tests.support.stopped_servers import await_port, started

PAGE = ROOT / "docs" / "how-to" / "deploying.md"
MAIN = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/errors warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site;
}}
"""


def page_site() -> str:
    """Return nginx's configuration of the page."""
    [site] = blocks(PAGE, "nginx")
    return site


@contextmanager
def nginx(site: str, ports: list[int], folder: Path) -> Iterator[str]:
    """Run an nginx with a site of the page before these ports; give its address."""
    program = requirements.nginx()
    port = free_port()
    servers = "\n".join(f"    server 127.0.0.1:{one};" for one in ports)
    site, count = re.subn(
        r"(^    server 127\.0\.0\.1:\d+;\n?)+", f"{servers}\n", site, flags=re.MULTILINE
    )
    assert count == 1
    assert "listen 8080;" in site
    site = site.replace("listen 8080;", f"listen 127.0.0.1:{port};")
    folder.mkdir()
    (folder / "site").write_text(site)
    (folder / "main").write_text(MAIN.format(folder=folder))
    command = [program, "-c", str(folder / "main"), "-e", str(folder / "errors")]
    with subprocess.Popen(command, text=True) as process:
        try:
            await_port(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def gunicorn_command() -> list[str]:
    """Return how the page starts one of several processes, without the application."""
    shown = re.compile(r"^QUEUE=redis\S+ (gunicorn .*) chat:app$", re.MULTILINE)
    line = shown.findall(PAGE.read_text())[0]
    return ["-m", *shlex.split(line.replace("127.0.0.1:8001", "127.0.0.1:PORT"))]


@contextmanager
def served(app: str, processes: int, folder: Path) -> Iterator[list[int]]:
    """Serve an application in so many gunicorns, with Redis if several; give ports."""
    requirements.gunicorn()
    command = gunicorn_command()
    with ExitStack() as stack:
        environ = {}
        if processes > 1:
            environ["QUEUE"] = stack.enter_context(running("redis")).url
        found = [
            stack.enter_context(
                started([*command, app], folder, str(number), "threading", environ)
            )
            for number in range(processes)
        ]
        yield [one.port for one in found]
