"""Chat rooms at /rooms/1, /rooms/2, and so on: one class serves them all.

Without options, three clients connect to a server, talk and leave. With --serve, the
server has a chat for browsers, until you press Ctrl-C. The lines that begin with a time
are the log of nsroute.

The page takes socket.io.min.js from cdn.socket.io. Where that is out of reach:

  npm install socket.io-client
  cp node_modules/socket.io-client/dist/socket.io.min.js .
  python examples/quickstart.py --serve --client socket.io.min.js
"""

import argparse
import logging
from functools import partial
from pathlib import Path
from threading import Thread

from flask import Flask, render_template
from flask_socketio import ConnectionRefusedError, SocketIO
from socketio import SimpleClient, exceptions
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


app = Flask(__name__, template_folder=".")
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


if __name__ == "__main__":
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shown)
    serve = parser.add_argument("--serve", metavar="PORT", nargs="?", type=int)
    serve.const, serve.help = 8000, "serve a chat at this port, or at 8000"
    parser.add_argument("--client", metavar="FILE", type=Path, help="socket.io.min.js")
    options = parser.parse_args()
    if options.client and not options.client.is_file():
        parser.error(f"--client: there is no file {options.client}")
    logging.disable()  # of Werkzeug: the log of nsroute does not go through it
    script = options.client and options.client.read_text()
    page = partial(render_template, "quickstart.html", client=script)
    app.add_url_rule("/", "page", page)
    server = make_server("127.0.0.1", options.serve or 0, app, threaded=True)
    if options.serve is None:
        Thread(target=server.serve_forever, daemon=True).start()
        demonstrate(f"http://127.0.0.1:{server.port}")
    else:
        print(f"chat in several tabs at http://127.0.0.1:{server.port}/", flush=True)
        server.serve_forever()
