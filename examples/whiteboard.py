"""A whiteboard for all who open it: run it, and draw in two windows side by side.

Install it by `pip install -e '.[quickstart]'`. Its page is `whiteboard.html`.
"""

import argparse
import logging
from pathlib import Path
from typing import Annotated, Literal, get_args

import attrs
from flask import Flask, render_template, request
from flask_socketio import SocketIO
from msgspec import Meta
from werkzeug.serving import make_server

from nsroute import EventError, MetaRouter, RoutedNamespace, emits, errorhandler, on
from nsroute.errors import BuildError
from nsroute.middleware import rate_limit, require

Colour = Literal["#1e293b", "#e11d48", "#f59e0b", "#059669", "#2563eb", "#fffdf7"]
WIDTH, HEIGHT = 1600, 900
THIN, NORMAL, THICK = 2, 6, 40
Point = tuple[
    Annotated[float, Meta(ge=0, le=WIDTH)], Annotated[float, Meta(ge=0, le=HEIGHT)]
]


@attrs.frozen
class Stroke:
    """A line as it is drawn, in one go or piece by piece."""

    points: Annotated[list[Point], Meta(min_length=2, max_length=200)]
    colour: Colour
    width: Annotated[int, Meta(ge=THIN, le=THICK)] = NORMAL


@attrs.frozen
class Receipt:
    """The acknowledgement of a stroke."""

    number: int
    seen_by: int


@attrs.frozen
class Auth:
    """Whether somebody has come to draw."""

    pen: bool = False


may_draw = require(lambda d: d.instance.client["pen"], message="You only watch.")


class Board(RoutedNamespace, namespace="/boards/<name>"):
    """One drawing for each name: it is there as long as somebody looks at it."""

    @emits
    def drawing(self, strokes: list[Stroke]) -> None: ...

    @emits
    def stroke(self, stroke: Stroke) -> None: ...

    @emits
    def people(self, count: int) -> None: ...

    def opened(self):
        self.strokes = []

    @on("connect")
    def join(self, auth: Auth) -> None:
        self.client["pen"] = auth.pen

    def accepted(self):
        self.drawing.to(self.sid)(self.strokes)
        self.people(len(self.clients))

    @on("draw", middleware=[may_draw, rate_limit(40, 1)], log="debug")
    def draw(self, stroke: Stroke) -> Receipt:
        with self.lock:
            if len(self.strokes) == 10_000:
                raise OverflowError
            self.strokes.append(stroke)
        self.stroke.to(include_self=False)(stroke)
        return Receipt(len(self.strokes), seen_by=len(self.clients) - 1)

    @on("wipe", middleware=[may_draw, rate_limit(2, 10)])
    def wipe(self) -> None:
        with self.lock:
            self.strokes.clear()
        self.drawing([])

    @errorhandler(OverflowError)
    def full(self, _):
        raise EventError("board_full", "The board is full: wipe it first.")

    @on("disconnect")
    def part(self):
        self.people(len(self.clients))


app = Flask(__name__, template_folder=".")
router = MetaRouter([Board]).mount(SocketIO(app, async_mode="threading"))


@app.get("/")
def page():
    """Render a page that has from Python what both need to know."""
    name = request.args.get("board", "lobby")
    return render_template(
        "whiteboard.html",
        name=name,
        namespace=router.namespace_for(Board, name=name),
        colours=get_args(Colour),
        size=(WIDTH, HEIGHT),
        widths=(THIN, NORMAL, THICK),
        client=app.config.get("CLIENT"),
    )


app.register_error_handler(BuildError, lambda _: ("No board is called so.", 404))

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0] + ".")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--client", metavar="FILE", type=Path, help="socket.io.min.js")
    options = parser.parse_args()
    app.config["CLIENT"] = options.client and options.client.read_text()
    logging.disable()  # the records of nsroute do not go through it
    server = make_server("127.0.0.1", options.port, app, threaded=True)
    print(f"draw in two windows at http://127.0.0.1:{server.port}/", flush=True)
    server.serve_forever()
