"""Live charts of devices: a server, and a worker that writes to it through Redis.

To install it, and to run it in three terminals:

    pip install -e '.[examples]'
    redis-server --save ""  # or: docker run -p 6379:6379 redis
    python examples/devices.py
    python examples/devices.py --worker
"""

import argparse
import logging
import random
import time
from collections import deque
from pathlib import Path
from typing import Annotated

import attrs
from flask import Flask, render_template_string
from flask_socketio import SocketIO
from msgspec import Meta
from redis import Redis, RedisError
from werkzeug.serving import make_server

from nsroute import Emitter, MetaRouter, RoutedNamespace, RouteTable, on_server

USUAL = {"boiler": 72.0, "freezer": -18.0, "greenhouse": 24.0}
KEPT = 60


@attrs.frozen
class Reading:
    """What a device has measured. A server checks it before it shows it."""

    at: float  # seconds since 1970
    celsius: Annotated[float, Meta(ge=-60, le=200)]


class Device(
    RoutedNamespace,
    namespace=f"/devices/<any({', '.join(USUAL)}):name>",
    linger=60,  # who reloads the page finds the same chart
    order="namespace",  # one thing at a time: nothing here needs a lock
):
    """One live object for each device that somebody looks at."""

    def opened(self):
        self.readings: deque[Reading] = deque(maxlen=KEPT)

    def accepted(self):
        self.emit("readings", list(self.readings), to=self.sid)

    @on_server("measured")
    def measured(self, reading: Reading) -> None:
        """Run in each process that has this device, for the worker sends it to all."""
        self.readings.append(reading)
        self.emit("readings", [reading], ignore_queue=True)


table = RouteTable([Device])  # all that the worker needs of the server


def work(queue: str) -> None:
    """Measure for ever. Yours may read a serial line, MQTT, or a database."""
    emitter = Emitter(table, SocketIO(message_queue=queue))
    measured = dict(USUAL)
    while True:
        for name, usual in USUAL.items():
            measured[name] += (usual - measured[name]) / 20 + random.gauss(0, 0.3)
            reading = Reading(time.time(), round(measured[name], 1))
            emitter.of(Device, name=name).server_side_emit("measured", reading)
        time.sleep(1)


CDN = """<script src="https://cdn.socket.io/4.8.3/socket.io.min.js" crossorigin
 integrity="sha384-kzavj5fiMwLKzzD1f8S7TeoVIEi7uKHvbTA3ueZkrzYq75pNQUiUi6Dy98Q3fxb0"
 onerror="document.querySelector('p').hidden = false">"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Devices</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme"
 content="light dark"><style>:root {--back: #eef2f7; --card: #fff; --line: #2563eb}
@media (prefers-color-scheme: dark) {:root {
 --back: #0f172a; --card: #1e293b; --line: #60a5fa}}
body {margin: 0 auto; max-width: 68rem; padding: 1rem; background: var(--back);
 font: 1rem/1.5 system-ui} h1, h2 {margin: 0; font-size: 1.3rem; font-weight: 600}
main {display: grid; gap: 1rem; padding: 1rem 0;
 grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr))}
article {background: var(--card); padding: 1rem 1.2rem; border-radius: 12px}
header {display: flex; justify-content: space-between; align-items: baseline}
h2 {text-transform: capitalize} b {font-size: 1.8rem} small {opacity: .75}
svg {width: 100%; height: 8rem; margin: .5rem 0; border-bottom: 1px solid #8888}
polyline {fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round;
 vector-effect: non-scaling-stroke} .silent svg, .silent b {opacity: .3}</style>
<h1>Devices</h1><p hidden>The script of Socket.IO cannot be loaded from its CDN. Start
 the server with --client and the path of a socket.io.min.js.</p><main>
{% for name in names %}<article class="silent" data-name="{{ name }}"><header>
<h2>{{ name }}</h2><b></b></header><svg viewBox="0 0 {{ kept - 1 }} 100"
 preserveAspectRatio="none"><polyline/></svg><small>Waiting for a reading</small>
</article>{% endfor %}</main>{{ client|safe }}</script><script>
for (const card of document.querySelectorAll("article")) {
  const [value, line, note] = card.querySelectorAll("b, polyline, small");
  const say = (text, silent) => { note.textContent = text;
    card.classList.toggle("silent", silent) };
  const socket = io(`/devices/${card.dataset.name}`);  // they share one connection
  let readings = [], timer;
  socket.on("connect", () => { readings = [] });
  socket.on("connect_error", (error) => say(`Refused: ${error.message}`, true));
  socket.on("disconnect", () => say("The connection is lost", true));
  socket.on("readings", (more) => {
    readings = [...readings, ...more].slice(-{{ kept }});
    if (!readings.length) return say("No reading yet: does the worker run?", true);
    const all = readings.map(({ celsius }) => celsius), last = all.at(-1);
    const low = Math.min(...all), high = Math.max(...all), span = high - low || 1;
    const points = all.map((one, x) =>
      [x + {{ kept }} - all.length, 95 - 90 * (one - low) / span]);
    line.setAttribute("points", points.join(" "));
    value.textContent = `${last.toFixed(1)} °C`;
    const since = new Date(readings[0].at * 1000).toLocaleTimeString();
    say(`${low.toFixed(1)} to ${high.toFixed(1)} °C since ${since}`, false);
    clearTimeout(timer);
    timer = setTimeout(() => say("No reading for 5 seconds", true), 5000) }) }
</script>"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worker", action="store_true", help="measure, serve nobody")
    parser.add_argument("--redis", metavar="URL", default="redis://localhost:6379")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--client", metavar="FILE", type=Path, help="socket.io.min.js")
    options = parser.parse_args()
    try:
        Redis.from_url(options.redis).ping()
    except RedisError as error:
        parser.error(f"no Redis at {options.redis}, see --help: {error}")
    if options.worker:
        print("measuring; stop with Ctrl+C", flush=True)
        work(options.redis)
    logging.disable()  # the records of nsroute do not go through it
    app = Flask(__name__)
    socketio = SocketIO(app, async_mode="threading", message_queue=options.redis)
    MetaRouter(table).mount(socketio)
    script = "<script>" + options.client.read_text() if options.client else CDN

    @app.get("/")
    def page():
        return render_template_string(PAGE, names=USUAL, kept=KEPT, client=script)

    server = make_server("127.0.0.1", options.port, app, threaded=True)
    print(f"see the charts at http://127.0.0.1:{server.port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
