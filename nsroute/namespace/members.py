"""The attributes that a `RoutedNamespace` has while nobody sets his own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar, overload

from nsroute.live import LiveNamespace

T = TypeVar("T")


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
        return client.data

    def __iter__(self) -> Iterator[str]:
        return iter(() if self._live is None else self._live.sids)

    def __len__(self) -> int:
        return 0 if self._live is None else len(self._live.sids)

    def __repr__(self) -> str:
        return f"<ConnectedClients {dict(self)!r}>"
