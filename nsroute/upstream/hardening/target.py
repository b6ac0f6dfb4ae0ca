"""What mends change on one server: its sockets, its handlers, its WebSockets.

Private parts touched, checked with python-engineio 4.15.1 and python-socketio 5.18.1
(`tests/unit/upstream/hardening/` fails when one changes): the class of
`engineio.socket.Socket` objects, `engineio.Server._async`,
`socketio.Server._handle_eio_connect` and `socketio.Server._handle_eio_message`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import attrs

from nsroute.upstream.protocols import Environ

_MARK: Final = "nsroute_hardening"

if TYPE_CHECKING:  # python-engineio ships no types, and a base needs one

    class Socket:
        """`engineio.socket.Socket`, whose attributes are of any type."""

        sid: str
        server: Any
        queue: Any
        closed: bool

        def __getattr__(self, name: str) -> Any: ...

else:
    Socket = object


class Report(Protocol):
    """What writes a record of what was done to a connection."""

    def __call__(self, record: str, **fields: object) -> None:
        """Write a record."""


class HardenedSocket(Socket):
    """The last of the mixins for sockets: it can hang up, and goes when it is closed.

    Engine.IO keeps closed sockets until its monitor comes by, and a polling request
    to one of them fails with a traceback in the server's log.
    """

    limits: Limits
    websocket: Any = None

    def _websocket_handler(self, ws: Any) -> Any:
        self.websocket = ws
        return cast("Any", super())._websocket_handler(ws)

    def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        """Close the connection."""
        cast("Any", super()).close(wait=wait, abort=abort, reason=reason)
        if self.closed:
            self.server.sockets.pop(self.sid, None)

    def end(self, code: str, **fields: object) -> None:
        """Close the connection, and record why; the client need not take part."""
        self.limits.report(
            "nsroute.connection_closed", eio_sid=self.sid, code=code, **fields
        )
        reason = self.server.reason.TRANSPORT_ERROR
        self.close(wait=False, abort=True, reason=reason)
        self.hang_up()

    def hang_up(self) -> None:
        """End a WebSocket, though its client takes nothing, not even its end."""
        wrapped = getattr(self.websocket, "ws", None)
        places = [(wrapped, "sock"), (self.websocket, "_sock")]
        for owner, name in (*places, (self.websocket, "socket")):  # the last eventlet's
            found: Any = getattr(owner, name, None)
            if hasattr(found, "shutdown"):
                with suppress(OSError):  # it is closed already
                    found.shutdown(SHUT_RDWR)


@attrs.define
class Limits:
    """What a client may make a server keep."""

    unread_bytes: int
    attachments: int
    report: Report


class Target:
    """A server that is mended."""

    def __init__(self, server: Any, limits: Limits) -> None:
        self.server: Any = server
        self.engine: Any = server.eio
        self.limits = limits
        self._mixins: list[type] = []
        self._classes: dict[type, type] = {}

    def add_to_sockets(self, mixin: type) -> None:
        """Put a mixin before the class of the server's sockets."""
        self._mixins.append(mixin)

    def wrap_handler(
        self, event: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> None:
        """Wrap what Engine.IO calls for an event.

        The admin UI has a handler of its own there, which calls the attribute.
        """
        name = f"_handle_eio_{event}"
        upstream = getattr(self.server, name)
        wrapped = wrap(upstream)
        if self.engine.handlers.get(event) == upstream:
            self.engine.on(event, wrapped)
        setattr(self.server, name, wrapped)

    def wrap_websocket(
        self, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> None:
        """Wrap what makes the WebSocket of a connection, on this server alone."""
        shared = self.engine._async
        if shared["websocket"] is not None:
            self.engine._async = {**shared, "websocket": wrap(shared["websocket"])}

    def install(self) -> None:
        """Mend the sockets there are, and those that come."""
        setattr(self.engine, _MARK, self)
        for socket in list(self.engine.sockets.values()):
            self._adopt(socket)
        self.wrap_handler("connect", self._adopting)

    def _adopting(self, upstream: Callable[..., Any]) -> Callable[..., Any]:
        def connect(eio_sid: str, environ: Environ) -> Any:
            socket = self.engine.sockets.get(eio_sid)
            if socket is not None:  # Flask-SocketIO's test client has none
                self._adopt(socket)
            return upstream(eio_sid, environ)

        return connect

    def _adopt(self, socket: Any) -> None:
        """Give a socket the mixins; not one in memory, whose client reads at once."""
        if not hasattr(socket.queue, "get"):
            return
        kind: type = socket.__class__
        if kind not in self._classes:
            bases = (*self._mixins, HardenedSocket, kind)
            self._classes[kind] = type(f"Hardened{kind.__name__}", bases, {})
        socket.limits = self.limits
        socket.__class__ = self._classes[kind]


def target_of(engine: Any) -> Target | None:
    """Return what was mended on an Engine.IO server; None if nothing was."""
    return cast("Target | None", getattr(engine, _MARK, None))
