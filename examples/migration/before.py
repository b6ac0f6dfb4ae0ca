"""A chat with rooms in plain Flask-SocketIO; `after.py` is the same with nsroute.

To install it, and to run it:

    pip install flask-socketio simple-websocket
    flask --app examples/migration/before.py run
"""

from flask import Flask, render_template, request
from flask_socketio import ConnectionRefusedError, SocketIO, emit, join_room, leave_room

app = Flask(__name__)
app.config.from_prefixed_env()  # FLASK_CLIENT
socketio = SocketIO(app, async_mode="threading")

names: dict[str, str] = {}  # by sid
rooms: dict[str, int] = {}  # by sid
history: dict[int, list[dict[str, str]]] = {}  # by room


@app.get("/")
def page():
    return render_template("chat.html", script="before.js")


@socketio.on("connect")
def connect(auth):
    if not auth or not auth.get("name"):
        raise ConnectionRefusedError("Send a name.")
    names[request.sid] = auth["name"]


@socketio.on("join")
def join(room):
    if not isinstance(room, int):
        return {"error": "There is no such room."}
    leave()
    rooms[request.sid] = room
    join_room(room)
    emit("history", history.get(room, []))
    emit("joined", names[request.sid], to=room)
    return None


@socketio.on("say")
def say(text):
    if not isinstance(text, str) or not 0 < len(text) <= 200:
        return {"error": "Write 1 to 200 characters."}
    if (room := rooms.get(request.sid)) is None:
        return {"error": "Join a room first."}
    message = {"name": names[request.sid], "text": text}
    history[room] = [*history.get(room, []), message][-20:]
    emit("said", message, to=room)
    return None


@socketio.on("leave")
def leave():
    if (room := rooms.pop(request.sid, None)) is None:
        return
    leave_room(room)
    emit("left", names[request.sid], to=room)
    if room not in rooms.values():
        history.pop(room, None)


@socketio.on("disconnect")
def disconnect():
    leave()
    names.pop(request.sid, None)
