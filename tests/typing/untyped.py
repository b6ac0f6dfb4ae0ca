"""A user's module without annotations, which is how many begin: nothing is wrong."""

from flask import Flask
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError

from nsroute import EventError, MetaRouter, RoutedNamespace, errorhandler, on
from nsroute.middleware import rate_limit, require


def audit(dispatch, proceed):
    """A middleware without annotations."""
    print(dispatch.event)
    return proceed()


class Room(
    RoutedNamespace,
    namespace="/rooms/<int:room_id>",
    middleware=[audit, require(lambda dispatch: dispatch.params["room_id"] > 0)],
):
    """A class without annotations."""

    def opened(self):
        self.texts = []

    @on("connect")
    def join(self, auth):
        if not auth:
            raise ConnectionRefusedError("sign in first", {"code": 3})
        self.client["user"] = auth["user"]

    @on("message", middleware=[rate_limit(10, 1)])
    def message(self, text, *, room_id):
        with self.lock:
            self.texts.append(text)
        self.emit("message", {"text": text, "room": room_id}, skip_sid=["a"])
        return len(text)

    @on("*")
    def rest(self, event, *args):
        raise EventError("unknown", f"What is {event}?", list(args))

    @errorhandler(KeyError)
    def missing(self, problem):
        return {"missing": str(problem)}

    def on_disconnect(self, reason):
        self.send(f"{self.client['user']} has left", to="everybody")


app = Flask(__name__)
socketio = SocketIO(app)
router = MetaRouter([Room], middleware=[audit]).mount(socketio)
router.errorhandler()(lambda problem: None)
