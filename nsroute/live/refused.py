"""What is refused before its turn: too much waits, or the server is about to end."""

from __future__ import annotations

from typing import Final

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.dispatch.refusals import error_answer
from nsroute.dispatch.unserved import publish_unserved
from nsroute.errors import EventError
from nsroute.live.membership import Found, Membership
from nsroute.upstream.incoming import Incoming, Packet

BUSY: Final = EventError("busy", "Too many events wait already.")
DRAINING: Final = EventError("draining", "This server is about to end; connect again.")


def refuse_event(incoming: Incoming, client: Membership, sent: Packet) -> None:
    """Record an event whose handler does not run, and answer it."""
    live = client.live
    event, *args = sent[3]
    why = DRAINING if incoming.is_draining else BUSY
    publish_unserved(
        "event", event, live.namespace, client.sid, (live.route, live.params),
        "rejected", why, args=tuple(args), instance=live.instance,
    )  # fmt: skip
    incoming.acknowledge(sent, error_answer(why.code, why.message))


def refuse_connect(
    incoming: Incoming, eio_sid: str, namespace: str, found: Found
) -> None:
    """Record a CONNECT for which too much waits, and refuse it."""
    record_refused(namespace, found, BUSY)
    refused = Refused(BUSY.message, {"code": BUSY.code})
    incoming.refuse(eio_sid, namespace, refused)


def record_refused(namespace: str, found: Found, why: EventError) -> None:
    """Record a CONNECT for which nobody is entered.

    While a server drains it is not answered: a socket.io client that is refused gives
    up, and one whose connection ends connects again.
    """
    publish_unserved("connect", "connect", namespace, None, found, "refused", why)
