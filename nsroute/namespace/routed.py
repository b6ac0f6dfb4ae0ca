"""`RoutedNamespace`: what users subclass; its routes are read when it is defined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from flask import has_request_context, request

from nsroute.errors import RouteError, name_of, raise_together
from nsroute.namespace.alone import Alone, match_alone, name_alone
from nsroute.namespace.declarations import Declaration, declare
from nsroute.namespace.plans import HOOKS, Surroundings, compile_plan
from nsroute.pipeline import serving
from nsroute.pipeline.clients import House, Occupancy
from nsroute.pipeline.reception import Desk
from nsroute.pipeline.turn import Middleware, Plan
from nsroute.records import LogChoice, check_choice
from nsroute.upstream.acceptance import HostedNamespace
from nsroute.upstream.locks import Lock, new_lock
from nsroute.upstream.protocols import Server
from nsroute.upstream.sending import as_carried

__all__ = ["RoutedNamespace", "make_routed", "routed_plan"]

NO_PARAMS: Final[Mapping[str, Any]] = MappingProxyType({})


class RoutedNamespace(HostedNamespace):
    """A namespace whose events are routed to methods.

    One object serves all clients of a concrete namespace; a router makes it for the
    first of them and drops it behind the last. `socketio.on_namespace(Room("/lobby"))`
    serves one exact namespace without a router.

    The class keyword `namespace=` is the pattern, or the patterns, that the class
    serves. Without it the class is a base or a mixin, or is placed by a `Route`.

    Args:
        namespace: The concrete namespace; by default the one that the class's only
            pattern stands for, if it has no parameters.

    Raises:
        RouteError: When a class is defined in which something is wrong; an
            `ExceptionGroup` of them for several things. When an object is made that is
            to stand by itself and could have several names.
    """

    middleware: ClassVar[Iterable[Middleware]] = ()
    """Wraps every handler of the class, inside that of the router and of the route."""
    log: ClassVar[LogChoice] = None
    """How its dispatches are recorded; None leaves it to the router."""

    __nsroute_patterns__: ClassVar[tuple[str, ...]] = ()
    __nsroute_declaration__: ClassVar[Declaration] = Declaration((), {}, ())

    _nsroute_place: Occupancy | None = None
    _nsroute_desk: Desk | None = None

    def __init_subclass__(
        cls, *, namespace: str | Iterable[str] = (), **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        patterns = (namespace,) if isinstance(namespace, str) else tuple(namespace)
        check_choice(cls.log, target=name_of(cls))
        declaration = declare(cls, patterns=patterns, stop=RoutedNamespace.__mro__)
        cls.__nsroute_declaration__ = declaration
        cls.__nsroute_patterns__ = declaration.patterns

    @classmethod
    def __nsroute_check__(
        cls, names: frozenset[str], declared: str
    ) -> list[RouteError]:
        """Find what keeps the class from serving a pattern with these parameters."""
        routes = cls.__nsroute_declaration__.of(declared).values()
        return [
            problem
            for route in routes
            for problem in (
                *route.signature.resolve(),
                *route.signature.check(names),
            )
        ]

    def __init__(self, namespace: str | None = None) -> None:
        cls = type(self)
        super().__init__(name_alone(name_of(cls), namespace, cls.__nsroute_patterns__))

    @property
    def params(self) -> Mapping[str, Any]:
        """The converted parameters of the pattern, read-only."""
        place = self._nsroute_place
        return NO_PARAMS if place is None else place.params

    @property
    def clients(self) -> frozenset[str]:
        """The sids that are connected here, in this process.

        A client is among them from the end of its connect handler to the beginning of
        its disconnect handler.
        """
        place = self._nsroute_place
        return frozenset() if place is None else place.sids

    @property
    def client(self) -> dict[str, Any]:
        """A dict for the client being served, kept from its connect to its disconnect.

        Raises:
            RuntimeError: Outside of the dispatches of this namespace.
        """
        current = serving.get(None)
        if current is not None and current.place.instance is self:
            return current.data
        place = self._nsroute_place
        if place is not None and has_request_context():
            member = place.members.get(getattr(request, "sid", ""))
            if member is not None:
                return member.data
        raise RuntimeError(f"no client of {self.namespace} is being served here")

    @property
    def lock(self) -> Lock:
        """A re-entrant lock that guards what you keep on the object."""
        mine: dict[str, Any] = self.__dict__
        lock: Lock | None = mine.get("_nsroute_lock")
        place = self._nsroute_place
        server = self.server if place is None else place.house.server
        # Of two threads that come here at once, both get the lock of the first.
        return lock or mine.setdefault("_nsroute_lock", new_lock(server))

    def opened(self) -> None:
        """Hear that the object is about to serve its first client."""

    def accepted(self) -> None:
        """Hear that a client has been told that it is connected.

        What is emitted here arrives after the client's `connect`.
        """

    def closed(self) -> None:
        """Hear that the last client has left; the object is not used again."""

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch an event; upstream and the router call it.

        A subclass that overrides it sees every connect, event and disconnect of the
        namespace first, as upstream passes them: `("connect", sid, environ, auth)`,
        `(event, sid, *args)`, `("disconnect", sid, reason)`. Each is one dispatch with
        the handler that `super()` calls.

        Raises:
            RuntimeError: If the object is registered nowhere.
        """
        if self._nsroute_desk is None:
            raise RuntimeError(f"{self!r} is not registered on a SocketIO")
        sid, *rest = args
        return self._nsroute_desk.pass_on(event, self.namespace, sid, tuple(rest))

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
        self.socketio.emit(
            event,
            as_carried(self.server, data),
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
        return self.socketio.call(
            event,
            as_carried(self.server, data),
            to=to or room or sid,
            namespace=namespace or self.namespace,
            timeout=timeout,
            ignore_queue=ignore_queue,
        )

    def close_room(self, room: str, namespace: str | None = None) -> None:
        """Put all clients of a room out of it."""
        self.socketio.close_room(room, namespace or self.namespace)

    def _nsroute_hosted(self, server: Server) -> None:
        if self._nsroute_place is None or isinstance(self._nsroute_desk, Alone):
            self._nsroute_desk = self._stand_alone(server)

    def _stand_alone(self, server: Server) -> Alone:
        cls = type(self)
        params, declared = match_alone(self.namespace, cls.__nsroute_patterns__)
        problems = cls.__nsroute_check__(frozenset(params), declared or "")
        raise_together(f"{name_of(cls)} cannot serve {self.namespace!r}", problems)
        plan = routed_plan(
            cls,
            Surroundings(
                sender=self,
                make=lambda _: self,
                pattern=declared or self.namespace,
                declared=declared,
            ),
            forwards=False,  # upstream calls it, and so the override, by itself
        )

        def moved(place: Occupancy) -> None:
            place.instance = self
            self._nsroute_place = place

        return Alone(self.socketio, server, self.namespace, params, plan, moved)


def routed_plan(
    target: type[RoutedNamespace], around: Surroundings, *, forwards: bool = True
) -> Plan:
    """Compile a `RoutedNamespace` for one pattern.

    `forwards` is whether to call the `trigger_event` of a class that overrides it.
    """
    own = [h for h in HOOKS if getattr(target, h) is not getattr(RoutedNamespace, h)]
    return compile_plan(
        target,
        target.__nsroute_declaration__,
        around,
        hooks=frozenset(own),
        forwards=forwards and target.trigger_event is not RoutedNamespace.trigger_event,
    )


def make_routed(
    target: type[RoutedNamespace], place: Occupancy, desk: House
) -> RoutedNamespace:
    """Make a live object; its `params` are there before its `__init__` runs."""
    instance = target.__new__(target)
    instance.__dict__.update(_nsroute_place=place, _nsroute_desk=desk)
    instance.__init__(place.namespace)  # type: ignore[misc]
    return instance
