"""A whiteboard for all who open it: run it, and draw in two windows side by side."""

import argparse
import logging
from pathlib import Path
from typing import Annotated, Literal, get_args

import attrs
from flask import Flask
from flask_socketio import SocketIO
from msgspec import Meta
from werkzeug.serving import make_server

from nsroute import EventError, MetaRouter, RoutedNamespace, errorhandler, on
from nsroute.middleware import rate_limit, require

Colour = Literal["#1e293b", "#e11d48", "#f59e0b", "#059669", "#2563eb", "#fffdf7"]
X = Annotated[float, Meta(ge=0, le=1600)]
Y = Annotated[float, Meta(ge=0, le=900)]


@attrs.frozen
class Stroke:
    """A line as it is drawn, in one go or piece by piece."""

    points: Annotated[list[tuple[X, Y]], Meta(min_length=2, max_length=200)]
    colour: Colour
    width: Annotated[int, Meta(ge=2, le=40)] = 6


@attrs.frozen
class Receipt:
    """The acknowledgement of a stroke."""

    number: int
    seen_by: int


may_draw = require(lambda d: d.instance.client["pen"], message="You only watch.")


class Board(RoutedNamespace, namespace="/boards/<name>"):
    """One drawing for each name: it is there as long as somebody looks at it."""

    def opened(self):
        self.strokes = []

    @on("connect")
    def join(self, auth: dict[str, bool]) -> None:
        self.client["pen"] = auth.get("pen", False)

    def accepted(self):
        self.emit("drawing", self.strokes, to=self.sid)
        self.emit("people", len(self.clients))

    @on("draw", middleware=[may_draw, rate_limit(40, 1)], log="debug")
    def draw(self, stroke: Stroke) -> Receipt:
        with self.lock:
            if len(self.strokes) == 10_000:
                raise OverflowError
            self.strokes.append(stroke)
        self.emit("stroke", stroke, include_self=False)
        return Receipt(len(self.strokes), seen_by=len(self.clients) - 1)

    @on("wipe", middleware=[may_draw, rate_limit(2, 10)])
    def wipe(self):
        with self.lock:
            self.strokes.clear()
        self.emit("drawing", [])

    @errorhandler(OverflowError)
    def full(self, _):
        raise EventError("board_full", "The board is full: wipe it first.")

    @on("disconnect")
    def part(self):
        self.emit("people", len(self.clients))


CDN = """<script src="https://cdn.socket.io/4.8.3/socket.io.min.js" crossorigin
 integrity="sha384-kzavj5fiMwLKzzD1f8S7TeoVIEi7uKHvbTA3ueZkrzYq75pNQUiUi6Dy98Q3fxb0">"""
INK = '<input type="radio" name="ink" value="{0}" style="color: {0}" title="{0}">'
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Whiteboard</title>
<style>body {margin: 0; height: 100vh; display: grid; place-items: center;
 background: #e2e8f0; color: #475569; font: 15px system-ui; accent-color: #475569}
svg {width: min(100vw - 2rem, 165vh); background: #fffdf7; border-radius: 12px;
 cursor: crosshair; touch-action: none} form, header, svg {box-shadow: 0 0 1em #0003}
polyline {fill: none; stroke-linecap: round; stroke-linejoin: round} b {color: #0f172a}
header, form, output {position: fixed; display: flex; gap: .7rem; align-items: center;
 background: #fff; padding: .6rem 1.1rem; border-radius: 2rem} output {bottom: 15vh}
header {top: 4vh} form {bottom: 4vh} i:empty, output:empty {display: none}
[type=radio] {appearance: none; width: 26px; height: 26px; margin: 0; cursor: pointer;
 background: currentcolor; border-radius: 50%; box-shadow: inset 0 0 1px #0f172a}
:checked {outline: 3px solid #94a3b8; outline-offset: 2px} output {background: #be123c}
button {border: 0; border-radius: 2rem; padding: .5rem 1rem; font: inherit;
 background: #334155} button, output {color: #fff}</style>
<svg viewBox="0 0 1600 900"></svg><header><b></b><span></span><i></i></header><form>INKS
<input type="range" name="width" min="2" max="40" value="6"><button>Wipe</button></form>
<output></output>CLIENT</script><script>let stroke, line, fresh;
const all = document.querySelectorAll("svg, b, span, i, form, output");
const [board, title, people, status, tools, toast] = all;
const query = new URLSearchParams(location.search), pen = !query.has("watch");
const name = title.textContent = query.get("board") ?? "lobby";
const socket = io(`/boards/${name}`, { auth: { pen } }), show = (stroke) => {
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  line.setAttribute("points", stroke.points.join(" "));
  line.style.cssText = `stroke: ${stroke.colour}; stroke-width: ${stroke.width}`;
  return board.appendChild(line) };
const ask = async (...event) => { const answer = await socket.emitWithAck(...event);
  toast.value = answer?.error?.message ?? ""; return answer };
socket.on("connect", () => toast.value = "");
socket.on("disconnect", () => toast.value = "The connection is lost.");
socket.on("connect_error", (error) => toast.value = `Refused: ${error.message}`);
socket.on("drawing", (strokes) => { board.replaceChildren(...strokes.map(show)) });
socket.on("stroke", show);
socket.on("people", (n) => people.textContent = n > 1 ? `${n} people` : "just you");
const at = ({ clientX, clientY }) => { const box = board.getBoundingClientRect();
  const x = (clientX - box.x) / box.width, y = (clientY - box.y) / box.height;
  return [Math.min(1, Math.max(0, x)) * 1600, Math.min(1, Math.max(0, y)) * 900] };
const begin = (point) => { const colour = tools.ink.value, width = +tools.width.value;
  line = show(stroke = { points: [point, point], colour, width }); fresh = false };
const send = async () => { const drawn = line, sent = stroke; begin(sent.points.at(-1));
  const { error, number, seen_by } = await ask("draw", sent); if (error) drawn.remove();
  else status.textContent = `stroke ${number}, seen by ${seen_by}` };
setInterval(() => stroke && fresh && send(), 40);
tools.onsubmit = () => { ask("wipe"); return false };
board.onpointerdown = (event) => { board.setPointerCapture(event.pointerId);
  begin(at(event)); fresh = true };
board.onpointermove = (event) => { fresh = stroke?.points.push(at(event));
  if (stroke) line.setAttribute("points", stroke.points.join(" ")) };
board.onpointerup = () => { if (fresh) send(); line?.remove(); stroke = 0 }</script>"""

app = Flask(__name__)
MetaRouter([Board]).mount(SocketIO(app, async_mode="threading"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--client", metavar="FILE", type=Path, help="socket.io.min.js")
    options = parser.parse_args()
    logging.disable()  # the records of nsroute do not go through it
    script = "<script>" + options.client.read_text() if options.client else CDN
    inks = "".join(map(INK.format, get_args(Colour))).replace(">", " checked>", 1)
    page = PAGE.replace("INKS", inks).replace("CLIENT", script)
    app.add_url_rule("/", view_func=lambda: page)
    server = make_server("127.0.0.1", options.port, app, threaded=True)
    print(f"draw in two windows at http://127.0.0.1:{server.port}/", flush=True)
    server.serve_forever()
