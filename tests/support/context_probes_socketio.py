"""What the context functions of Flask-SocketIO do in a handler."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request, session
from flask_socketio import (
    call,
    close_room,
    disconnect,
    emit,
    join_room,
    leave_room,
    rooms,
    send,
)
from socketio import packet

from tests.support.context_stage import NAMESPACE, Stage, probe


def other(stage: Stage) -> Any:
    """Connect another client, to see what it is sent."""
    return stage.socketio.test_client(stage.app, namespace=NAMESPACE)


@probe()
def emit_to_the_client(stage: Stage) -> Any:
    beside = other(stage)
    stage.event(lambda: emit("news", ({"a": [1]}, "b")))
    return [stage.received(), beside.get_received(NAMESPACE)]


@probe()
def emit_to_all(stage: Stage) -> Any:
    beside = other(stage)
    stage.event(lambda: emit("news", 1, broadcast=True))
    stage.event(lambda: emit("news", 2, broadcast=True, include_self=False))
    return [stage.received(), beside.get_received(NAMESPACE)]


@probe()
def emit_into_another_namespace(stage: Stage) -> Any:
    stage.connect()
    stage.connect(namespace="/exact")
    stage.event(lambda: emit("news", 1, namespace="/exact", broadcast=True))
    stage.event(lambda: emit("news", 2, broadcast=True), namespace="/exact")
    return [stage.received(), stage.received("/exact")]


@probe()
def emit_from_connect(stage: Stage) -> Any:
    stage.connect(lambda auth: emit("welcome", request.sid))
    return stage.received()


@probe()
def send_text_and_json(stage: Stage) -> Any:
    stage.event(lambda: [send("text"), send({"a": 1}, json=True)])
    return stage.received()


@probe()
def rooms_of_the_client(stage: Stage) -> Any:
    def handler() -> Any:
        join_room("red")
        join_room("blue")
        leave_room("blue")
        return sorted(rooms(), key=request.sid.__eq__)

    return [stage.event(handler), stage.event(lambda: len(rooms()))]


@probe()
def emit_to_a_room(stage: Stage) -> Any:
    beside = other(stage)
    stage.event(lambda: join_room("red"))
    stage.event(lambda: emit("news", 1, to="red"))
    stage.event(lambda: send("text", to="red", include_self=False))
    stage.event(lambda: close_room("red"))
    stage.event(lambda: emit("news", 2, to="red"))
    return [stage.received(), beside.get_received(NAMESPACE)]


@probe()
def disconnect_of_the_client(stage: Stage) -> Any:
    stage.event(disconnect)
    return [stage.client.is_connected(NAMESPACE), stage.socketio.server.manager.rooms]


@probe()
def disconnect_within_an_event(stage: Stage) -> Any:
    def handler() -> Any:
        g.a = 1
        stage._function = lambda reason: stage.log.append(
            [reason, request.event, request.sid, g.get("a")]
        )
        disconnect()
        return [request.event, g.a]

    return stage.event(handler)


@probe()
def call_of_the_client(stage: Stage) -> Any:
    return stage.failure(lambda: call("question", timeout=1))


@probe()
def callback_of_an_emit(stage: Stage) -> Any:
    def callback(*args: Any) -> None:
        stage.log.append([args, request.event, request.sid, request.namespace])
        stage.log.append(dict(session))

    def handler() -> None:
        session["a"] = 1
        emit("question", callback=callback)

    stage.event(handler)
    answer = packet.Packet(packet.ACK, ["yes"], namespace=NAMESPACE, id=1)
    server = stage.socketio.server
    server._handle_eio_message(stage.client.eio_sid, answer.encode())
    return stage.received()


@probe()
def extension_of_the_app(stage: Stage) -> Any:
    return stage.event(lambda: current_app.extensions["socketio"] is stage.socketio)


@probe()
def socketio_in_a_handler(stage: Stage) -> Any:
    stage.event(lambda: stage.socketio.emit("news", 1, namespace=request.namespace))
    stage.event(lambda: stage.socketio.send("lost"))
    return stage.received()
