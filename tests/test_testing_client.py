"""`RouterClient` does what a client on a wire does, and returns when it is done."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request, session
from flask_socketio import ConnectionRefusedError, SocketIO, emit, join_room

from nsroute import EventError, MetaRouter, RoutedNamespace, on
from nsroute.testing import (
    ConnectAnswer,
    NoAcknowledgement,
    Received,
    RouterClient,
    serve,
)


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    """Answers in all the ways there are."""

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.told: list[Any] = []

    @on("connect")
    def join(self, auth: Any) -> None:
        if auth == "plain":
            raise ConnectionRefusedError("sign in first", {"tries": 3})
        if auth == "coded":
            raise EventError("full", "The room is full.", {"seats": 2})
        session["joined"] = session.get("joined", 0) + 1

    def accepted(self) -> None:
        self.emit("welcome", self.params["room_id"], to=request.sid)

    @on("disconnect")
    def leave(self, reason: str) -> None:
        self.told.append(reason)
        self.emit("left", reason)

    @on("return")
    def give(self, kind: str) -> Any:
        values = {"none": None, "one": 1, "two": (1, 2), "list": [1, 2], "no": ()}
        return values[kind]

    @on("say")
    def say(self, *words: Any) -> None:
        self.emit("said", words)

    @on("session")
    def show_session(self) -> dict[str, Any]:
        return dict(session)

    @on("request")
    def show_request(self) -> list[str | None]:
        return [request.args.get("token"), request.headers.get("X-Device")]

    @on("ask")
    def ask(self, question: Any) -> Any:
        return self.call("question", question, to=request.sid)

    @on("ask later")
    def ask_later(self) -> None:
        self.emit("question", callback=lambda *args: self.told.append(args))

    @on("fail")
    def fail(self) -> None:
        raise ValueError("a bug")

    @on("throw out")
    def throw_out(self, whole: bool) -> None:
        server, here = self.server, self.namespace
        if whole:
            server.eio.disconnect(server.manager.eio_sid_from_sid(request.sid, here))
        else:
            server.disconnect(request.sid, here)

    @on("transport")
    def transport(self) -> list[Any]:
        with self.server.session(request.sid, namespace=self.namespace) as kept:
            kept["seen"] = kept.get("seen", 0) + 1
            return [self.server.transport(request.sid, self.namespace), kept["seen"]]


def new_app(**options: Any) -> tuple[Flask, SocketIO]:
    app = Flask("tested")
    app.testing = True
    app.secret_key = "only for tests"
    socketio = SocketIO(app, async_mode="threading", **options)
    MetaRouter([Room]).mount(socketio)
    return app, socketio


@pytest.fixture
def client() -> RouterClient:
    return serve(Room, "/rooms/1")


@pytest.fixture
def joined(client: RouterClient) -> RouterClient:
    assert client.connect()
    client.received()
    return client


def test_events_go_to_the_only_namespace_that_it_is_in(client: RouterClient) -> None:
    """That may be another one than `serve` was given."""
    assert client.connect("/rooms/2")
    assert client.call("say", "x") == client.call("say", "x", namespace="/rooms/2")
    assert client.connect("/rooms/3")
    with pytest.raises(RuntimeError, match="is not in /rooms/1"):
        client.call("say", "x")


def test_a_connect_that_is_accepted_is_true(client: RouterClient) -> None:
    """`connect` gives a true answer that holds the client's sid."""
    answer = client.connect()
    assert answer
    assert answer == ConnectAnswer("/rooms/1", client.sid())
    assert client.sid() in client.router.live["/rooms/1"].clients


@pytest.mark.parametrize(
    "auth, message, data",
    [
        ("plain", "sign in first", {"tries": 3}),
        ("coded", "The room is full.", {"code": "full", "details": {"seats": 2}}),
    ],
)
def test_a_refusal_is_false_and_holds_what_was_said(
    client: RouterClient, auth: str, message: str, data: Any
) -> None:
    """`connect` gives a false answer with the refusal's message and data."""
    answer = client.connect(auth=auth)
    assert not answer
    assert answer == ConnectAnswer("/rooms/1", message=message, data=data)
    assert client.namespaces == ()


def test_an_unrouted_name_is_refused(client: RouterClient) -> None:
    """A name that no route matches is refused as on the wire."""
    answer = client.connect("/nowhere")
    assert answer == ConnectAnswer("/nowhere", message="Invalid namespace")


def test_a_second_connect_is_refused_and_the_first_stays(joined: RouterClient) -> None:
    """A client that connects twice is refused in upstream's words, and stays."""
    assert joined.connect() == ConnectAnswer("/rooms/1", message="Unable to connect")
    assert joined.call("return", "one") == 1


def test_a_refusal_behind_an_acceptance_counts() -> None:
    """With `always_connect` the answer is the refusal that follows the acceptance."""
    app, _ = new_app(always_connect=True)
    client = RouterClient(app)
    answer = client.connect("/rooms/1", "plain")
    assert answer == ConnectAnswer(
        "/rooms/1", message="sign in first", data={"tries": 3}
    )
    assert client.namespaces == ()


@pytest.mark.parametrize(
    "kind, value",
    [("none", None), ("no", None), ("one", 1), ("two", (1, 2)), ("list", [1, 2])],
)
def test_an_acknowledgement_is_what_a_callback_gets(
    joined: RouterClient, kind: str, value: Any
) -> None:
    """`call` gives None for no values or None, the value, or a tuple of several."""
    found = joined.call("return", kind)
    assert found == value
    assert type(found) is type(value)


def test_what_nobody_acknowledges_is_an_error() -> None:
    """`call` raises where a client would wait for an acknowledgement in vain."""
    app, socketio = new_app()

    @socketio.on("known", namespace="/plain")
    def known() -> None: ...

    client = RouterClient(app)
    assert client.connect("/plain")
    with pytest.raises(NoAcknowledgement, match="'other' was not") as caught:
        client.call("other")
    assert (caught.value.namespace, caught.value.event) == ("/plain", "other")


def test_emit_sends_without_asking_for_an_acknowledgement(joined: RouterClient) -> None:
    """`emit` sends an event, and what comes of it can be received once."""
    joined.emit("say", "hello", {"a": [1]})
    assert joined.received() == [Received("/rooms/1", "said", ("hello", {"a": [1]}))]
    assert joined.received() == []


def test_received_takes_from_one_namespace_if_told_so(client: RouterClient) -> None:
    """`received` leaves what came from other namespaces."""
    client.connect("/rooms/1")
    client.connect("/rooms/2")
    assert client.received("/rooms/2") == [Received("/rooms/2", "welcome", (2,))]
    assert client.received() == [Received("/rooms/1", "welcome", (1,))]


def test_binary_goes_both_ways(joined: RouterClient) -> None:
    """Bytes arrive as bytes in arguments, events, acknowledgements and replies."""
    joined.call("say", b"\x00\xff", [b"a"])
    assert joined.received()[0].args == (b"\x00\xff", [b"a"])
    joined.reply("question", lambda asked: asked + b"!")
    assert joined.call("ask", b"?") == b"?!"


def test_an_event_without_arguments_is_received(joined: RouterClient) -> None:
    """An event that carries nothing, even a `message`, has no arguments."""
    joined.router.live["/rooms/1"].emit("message")
    assert joined.received() == [Received("/rooms/1", "message")]


def test_a_reply_is_what_the_server_waits_for(joined: RouterClient) -> None:
    """The server's `call` gets what `reply` answers, one value or several."""
    joined.reply("question", lambda number: number + 1)
    assert joined.call("ask", 41) == 42
    joined.reply("question", lambda number: (number, "twice"))
    assert joined.call("ask", 5) == (5, "twice")


def test_callbacks_are_called_if_there_is_a_reply(joined: RouterClient) -> None:
    """An `emit` with a callback hears of a reply, and of nothing without one."""
    room: Any = joined.router.live["/rooms/1"]
    joined.emit("ask later")
    assert room.told == []
    joined.reply("question", lambda: "yes")
    joined.emit("ask later")
    assert room.told == [("yes",)]


def test_all_namespaces_of_a_connection_share_its_session(client: RouterClient) -> None:
    """One session follows a client through its namespaces, and nobody else."""
    client.connect("/rooms/1")
    client.connect("/rooms/2")
    assert client.namespaces == ("/rooms/1", "/rooms/2")
    assert client.call("session", namespace="/rooms/1") == {"joined": 2}
    other = client.another()
    other.connect()
    assert other.call("session") == {"joined": 1}


def test_the_session_begins_as_that_of_the_flask_client() -> None:
    """Who signs in by HTTP before the first connect is signed in on the connection."""
    app, _ = new_app()

    @app.post("/sign-in")
    def sign_in() -> str:
        session["user"] = "ann"
        return "welcome"

    client = RouterClient(app)
    client.flask_client.post("/sign-in")
    client.connect("/rooms/1")
    assert client.call("session") == {"user": "ann", "joined": 1}
    same = client.another(flask_client=client.flask_client)
    same.connect("/rooms/1")
    assert same.call("session") == {"user": "ann", "joined": 1}


def test_the_handshake_has_headers_and_a_query(client: RouterClient) -> None:
    """Handlers see the headers and the query of the connection, in every namespace."""
    other = client.another(query_string="?token=t1", headers={"X-Device": "phone"})
    for name in ("/rooms/1", "/rooms/2"):
        other.connect(name)
        assert other.call("request", namespace=name) == ["t1", "phone"]


def test_what_a_handler_raises_comes_out_while_testing(joined: RouterClient) -> None:
    """An exception that nobody handled is raised by `call`, as Flask's client does."""
    with pytest.raises(ValueError, match="a bug"):
        joined.call("fail")


def test_what_a_handler_raises_can_be_answered() -> None:
    """With `PROPAGATE_EXCEPTIONS` false, `call` gives what a client would be told."""
    client = serve(Room, "/rooms/1", config={"PROPAGATE_EXCEPTIONS": False})
    client.connect()
    assert client.call("fail")["error"]["code"] == "internal_error"


def test_disconnect_leaves_one_namespace(client: RouterClient) -> None:
    """A client that leaves one namespace stays in the others, and can come again."""
    client.connect("/rooms/1")
    client.connect("/rooms/2")
    room: Any = client.router.live["/rooms/1"]
    client.disconnect("/rooms/1")
    assert room.told == ["client disconnect"]
    assert client.namespaces == ("/rooms/2",)
    assert list(client.router.live) == ["/rooms/2"]
    assert client.connect("/rooms/1")


def test_close_ends_all_namespaces(client: RouterClient) -> None:
    """The end of a connection disconnects each of its namespaces, for that reason."""
    client.connect("/rooms/1")
    client.connect("/rooms/2")
    rooms: list[Any] = [client.router.live[f"/rooms/{i}"] for i in (1, 2)]
    client.close("ping timeout")
    assert [room.told for room in rooms] == [["ping timeout"], ["ping timeout"]]
    assert client.namespaces == ()
    client.close()
    assert client.connect(), "a closed client can connect again"


def test_a_closed_client_leaves_nothing_on_the_server() -> None:
    """Nothing of a client stays on the server once its `with` block is left."""
    app, socketio = new_app()
    with RouterClient(app) as client:
        client.connect("/rooms/1")
        client.connect("/nowhere")
        assert socketio.server.environ
    server = socketio.server
    assert not server.environ
    assert not server.eio.sockets
    assert not server.manager.rooms


def test_the_server_can_disconnect_a_client(joined: RouterClient) -> None:
    """A client that the server disconnects is out, and has what came before that."""
    joined.connect("/rooms/2")
    joined.emit("say", "last", namespace="/rooms/1")
    joined.emit("throw out", False, namespace="/rooms/1")
    assert joined.namespaces == ("/rooms/2",)
    assert Received("/rooms/1", "said", ("last",)) in joined.received("/rooms/1")


def test_the_server_can_end_a_connection(joined: RouterClient) -> None:
    """A connection that the server ends is out of all namespaces."""
    joined.connect("/rooms/2")
    joined.emit("throw out", True, namespace="/rooms/1")
    assert joined.namespaces == ()
    assert not joined.router.live
    with pytest.raises(RuntimeError, match="is not in /rooms/1"):
        joined.emit("say")


def test_clients_hear_each_other(joined: RouterClient) -> None:
    """What one client makes the server emit, all clients there receive."""
    other = joined.another()
    other.connect()
    other.emit("say", "hi")
    assert joined.received() == [Received("/rooms/1", "said", ("hi",))]


def test_plain_handlers_and_rooms_work() -> None:
    """Handlers that are no classes, `emit` and `join_room` work as ever."""
    app, socketio = new_app()

    @socketio.on("join")
    def join(name: str) -> None:
        join_room(name)
        emit("joined", name, to=name)

    client = RouterClient(app)
    assert client.connect()
    assert client.namespaces == ("/",)
    client.emit("join", "a")
    assert client.received() == [Received("/", "joined", ("a",))]


def test_transport_and_session_of_the_server_work(joined: RouterClient) -> None:
    """`server.transport` and `server.session` know the connection."""
    assert joined.call("transport") == ["websocket", 1]
    assert joined.call("transport") == ["websocket", 2]


def test_the_namespace_may_be_left_out_while_there_is_one() -> None:
    """Without `namespace=` an event goes to the only one, else that is an error."""
    client = RouterClient(new_app()[0])
    with pytest.raises(RuntimeError, match="<RouterClient in no namespace>: say which"):
        client.emit("say")
    client.connect("/rooms/1")
    assert client.call("return", "one") == 1
    client.connect("/rooms/2")
    with pytest.raises(RuntimeError, match="in /rooms/1, /rooms/2>: say which"):
        client.disconnect()
    assert client.sid("/rooms/2") != client.sid("/rooms/1")


@pytest.mark.parametrize("name", ["/a,b", "a", "*", "é/"])
def test_a_name_that_no_packet_carries_is_an_error(
    client: RouterClient, name: str
) -> None:
    """A name that would arrive as another, or not at all, is refused by the client."""
    with pytest.raises(ValueError, match="does not travel in a packet"):
        client.connect(name)


def test_the_query_of_a_name_is_lost(client: RouterClient) -> None:
    """What follows `?` in a name is cut on the way, as on the wire."""
    assert client.connect("/rooms/7?token=1") == ConnectAnswer(
        "/rooms/7", client.sid("/rooms/7")
    )


def test_names_and_events_are_sent_as_they_are(joined: RouterClient) -> None:
    """Even reserved and malformed event names can be sent, to test against them."""
    for event, code in (("connect", "reserved_event"), (5, "invalid_event")):
        answer = joined.call(event, "x")  # type: ignore[arg-type]
        assert answer["error"]["code"] == code


def test_msgpack_works() -> None:
    """A server that speaks msgpack is spoken to in msgpack."""
    app, _ = new_app(serializer="msgpack")
    client = RouterClient(app)
    assert not client.connect("/nowhere")
    assert client.connect("/rooms/1")
    client.emit("say", b"\x00")
    assert client.received()[-1].args == (b"\x00",)


def test_gevent_works() -> None:
    """A server in gevent mode is served without its loop."""
    app = Flask("tested")
    app.testing = True
    app.secret_key = "only for tests"
    MetaRouter([Room]).mount(SocketIO(app, async_mode="gevent"))
    with RouterClient(app) as client:
        assert client.connect("/rooms/1")
        assert client.call("return", "one") == 1


def test_an_unmanaged_session_is_flasks() -> None:
    """With `manage_session=False` each event opens the session of the handshake."""
    app, _ = new_app(manage_session=False)
    client = RouterClient(app)
    client.connect("/rooms/1")
    assert client.call("session") == {}


def test_an_app_without_socketio_is_an_error() -> None:
    """A client needs an application that has a `SocketIO`."""
    with pytest.raises(LookupError, match="no SocketIO is on this application"):
        RouterClient(Flask("bare"))


def test_a_socketio_without_router_is_an_error() -> None:
    """`router` says so where there is none."""
    app = Flask("bare")
    SocketIO(app, async_mode="threading")
    with pytest.raises(LookupError, match="no router is mounted"):
        _ = RouterClient(app).router


def test_a_server_that_does_not_answer_a_connect_is_an_error() -> None:
    """A connect that the server leaves without an answer is no refusal."""
    app, socketio = new_app()
    socketio.server._handle_connect = lambda *_: None
    with pytest.raises(NoAcknowledgement, match="'connect' was not acknowledged"):
        RouterClient(app).connect("/rooms/1")
