"""What a namespace sends: to its own concrete namespace, typed objects included."""

from __future__ import annotations

from typing import Any, cast

from nsroute.upstream.packets import PacketEncoder
from nsroute.upstream.protocols import SocketIO
from nsroute.upstream.registration import HostedNamespace


class EmittingNamespace(HostedNamespace):
    """A namespace whose methods take what those of `SocketIO` take."""

    def emit(
        self,
        event: str,
        data: Any = None,
        room: Any = None,
        include_self: bool = True,
        namespace: str | None = None,
        callback: Any = None,
        **options: Any,
    ) -> None:
        """Emit an event to the clients of this namespace, or to some of them.

        Args:
            event: The event's name.
            data: The payload; a tuple is several arguments. Typed objects are sent as
                what a packet can carry.
            room: The room or the sid to send to, as is `to=`; None for all.
            include_self: Whether the client being served gets it too.
            namespace: Another namespace to send to.
            callback: Called with the arguments of the acknowledgement.
            **options: What else `SocketIO.emit` takes: `to`, `skip_sid`,
                `ignore_queue`.

        Raises:
            TypeError: If there is something in `data` that no packet can carry.
        """
        self._nsroute_host().emit(
            event,
            self._nsroute_payload(data, namespace),
            room=room,
            include_self=include_self,
            namespace=namespace or self.namespace,
            callback=callback,
            **options,
        )

    def send(
        self,
        data: Any,
        room: Any = None,
        include_self: bool = True,
        namespace: str | None = None,
        callback: Any = None,
        **options: Any,
    ) -> None:
        """Emit a `message`, or with `json=True` a `json` event; else as `emit`."""
        event = "json" if options.pop("json", False) else "message"
        self.emit(event, data, room, include_self, namespace, callback, **options)

    def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float | None = 60,
        ignore_queue: bool = False,
        room: str | None = None,
    ) -> Any:
        """Emit an event to one client and wait for its acknowledgement.

        Args:
            event: The event's name.
            data: The payload, as of `emit`.
            to: The client's sid.
            sid: The same by another name.
            namespace: Another namespace to send to.
            timeout: How long to wait, in seconds; None for ever.
            ignore_queue: Whether to reach only this process, as of `SocketIO.call`.
            room: The same as `to`, as there.

        Raises:
            socketio.exceptions.TimeoutError: If the client does not answer in time.
        """
        return self._nsroute_host().call(
            event,
            self._nsroute_payload(data, namespace),
            to=to or room or sid,
            namespace=namespace or self.namespace,
            timeout=timeout,
            ignore_queue=ignore_queue,
        )

    def close_room(self, room: str, namespace: str | None = None) -> None:
        """Remove all clients from a room."""
        self._nsroute_host().close_room(room, namespace or self.namespace)

    def _nsroute_host(self) -> SocketIO:
        host = cast("SocketIO | None", self.socketio)
        if host is None:
            raise RuntimeError(
                f"{self.namespace} is on no server yet: what __init__ would send, "
                "opened() can"
            )
        return host

    def _nsroute_payload(self, data: Any, namespace: str | None) -> Any:
        """Return a payload for another namespace, which need not be a routed one."""
        # The client manager does the same for its own.
        return data if namespace is None else PacketEncoder(self.server).sendable(data)
