"""The live namespaces of one process: what is done with them at the word of any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from nsroute.cluster.messages import Disconnect, Emit, Selected, ServerEvent
from nsroute.dispatch.server_events import run_presence_changed, run_server_event
from nsroute.live import LiveNamespace, NamespaceRegistry
from nsroute.upstream.manager import ClientManager
from nsroute.upstream.protocols import SocketIO

Run = Callable[[LiveNamespace, Callable[[], object]], object]
"""Runs user code for a live namespace, beside the one who calls."""


class LocalNamespaces:
    """The live namespaces of the registries of one server.

    Attributes:
        run: Runs user code of a live object. No user code runs in the thread that
            listens to the queue.
    """

    def __init__(self, socketio: SocketIO, manager: ClientManager) -> None:
        self.registries: list[NamespaceRegistry] = []
        self.run: Run = self._run
        self._socketio = socketio
        self._manager: Any = manager

    def chosen(self, selected: Selected) -> list[LiveNamespace]:
        """Return the live namespaces that are meant."""
        names = None if selected.patterns else selected.names
        return [
            live
            for registry in self.registries
            for live in registry.objects.namespaces(names)
            if selected.chooses(live.namespace, live.route.pattern)
        ]

    def serves(self, name: str, selected: Selected) -> bool:
        """Return whether a name is meant, be it live here or not."""
        found = [registry.routes.find(name) for registry in self.registries]
        return any(selected.chooses(name, one and one[0].pattern) for one in found)

    def counts(self, selected: Selected) -> list[list[Any]]:
        """Return the name of each that is meant, and how many clients it has here."""
        return [[live.namespace, len(live.sids)] for live in self.chosen(selected)]

    def emit(self, message: Emit) -> None:
        """Emit an event in each live namespace that is meant."""
        for live in self.chosen(message.selected):
            self._manager.emit(
                message.event,
                tuple(message.args),
                namespace=live.namespace,
                room=message.to,
                skip_sid=message.skip_sid,
                ignore_queue=True,
            )

    def disconnect(self, message: Disconnect) -> None:
        """Disconnect the clients that are meant, beside the one who calls."""
        clients = [
            (sid, live.namespace)
            for live in self.chosen(message.selected)
            for sid, _ in self._manager.get_participants(live.namespace, message.to)
        ]
        if clients:
            self._manager.server.start_background_task(self._disconnect, clients)

    def _disconnect(self, clients: list[tuple[str, str]]) -> None:
        for sid, namespace in clients:
            with suppress(Exception):  # recorded; the others have to leave all the same
                self._manager.server.disconnect(sid, namespace, ignore_queue=True)

    def _run(self, live: LiveNamespace, step: Callable[[], object]) -> None:
        for registry in self.registries:
            if live in registry.objects.namespaces([live.namespace]):
                registry.queues.run(
                    live, partial(self._run_if_live, registry, live, step)
                )

    @staticmethod
    def _run_if_live(
        registry: NamespaceRegistry, live: LiveNamespace, step: Callable[[], object]
    ) -> None:
        """Run a step whose turn has come, unless the object has closed meanwhile."""
        if live in registry.objects.namespaces([live.namespace]):
            step()

    def run_server_event(self, message: ServerEvent) -> None:
        """Run the handlers of a server-side event, beside the one who calls."""
        for live in self.chosen(message.selected):
            handler = handlers_of(live).get(message.event)
            if handler is not None:
                event, args = message.event, tuple(message.args)
                step = partial(
                    run_server_event, self._socketio, live, handler, event, args
                )
                self.run(live, step)

    def run_presence_changed(
        self, namespace: str, joins: dict[str, Any], leaves: dict[str, Any]
    ) -> None:
        """Call `presence_changed` of the live object of a namespace, if it has one."""
        for live in self.chosen(Selected(names=[namespace])):
            if "presence_changed" in live.route.hooks:
                step = partial(
                    run_presence_changed, self._socketio, live, joins, leaves
                )
                self.run(live, step)


def handlers_of(live: LiveNamespace) -> Mapping[str, Any]:
    """Return the handlers of the server-side events of a live object."""
    found: Mapping[str, Any] = getattr(live.instance, "__nsroute_server_events__", {})
    return found
