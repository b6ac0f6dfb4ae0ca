"""Pong for two: run it, open it in two windows, and reload one of them."""

import argparse
import logging
from pathlib import Path
from typing import Annotated

import attrs
from flask import Flask
from flask_socketio import ConnectionRefusedError, SocketIO
from msgspec import Meta
from werkzeug.serving import make_server

from nsroute import MetaRouter, RoutedNamespace, every, on

RATE, HEIGHT, WIDTH, PADDLE = 20, 450, 800, 100


@attrs.frozen
class Player:
    """Who wants a seat; the token, which the page keeps, finds it again."""

    token: Annotated[str, Meta(min_length=8, max_length=64)]


@attrs.define
class Ball:
    """Where it is, and how far it moves in a tick."""

    x: float = WIDTH / 2
    y: float = HEIGHT / 2
    dx: float = 14.0
    dy: float = 9.0


class Game(
    RoutedNamespace,
    namespace="/games/<name>",
    linger=30,
    capacity=4,  # two seats, and who reloads may come before the old page has gone
    order="namespace",  # one thing at a time: nothing here needs a lock
):
    """One game for each name. A seat is its player's as long as the game lives."""

    def opened(self):
        self.seats: list[str] = []
        self.paddles = [HEIGHT / 2, HEIGHT / 2]
        self.score = [0, 0]
        self.ball = Ball()

    @on("connect")
    def join(self, auth: Player) -> None:
        if auth.token not in self.seats:
            if len(self.seats) == 2:
                raise ConnectionRefusedError("Both seats are taken.")
            self.seats.append(auth.token)
        self.client["seat"] = self.seats.index(auth.token)

    def accepted(self):
        self.emit("seat", self.client["seat"], to=self.sid)

    @on("move", log=False)
    def move(self, y: Annotated[float, Meta(ge=0, le=HEIGHT)]) -> None:
        self.paddles[self.client["seat"]] = y

    @every(1 / RATE)
    def tick(self):
        here = {client["seat"] for client in self.clients.values()}
        if len(here) == 2:
            self.roll()
        ball = [self.ball.x, self.ball.y]
        self.emit("state", [ball, self.paddles, self.score, sorted(here)])

    def roll(self):
        """Move the ball by one tick."""
        ball = self.ball
        ball.x, ball.y = ball.x + ball.dx, ball.y + ball.dy
        if not 0 < ball.y < HEIGHT:
            ball.dy, ball.y = -ball.dy, min(max(ball.y, 0), HEIGHT)
        if 20 < ball.x < WIDTH - 20:
            return
        side = int(ball.x > WIDTH / 2)
        if abs(ball.y - self.paddles[side]) < PADDLE / 2:
            ball.dx, ball.x = -ball.dx, min(max(ball.x, 21), WIDTH - 21)
        else:
            self.score[1 - side] += 1
            self.ball = Ball(dx=-ball.dx, dy=ball.dy)


CDN = """<script src="https://cdn.socket.io/4.8.3/socket.io.min.js" crossorigin
 integrity="sha384-kzavj5fiMwLKzzD1f8S7TeoVIEi7uKHvbTA3ueZkrzYq75pNQUiUi6Dy98Q3fxb0">"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pong</title>
<style>body {margin: 0; height: 100vh; display: grid; place-content: center; gap: 1rem;
 background: #0f172a; color: #e2e8f0; font: 20px system-ui; text-align: center}
svg {width: min(96vw, 150vh); background: #1e293b; border-radius: 12px; cursor: none}
circle {fill: #f59e0b} .own {fill: #34d399} rect {fill: #94a3b8} .away {opacity: .25}
line {stroke: #475569; stroke-dasharray: 12} b {font-size: 2rem}
output {min-height: 1.5em; color: #94a3b8}</style>
<b></b><svg viewBox="0 0 800 450"><line x1="400" x2="400" y2="450"/><rect x="10"
 width="12" height="100" rx="4"/><rect x="778" width="12" height="100" rx="4"/>
<circle r="10"/></svg><output></output>CLIENT</script><script>
const [score, court, ball, out] = document.querySelectorAll("b, svg, circle, output");
const paddles = document.querySelectorAll("rect");
const name = new URLSearchParams(location.search).get("game") ?? "lobby";
const random = () => crypto.getRandomValues(new Uint32Array(3)).join();
const token = sessionStorage.token ??= random();
const socket = io(`/games/${name}`, { auth: { token } }); let seat, aim, sent;
socket.on("connect_error", (error) => out.value = error.message);
socket.on("disconnect", () => out.value = "The connection is lost.");
socket.on("seat", (own) => { seat = own; paddles[own].classList.add("own") });
socket.on("state", ([[x, y], heights, points, here]) => {
  ball.setAttribute("cx", x); ball.setAttribute("cy", y);
  paddles.forEach((paddle, side) => { paddle.setAttribute("y", heights[side] - 50);
    paddle.classList.toggle("away", !here.includes(side)) });
  score.textContent = points.join(" : ");
  out.value = here.length < 2 ? "Waiting for the other player" : "";
  if (aim !== sent) socket.emit("move", sent = aim) });
court.onpointermove = ({ clientY }) => { const box = court.getBoundingClientRect();
  aim = Math.min(450, Math.max(0, (clientY - box.y) / box.height * 450)) };
</script>"""

app = Flask(__name__)
MetaRouter([Game]).mount(SocketIO(app, async_mode="threading"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--client", metavar="FILE", type=Path, help="socket.io.min.js")
    options = parser.parse_args()
    logging.disable()  # the records of nsroute do not go through it
    script = "<script>" + options.client.read_text() if options.client else CDN
    page = PAGE.replace("CLIENT", script)
    app.add_url_rule("/", view_func=lambda: page)
    server = make_server("127.0.0.1", options.port, app, threaded=True)
    print(f"play in two windows at http://127.0.0.1:{server.port}/", flush=True)
    server.serve_forever()
