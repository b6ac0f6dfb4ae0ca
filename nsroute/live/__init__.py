"""The registry: live namespaces and who is in them; made, counted, dropped.

- `registry`: what upstream passes on, to the client that it concerns;
- `namespaces`: one live namespace, its object and the states of that;
- `membership`: who is in it, each from its connect to its disconnect;
- `views`: what is live, to look at.
"""

from nsroute.live.membership import Membership
from nsroute.live.namespaces import LiveNamespace
from nsroute.live.registry import NamespaceRegistry
from nsroute.live.views import LiveObjects, NamespaceInfo

__all__ = [
    "LiveNamespace",
    "LiveObjects",
    "Membership",
    "NamespaceInfo",
    "NamespaceRegistry",
]
