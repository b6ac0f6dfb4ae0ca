"""Entries stand in the order in which the server tries the handlers."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, MountError, RoutedNamespace, on
from nsroute.handlers.entries import HandlerOrder
from tests.support.cli_apps import Board, new_app


class Chat(RoutedNamespace, namespace="/chat"):
    @on("say")
    def say(self) -> None: ...


def test_functions_come_before_classes_and_classes_before_routes() -> None:
    """Of functions those for every namespace come last."""
    router = new_app().extensions["socketio"].server.namespace_handlers["*"]
    entries = HandlerOrder(router).entries()
    kinds = list(dict.fromkeys((one.kind, one.namespace) for one in entries))
    assert kinds == [
        ("function", "/"),
        ("function", "/boards/1"),
        ("function", "*"),
        ("namespace", "/boards/2"),
        ("namespace", "/lobby"),
        ("route", "/boards/<int:board_id>"),
        ("route", "/teams/<team>/plain"),
        ("route", "/teams/<team>/all"),
    ]


def test_a_class_has_a_connect_and_a_disconnect_without_a_row() -> None:
    """Every client connects and leaves; a disconnect that calls nothing has no row."""
    app = Flask("tested")
    socketio = SocketIO(app, async_mode="threading")
    socketio.on_namespace(Chat("/other"))
    order = HandlerOrder(MetaRouter([Chat]).mount(socketio))
    [route] = order.router.table
    for entries in order.of_route(route), order.of_class("/other"):
        assert [one.event for one in entries] == ["connect", "say", "disconnect"]
        assert [one.handler for one in entries] == [None, "Chat.say", None]
    assert len(order.entries()) == 4


def test_an_entry_has_the_target_of_its_dispatches() -> None:
    """By it, metrics are found; what is no route's has none."""
    app = Flask("tested")
    socketio = SocketIO(app, async_mode="threading")
    socketio.on_namespace(Namespace("/exact"))
    order = HandlerOrder(MetaRouter([Board]).mount(socketio))
    targets = {one.event: one.dispatch_target for one in order.entries()[1:]}
    assert targets["move"] == "Board.move"
    assert order.of_class("/exact")[0].dispatch_target is None


def test_a_router_that_is_not_mounted_has_no_order() -> None:
    """Nothing is tried before the router is mounted; the error says what to call."""
    with pytest.raises(MountError, match=r"call router\.mount\(socketio\)"):
        HandlerOrder(MetaRouter([Board]))
