"""The registry: live namespaces and who is in them; made, counted, dropped.

- `registry`: what upstream passes on, to the client that it concerns;
- `namespaces`: one live namespace, its object and the states of that;
- `timers`: the methods of that object that run every so many seconds;
- `queues`: which queue an event waits in, and what happens in its turn;
- `refused`: what is refused before its turn;
- `draining`: how a server ends;
- `membership`: who is in it, each from its connect to its disconnect;
- `states`: how far each of them is;
- `served`: what the registry serves;
- `views`: what is live, to look at.
"""

from nsroute.live.membership import Membership
from nsroute.live.namespaces import LiveNamespace
from nsroute.live.registry import NamespaceRegistry
from nsroute.live.served import Host
from nsroute.live.views import LiveObjects, NamespaceInfo

__all__ = [
    "Host",
    "LiveNamespace",
    "LiveObjects",
    "Membership",
    "NamespaceInfo",
    "NamespaceRegistry",
]
