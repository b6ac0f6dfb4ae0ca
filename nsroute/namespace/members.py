"""The attributes that a `RoutedNamespace` has while nobody sets his own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, overload

from flask import has_request_context, request

from nsroute.cluster import process_of
from nsroute.dispatch import Client, current
from nsroute.live import LiveNamespace, NamespaceRegistry
from nsroute.namespace.emitting import EmittingNamespace
from nsroute.namespace.life import start_task
from nsroute.namespace.presence import NamespacePresence
from nsroute.upstream.locks import Lock, new_lock

T = TypeVar("T")
NO_PARAMS: Final[Mapping[str, Any]] = MappingProxyType({})


class Member(Generic[T]):
    """A computed attribute that gives way to one that a class or an object sets."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Member[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> T | Member[T]:
        return self if instance is None else self._compute(instance)


class ConnectedClients(Mapping[str, dict[str, Any]]):
    """The sids that are connected to a namespace, with their dicts, as it is now."""

    __slots__ = ("_live",)

    def __init__(self, live: LiveNamespace | None) -> None:
        self._live = live

    def __getitem__(self, sid: str) -> dict[str, Any]:
        client = None if self._live is None else self._live.clients.get(sid)
        if client is None or not client.is_admitted:
            raise KeyError(sid)
        data: dict[str, Any] = client.data
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(() if self._live is None else self._live.sids)

    def __len__(self) -> int:
        return 0 if self._live is None else len(self._live.sids)

    def __repr__(self) -> str:
        return f"<ConnectedClients {dict(self)!r}>"


class NamespaceMembers(EmittingNamespace):
    """What handlers look at: the namespace, its clients, who is being served."""

    _nsroute_live: LiveNamespace | None = None
    _nsroute_registry: NamespaceRegistry | None = None
    _nsroute_router: Any = None
    _nsroute_params: Mapping[str, Any] = NO_PARAMS

    @Member
    def params(self) -> Mapping[str, Any]:
        """The converted parameters of the pattern, read-only."""
        return self._nsroute_params

    @Member
    def clients(self) -> Mapping[str, dict[str, Any]]:
        """The sids that are connected here, in this process, with their dicts.

        Read-only, and as it is now. A client is in it from the end of its connect
        handler to the beginning of its disconnect handler.
        """
        return ConnectedClients(self._nsroute_live)

    @Member
    def client(self) -> dict[str, Any]:
        """A dict for the client being served, kept from its connect to its disconnect.

        Raises:
            RuntimeError: Outside of the dispatches of this namespace.
        """
        data: dict[str, Any] = self._nsroute_client.data
        return data

    @Member
    def sid(self) -> str:
        """The sid of the client being served.

        Raises:
            RuntimeError: Outside of the dispatches of this namespace.
        """
        return self._nsroute_client.sid

    @Member
    def event(self) -> str:
        """The event being served, for a handler of several.

        Raises:
            RuntimeError: Outside of the dispatches of this namespace.
        """
        dispatch = current.get(None)
        if dispatch is None or dispatch.instance is not self:
            raise RuntimeError(f"no event of {self.namespace} is being served here")
        return str(dispatch.event)

    @Member
    def router(self) -> Any:
        """The router that leads to this object.

        Raises:
            RuntimeError: If it stands alone.
        """
        if self._nsroute_router is None:
            raise RuntimeError(f"{self.namespace} stands alone, without a router")
        return self._nsroute_router

    @Member
    def presence(self) -> NamespacePresence:
        """Who is present in this namespace, over all processes."""
        process = process_of(self.socketio, self.server)
        return NamespacePresence(process, self.namespace, lambda: self._nsroute_client)

    @Member
    def lock(self) -> Lock:
        """A re-entrant lock that guards what you keep on the object."""
        mine: dict[str, Any] = self.__dict__
        lock: Lock | None = mine.get("_nsroute_lock")
        live = self._nsroute_live  # in `__init__` there is no `self.server` yet
        server = self.server if live is None else live.host.server
        # Of two threads that come here at once, both get the lock of the first.
        return lock or mine.setdefault("_nsroute_lock", new_lock(server))

    def start_background_task(
        self, function: Callable[..., object], *args: Any, **kwargs: Any
    ) -> object:
        """Start a background task, as `SocketIO.start_background_task` does.

        It runs in an application context, its log lines carry what those of the caller
        do, and what it raises goes to the error handlers and is recorded. It does not
        end with the object.

        Returns:
            The thread or greenlet, with a method `join`.

        Raises:
            RuntimeError: If the object serves no namespace yet.
        """
        live = self._nsroute_live
        if live is None:
            raise RuntimeError(f"{self!r} has had no client yet")
        return start_task(live, function, args, kwargs)

    @property
    def _nsroute_client(self) -> Client:
        dispatch = current.get(None)
        client: Client | None = None if dispatch is None else dispatch.client
        if dispatch and client is not None and client.live.instance is self:
            if dispatch.sid is None:
                raise RuntimeError(f"{self.namespace} serves no client here")
            return client
        live = self._nsroute_live
        if live is not None and has_request_context():
            found: Client | None = live.clients.get(getattr(request, "sid", ""))
            if found is not None:
                return found
        raise RuntimeError(f"no client of {self.namespace} is being served here")
