"""For users' tests: clients without a network, captured dispatches, assertions.

- `RouterClient`: one connection of a client, in any number of namespaces;
- `serve`: one class, without an application;
- `capture_dispatches`: the dispatches of a block of code, and how they ended;
- `assert_…`: assertions that show what happened instead.

Nothing here needs pytest, which has the fixtures `router_client` and `dispatches`.
"""

from nsroute.testing.assertions import (
    assert_accepted,
    assert_dispatched,
    assert_emitted,
    assert_not_dispatched,
    assert_not_emitted,
    assert_refused,
    capture_dispatches,
)
from nsroute.testing.client import RouterClient
from nsroute.testing.received import ConnectAnswer, NoAcknowledgement, Received
from nsroute.testing.serving import serve

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
