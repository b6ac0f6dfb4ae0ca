"""For users' tests: clients without a network, captured dispatches, assertions.

- `RouterClient`: one connection, in as many namespaces as wanted;
- `serve`: one class, without an application;
- `capture_dispatches`: what was dispatched, and how it ended;
- `assert_…`: assertions that say what there was instead.

Nothing here needs pytest, nor a server that runs. With pytest there are the fixtures
`router_client` and `dispatches`.
"""

from nsroute.testing.answers import ConnectAnswer, NoAcknowledgement
from nsroute.testing.assertions import (
    assert_accepted,
    assert_dispatched,
    assert_emitted,
    assert_not_dispatched,
    assert_not_emitted,
    assert_refused,
)
from nsroute.testing.capture import capture_dispatches
from nsroute.testing.client import RouterClient
from nsroute.testing.inbox import Received
from nsroute.testing.single import serve

__all__ = [
    "ConnectAnswer",
    "NoAcknowledgement",
    "Received",
    "RouterClient",
    "assert_accepted",
    "assert_dispatched",
    "assert_emitted",
    "assert_not_dispatched",
    "assert_not_emitted",
    "assert_refused",
    "capture_dispatches",
    "serve",
]
