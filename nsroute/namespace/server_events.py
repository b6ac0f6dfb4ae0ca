"""What the server sends: a declared event, and one that is bound to what sends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import (
    Any,
    Concatenate,
    Final,
    Generic,
    NoReturn,
    ParamSpec,
    Protocol,
    TypeVar,
    cast,
    overload,
)

from nsroute.arguments import EmittedSignature, read_emitted
from nsroute.errors import name_of

P = ParamSpec("P")
R = TypeVar("R")

_set: Final = object.__setattr__


class Sender(Protocol):
    """What an event is sent with: a namespace, or what reaches several of them.

    One that also has the `call` of a namespace can ask a client for an answer.
    """

    def emit(self, event: str, data: Any, **options: Any) -> object:
        """Emit an event; a tuple is several arguments."""


class ServerEvent(Generic[P, R]):
    """An event that the server sends, as `emits` declares it in a class body.

    On an object of the class it is a `BoundEvent`, which sends it.
    """

    __slots__ = ("_event", "_name", "_owner", "_signature", "function")

    def __init__(
        self, function: Callable[Concatenate[Any, P], R], event: str | None = None
    ) -> None:
        _set(self, "function", function)
        _set(self, "_event", event)
        _set(self, "_name", function.__name__)
        _set(self, "_owner", None)
        _set(self, "_signature", None)

    function: Callable[..., Any]
    """The method that declares it; it is never called."""
    _event: str | None
    _name: str
    _owner: type | None
    _signature: EmittedSignature | None

    def __set_name__(self, owner: type, name: str) -> None:
        if self._owner is None:
            _set(self, "_owner", owner)
            _set(self, "_name", name)

    @property
    def event(self) -> str:
        """Its name on the wire."""
        return self._name if self._event is None else self._event

    @property
    def method(self) -> str:
        """The name of the method that declares it."""
        return self._name

    @property
    def target(self) -> str:
        """The class and the method, such as `Room.said`."""
        owner = self._owner
        return self._name if owner is None else f"{name_of(owner)}.{self._name}"

    @property
    def signature(self) -> EmittedSignature:
        """What it carries and what answers it, read once."""
        if self._signature is None:
            _set(self, "_signature", self._read())
        return cast("EmittedSignature", self._signature)

    def via(self, sender: Sender) -> BoundEvent[P, R]:
        """Return the event, sent with something other than an object of its class.

        `Room.said.via(namespaces)("hello")` calls `namespaces.emit("said", …)`.
        """
        return BoundEvent(self, sender)

    @overload
    def __get__(self, instance: None, owner: type) -> ServerEvent[P, R]: ...
    @overload
    def __get__(self, instance: Any, owner: type) -> BoundEvent[P, R]: ...
    def __get__(
        self, instance: Any, owner: type
    ) -> ServerEvent[P, R] | BoundEvent[P, R]:
        return self if instance is None else BoundEvent(self, instance)

    def __set__(self, instance: object, value: object) -> NoReturn:
        raise AttributeError(f"{self.target} is an event that @emits declares")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{self.target} is an event that the server sends")

    def __repr__(self) -> str:
        return f"<ServerEvent {self.event!r} of {self.target}>"

    def _read(self) -> EmittedSignature:
        owner = self._owner
        return read_emitted(
            self.function,
            owner=self.target,
            typed=getattr(owner, "__nsroute_checked__", True),
            names={} if owner is None else dict(vars(owner)),
        )


class BoundEvent(Generic[P, R]):
    """A declared event and what sends it: call it with what the event carries."""

    __slots__ = ("_declared", "_sender")

    def __init__(self, declared: ServerEvent[P, R], sender: Sender) -> None:
        self._declared = declared
        self._sender = sender

    def __call__(self: BoundEvent[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Send the event to everybody in the namespace."""
        self._send(args, kwargs, {})

    def to(
        self: BoundEvent[P, None],
        to: Any = None,
        *,
        skip_sid: Any = None,
        include_self: bool = True,
    ) -> Callable[P, None]:
        """Return what sends the event to some; call it with what the event carries.

        Args:
            to: The room or the sid, or a list of rooms; None for all.
            skip_sid: The sid, or a list of sids, of those who do not get it.
            include_self: Whether the client being served gets it too.
        """
        chosen: dict[str, Any] = {} if to is None else {"to": to}
        if skip_sid is not None:
            chosen["skip_sid"] = skip_sid
        if not include_self:
            chosen["include_self"] = False

        def send(*args: P.args, **kwargs: P.kwargs) -> None:
            self._send(args, kwargs, chosen)

        return send

    def call(self, sid: str, timeout: float | None = 60) -> Callable[P, R]:
        """Return what asks one client; call it with what the event carries.

        It waits for the client's answer, and returns it as the annotation of the
        method declares it.

        Args:
            sid: The client.
            timeout: How long to wait, in seconds; None for ever.

        Raises:
            TypeError: If the event is annotated to return None: no client answers it.
                If the sender has no `call`.
            InvalidAnswer: By the call, if the answer is not what is declared.
            socketio.exceptions.TimeoutError: By the call, without an answer in time.
        """
        declared, signature = self._declared, self._declared.signature
        if signature.has_answer is False:
            raise TypeError(
                f"{declared.target} has no answer: annotate what it returns, such as "
                "`-> bool`"
            )
        sender: Any = self._sender
        if not hasattr(sender, "call"):
            raise TypeError(f"{sender!r} asks no client: send {declared.target} alone")

        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            data = signature.wire_args(args, kwargs)
            answer = sender.call(declared.event, data, to=sid, timeout=timeout)
            checked: R = signature.checked_answer(answer)
            return checked

        return ask

    def __repr__(self) -> str:
        return f"<BoundEvent {self._declared.event!r} of {self._sender!r}>"

    def _send(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], chosen: dict[str, Any]
    ) -> None:
        declared, signature = self._declared, self._declared.signature
        if signature.has_answer:
            raise TypeError(
                f"{declared.target} has an answer: ask one client with "
                f"`.call(sid)(…)`, or annotate `-> None`"
            )
        data = signature.wire_args(args, kwargs)
        self._sender.emit(declared.event, data, **chosen)
