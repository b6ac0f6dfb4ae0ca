"""Chat rooms at `/rooms/1`, `/rooms/2`, …: run it, or `--serve` it for browsers."""

import argparse
import logging
from threading import Thread

from flask import Flask
from flask_socketio import ConnectionRefusedError, SocketIO
from socketio import SimpleClient, exceptions
from structlog import configure, dev
from werkzeug.serving import make_server

from nsroute import MetaRouter, RoutedNamespace, on


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """One live object per room: made for its first client, dropped after its last."""

    @on("connect")
    def join(self, auth):
        if not auth or "user" not in auth:
            raise ConnectionRefusedError("sign in first")
        self.client["user"] = auth["user"]

    @on("message")
    def message(self, text: str) -> int:
        self.emit("message", {"user": self.client["user"], "text": text})
        return len(text)  # the client's acknowledgement


app = Flask(__name__)
MetaRouter([Room]).mount(SocketIO(app, async_mode="threading"))


def demonstrate(url):  # ann and bob talk in one room, eve in another
    people = {"ann": SimpleClient(), "bob": SimpleClient(), "eve": SimpleClient()}
    for (user, client), room in zip(people.items(), (1, 1, 2), strict=True):
        client.connect(url, namespace=f"/rooms/{room}", auth={"user": user})
    print("ann is answered", people["ann"].call("message", "hello, room 1"))
    print("eve is answered", people["eve"].call("message", "hello, room 2"))
    for user, client in people.items():
        print(f"{user} first receives", client.receive(timeout=5))
    try:
        SimpleClient().connect(url, namespace="/lobby", transports=["polling"])
    except exceptions.ConnectionError as refusal:
        print("a name without a route is refused:", refusal)


CDN = """<script src="https://cdn.socket.io/4.8.3/socket.io.min.js" crossorigin
 integrity="sha384-kzavj5fiMwLKzzD1f8S7TeoVIEi7uKHvbTA3ueZkrzYq75pNQUiUi6Dy98Q3fxb0">"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Rooms</title>
<style>body, form * {font: 1.1rem/1.6 system-ui} body {width: 35rem; margin: 2rem auto}
ol {height: 50vh; overflow: auto; padding: 1em; list-style: none; background: #eef2f7}
</style><h1></h1><a href="?1">room 1</a> <a href="?2">room 2</a> <a href="?x">room x</a>
<ol></ol><form onsubmit="socket.send(this[0].value); this.reset(); return false">
<input size="46" placeholder="Say something" autofocus> <button>Send</button></form>
CLIENT</script><script>const [title, log] = document.querySelectorAll("h1, ol");
const room = location.search.slice(1) || "1", user = `guest ${Math.random() * 900 | 0}`;
const show = (text) => log.appendChild(document.createElement("li")).append(text);
const socket = io(`/rooms/${room}`, { auth: { user } }); title.append(`Room ${room}`);
socket.on("connect", () => show(`Welcome, ${user}!`));
socket.on("connect_error", (error) => show(`Refused: ${error.message}`));
socket.on("message", ({ user, text }) => show(`${user}: ${text}`));</script>"""

if __name__ == "__main__":
    logging.disable()  # the records of nsroute do not go through it
    configure(processors=[dev.ConsoleRenderer(colors=False, sort_keys=False)])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", metavar="PORT", nargs="?", type=int, const=8000)
    parser.add_argument("--client", metavar="FILE", type=open, help="socket.io.min.js")
    options = parser.parse_args()
    script = "<script>" + options.client.read() if options.client else CDN
    app.add_url_rule("/", view_func=lambda: PAGE.replace("CLIENT", script))
    server = make_server("127.0.0.1", options.serve or 0, app, threaded=True)
    if options.serve is None:
        Thread(target=server.serve_forever, daemon=True).start()
        demonstrate(f"http://127.0.0.1:{server.port}")
    else:
        print(f"chat in several tabs at http://127.0.0.1:{server.port}/")
        server.serve_forever()
