"""A chat with rooms, each a namespace of its own; `before.py` is without nsroute.

To install it, and to run it:

    pip install -e '.[quickstart]'
    flask --app examples/migration/after.py run

What has become of what was there before:

    names[request.sid]                self.client["name"]
    join, leave, rooms                the client connects to /rooms/1
    isinstance(room, int)             <int:room>
    history[room]                     self.history
    emit("said", message, to=room)    self.emit("said", message)
    len(text) <= 200                  Meta(max_length=200)
"""

from typing import Annotated

from flask import Flask, render_template
from flask_socketio import ConnectionRefusedError, SocketIO
from msgspec import Meta

from nsroute import MetaRouter, RoutedNamespace, on

app = Flask(__name__)
app.config.from_prefixed_env()  # FLASK_CLIENT
socketio = SocketIO(app, async_mode="threading")


@app.get("/")
def page():
    return render_template("chat.html", script="after.js")


class Room(RoutedNamespace, namespace="/rooms/<int:room>", order="namespace"):
    """One live object for each room: it goes with the last client, and its history."""

    def opened(self):
        self.history: list[dict[str, str]] = []

    @on("connect")
    def join(self, auth):
        if not auth or not auth.get("name"):
            raise ConnectionRefusedError("Send a name.")
        self.client["name"] = auth["name"]

    def accepted(self):
        self.emit("history", self.history, to=self.sid)
        self.emit("joined", self.client["name"])

    @on("say")
    def say(self, text: Annotated[str, Meta(min_length=1, max_length=200)]) -> None:
        message = {"name": self.client["name"], "text": text}
        self.history = [*self.history, message][-20:]
        self.emit("said", message)

    @on("disconnect")
    def leave(self):
        self.emit("left", self.client["name"])


MetaRouter([Room]).mount(socketio)
