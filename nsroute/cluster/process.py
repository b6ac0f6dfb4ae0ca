"""One process among those that share a message queue, or by itself without one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from socket import gethostname
from threading import Event, Lock
from time import monotonic
from typing import Any, Final

from nsroute.cluster.asking import Inquiries
from nsroute.cluster.census import Inquiry
from nsroute.cluster.local import LocalNamespaces
from nsroute.cluster.messages import (
    NAMESPACE,
    Answer,
    Beat,
    Bye,
    Change,
    Disconnect,
    Emit,
    Message,
    Question,
    Selected,
    ServerEvent,
    State,
    StateWanted,
    from_payload,
    in_parts,
    to_payload,
)
from nsroute.cluster.peers import Peers
from nsroute.cluster.presence import Difference, Metas, PresenceMap
from nsroute.cluster.ticks import start_ticks
from nsroute.live import NamespaceRegistry
from nsroute.records import report_unpublished
from nsroute.upstream.manager import ClientManager, client_manager
from nsroute.upstream.protocols import Server, SocketIO
from nsroute.upstream.publisher import MAX_UNPUBLISHED

__all__ = ["MAX_UNPUBLISHED", "PRESENCE_TIMEOUT", "ClusterProcess", "process_of"]

PRESENCE_TIMEOUT: Final = 30.0
"""Seconds after which a silent process is taken for gone."""
INTRODUCTIONS: Final = (0.0, 0.3, 0.7, 2.0)
"""Pauses between the first beats: when a subscription begins is announced to nobody."""


class ClusterProcess:
    """What a process tells the others, and does at their word.

    Args:
        socketio: Whom it emits by.
        manager: The client manager, behind which the message queue is.
    """

    def __init__(self, socketio: SocketIO, manager: ClientManager) -> None:
        self.local: LocalNamespaces = LocalNamespaces(socketio, manager)
        self.presence: PresenceMap = PresenceMap()
        self._manager = manager
        self._lock = Lock()
        self._peers = Peers(PRESENCE_TIMEOUT, monotonic())
        self._inquiries = Inquiries(self._tell)
        self._began: float | None = None
        self._over = Event()
        self._act: dict[type[Message], Callable[[Any], object]] = {
            Beat: self._on_beat,
            Bye: lambda bye: self._forget([bye.host]),
            Emit: self.local.emit,
            Disconnect: self.local.disconnect,
            ServerEvent: self.local.run_server_event,
            Question: self._on_question,
            Answer: self._inquiries.add,
            Change: self._on_change,
            StateWanted: self._on_state_wanted,
            State: self._on_state,
        }
        manager.follow(NAMESPACE, self._hear, self._begin)

    @property
    def host(self) -> str:
        """The name of this process: its computer, its number and what makes it one."""
        host_id = getattr(self._manager, "host_id", "")[:8]
        return f"{gethostname()}:{os.getpid()}:{host_id}"

    @property
    def has_queue(self) -> bool:
        """Whether there may be other processes."""
        return self._manager.publisher is not None

    @property
    def is_serving(self) -> bool:
        """Whether this process has namespaces, and hears what becomes of others'."""
        return bool(self.local.registries)

    def configure(self, presence_timeout: float, max_unpublished: int) -> None:
        """Set what a router is made with."""
        self._peers.timeout = presence_timeout
        publisher = self._manager.publisher
        if publisher is not None:
            publisher.limit = max_unpublished
            publisher.report = report_unpublished

    # --- what users ask for

    def do_everywhere(self, message: Emit | Disconnect | ServerEvent) -> None:
        """Do something with the live namespaces of all processes."""
        self._act[type(message)](message)
        self._tell(message)

    def flush(self, timeout: float) -> bool:
        """Wait until all is published; return whether it is, after so many seconds."""
        publisher = self._manager.publisher
        return publisher is None or publisher.flush(timeout)

    def ask(
        self, about: str, selected: Selected, timeout: float
    ) -> tuple[list[list[Any]], tuple[str, ...]]:
        """Ask all processes; return their rows, and which did not answer in time."""
        own, others = (
            self._rows(about, selected),
            self.ask_others(about, selected, timeout),
        )
        return [*own, *others.rows()], others.silent

    def ask_others(self, about: str, selected: Selected, timeout: float) -> Inquiry:
        """Ask all other processes; return what they have answered in time."""
        with self._lock:
            inquiry = Inquiry(self._peers.hosts, self._is_sure())
        if self._manager.listen():
            self._inquiries.ask(inquiry, self.host, about, selected, timeout)
        return inquiry

    def track(self, namespace: str, sid: str, key: str, meta: Any) -> None:
        """Let a client of this process be present, until it leaves."""
        for registry in self.local.registries:
            registry.memberships.on_left = self.untrack
        self._tell_change(
            lambda: self.presence.track(self.host, namespace, sid, key, meta)
        )

    def untrack(self, namespace: str, sid: str) -> None:
        """Let a client of this process be present no more."""
        self._tell_change(lambda: self.presence.untrack(self.host, namespace, sid))

    def serve(self, registry: NamespaceRegistry) -> None:
        """Count the namespaces of a registry among those of this process."""
        self.local.registries.append(registry)

    def forget(self, registry: NamespaceRegistry) -> None:
        """Count the namespaces of a registry no more."""
        self.local.registries.remove(registry)

    def present(self, namespace: str) -> Metas:
        """Return who is present in a namespace, in all processes."""
        with self._lock:
            return self.presence.metas(namespace)

    def present_among(self, selected: Selected) -> Metas:
        """Return who is present in the namespaces that are meant, in all processes."""
        found: Metas = {}
        with self._lock:
            for namespace in self.presence.namespaces():
                if self.local.serves(namespace, selected):
                    for key, metas in self.presence.metas(namespace).items():
                        found.setdefault(key, []).extend(metas)
        return found

    def _tell_change(
        self, make: Callable[[], tuple[Change, Difference] | None]
    ) -> None:
        with self._lock:  # changes are told in the order in which they are counted
            made = make()
            if made is not None:
                self._tell(made[0])
        if made is not None:
            self._show([made[1]])

    # --- what the others tell

    def _hear(self, payload: object, to: str | None) -> None:
        """Act on what another process tells; the thread that listens calls it."""
        message = from_payload(payload) if to in (None, self.host) else None
        if message is not None:
            self._act[type(message)](message)

    def _on_beat(self, beat: Beat) -> None:
        self._note(beat.host)
        with self._lock:
            is_behind = self.presence.is_behind(beat.host, beat.sequence)
        if is_behind:
            self._tell(StateWanted(self.host), to=beat.host)

    def _note(self, host: str) -> None:
        """Note that a process is there; tell a new one that this one is."""
        with self._lock:
            is_new = self._peers.hear(host, monotonic())
        if is_new and self._began is not None:
            self._beat(to=host)

    def _on_question(self, question: Question) -> None:
        parts = in_parts(self._rows(question.about, question.selected))
        for number, rows in enumerate(parts):
            about = question.number, question.attempt, self.host
            answer = Answer(*about, number, len(parts), rows)
            self._tell(answer, to=question.host)

    def _on_change(self, change: Change) -> None:
        self._note(change.host)
        with self._lock:
            is_missing, differences = self.presence.apply(change)
        self._show(differences)
        if is_missing:
            self._tell(StateWanted(self.host), to=change.host)

    def _on_state(self, state: State) -> None:
        self._note(state.host)
        with self._lock:
            differences = self.presence.replace(state)
        self._show(differences)

    def _on_state_wanted(self, wanted: StateWanted) -> None:
        with self._lock:
            states = self.presence.state(self.host)
        for state in states:
            self._tell(state, to=wanted.host)

    # --- by itself

    def tick(self, now: float) -> None:
        """Tell the others that this process is there; forget those that are silent."""
        with self._lock:
            silent = self._peers.expire(now)
        self._forget(silent)
        self._beat()

    def stop(self) -> None:
        """Tell the others that this process ends."""
        self._over.set()
        self._tell(Bye(self.host))

    def _begin(self) -> None:
        """Begin to beat: from now on this process hears the others."""
        self._began = monotonic()
        start_ticks(self, INTRODUCTIONS, self._over)

    @property
    def period(self) -> float:
        """Seconds between two ticks."""
        return self._peers.timeout / 3

    def _beat(self, to: str | None = None) -> None:
        self._tell(Beat(self.host, self.presence.sequence), to=to)

    def _forget(self, hosts: Iterable[str]) -> None:
        for host in hosts:
            with self._lock:
                self._peers.forget(host)
                differences = self.presence.drop(host)
            self._show(differences)

    def _show(self, differences: Iterable[Difference]) -> None:
        for difference in differences:
            if difference.joins or difference.leaves:
                self.local.run_presence_changed(
                    difference.namespace, difference.joins, difference.leaves
                )

    def _is_sure(self) -> bool:
        """Return whether the processes that are known are all."""
        began = self._began
        return began is not None and monotonic() - began > sum(INTRODUCTIONS)

    def _rows(self, about: str, selected: Selected) -> list[list[Any]]:
        if about == "clients":
            return self.local.counts(selected)
        with self._lock:
            serves = self.local.serves
            return self.presence.own_rows(lambda name: serves(name, selected))

    def _tell(self, message: Message, to: str | None = None) -> None:
        self._manager.tell(to_payload(message), to)


_making: Final = Lock()


def process_of(socketio: SocketIO, server: Server) -> ClusterProcess:
    """Return the process that a server is among those that share its queue."""
    manager = client_manager(server)
    with _making:
        if manager.cluster_process is None:
            manager.cluster_process = ClusterProcess(socketio, manager)
    process: ClusterProcess = manager.cluster_process
    return process
