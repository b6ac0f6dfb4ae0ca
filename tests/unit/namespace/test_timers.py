"""`@every`: methods that run while their object is open; and background tasks."""

from __future__ import annotations

from typing import Any

import pytest
from flask import current_app, g, got_request_exception, has_request_context
from structlog.contextvars import get_contextvars

from nsroute import EventError, RoutedNamespace, RouteError, errorhandler, every, on
from nsroute.testing import RouterClient
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.sites import PATIENCE, Site, left_behind, site

pytestmark = pytest.mark.usefixtures("quiet")
NOTES: list[Any] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    NOTES.clear()


class Clock(RoutedNamespace, namespace="/clocks/<int:number>"):
    """It ticks every second, and fails where it is told to."""

    def opened(self) -> None:
        NOTES.append("opened")
        self.fails: BaseException | None = None

    @every(1)
    def tick(self) -> Any:
        assert current_app
        assert not has_request_context()
        assert g.setdefault("own", "tick") == "tick"
        assert self.event == "tick"
        NOTES.append("tick")
        self.emit("tick", len(self.clients))
        if self.fails is not None:
            raise self.fails
        return self.note()

    def note(self) -> Any:
        """Do what a test wants to do in a tick."""

    @on("disconnect")
    def leave(self) -> None:
        NOTES.append("disconnect")

    def closed(self) -> None:
        NOTES.append(("closed", has_request_context()))

    @on("work")
    def work(self, *args: Any) -> None:
        task: Any = self.start_background_task(self.build, *args, fails=self.fails)
        task.join(PATIENCE)

    def build(self, *args: Any, fails: BaseException | None) -> None:
        assert not has_request_context()
        NOTES.append((current_app.name, args, get_contextvars()))
        if fails is not None:
            raise fails


def joined(here: Site, name: str = "/clocks/1") -> RouterClient:
    """Connect a client; from then on the clock stands still."""
    client = RouterClient(here.app, namespace=name)
    client.connect()
    return client


@pytest.fixture
def here() -> Site:
    return site(Clock)


@pytest.fixture
def recorder(here: Site) -> DispatchRecorder:
    return DispatchRecorder(here)


# --- timers


def test_a_timer_runs_from_opened_to_closed(here: Site) -> None:
    """First after its seconds, in whole periods, and each object has its own."""
    one = joined(here)
    one.advance(0.9)
    assert NOTES == ["opened"]
    two = joined(here, "/clocks/2")
    one.advance(0.1)
    one.advance(2.5)
    assert [told.args for told in one.received()] == [(1,)] * 3
    assert [told.args for told in two.received()] == [(1,)] * 2
    NOTES.clear()
    one.close()
    two.close()
    one.advance(100)
    assert NOTES == ["disconnect", ("closed", True)] * 2
    assert left_behind(here) == {}


def test_a_timer_that_went_well_is_neither_recorded_nor_sent(
    here: Site, recorder: DispatchRecorder
) -> None:
    """Twenty of them in a second would hide all else."""
    joined(here).advance(3)
    assert NOTES.count("tick") == 3
    assert [one.kind for one in recorder.all] == ["connect"]


def test_a_timer_that_raises_is_recorded_and_goes_on(
    here: Site, recorder: DispatchRecorder
) -> None:
    """As a dispatch without a client; Flask's signal tells whoever listens."""
    heard: list[BaseException] = []
    client = joined(here)
    clock = here.router.live["/clocks/1"]
    clock.fails = error = ValueError("in tick")

    def hear(_: object, exception: BaseException) -> None:
        heard.append(exception)

    with got_request_exception.connected_to(hear):
        client.advance(2)
    assert heard == [error, error]
    assert recorder.shown()[1:] == [("timer", "tick", "error", "internal_error")] * 2
    last = recorder.last
    assert (last.target, last.sid, last.error) == ("Clock.tick", None, error)
    assert last.instance is clock
    clock.fails = EventError("tired", "No more.")
    client.advance(1)
    assert recorder.shown() == [("timer", "tick", "rejected", "tired")]


def test_an_error_handler_handles_what_a_timer_raises() -> None:
    """That of the class, as for its events."""

    class Handled(Clock, namespace="/clocks/<int:number>"):
        @errorhandler(ValueError)
        def handle(self, error: ValueError) -> None:
            NOTES.append(("handled", str(error)))

    here = site(Handled)
    recorder = DispatchRecorder(here)
    client = joined(here)
    here.router.live["/clocks/1"].fails = ValueError("in tick")
    client.advance(1)
    assert NOTES[-1] == ("handled", "in tick")
    assert recorder.last.outcome == "rejected"


def test_its_log_lines_carry_the_namespace(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its name in place of an event; there is no sid."""
    monkeypatch.setattr(Clock, "note", lambda self: NOTES.append(get_contextvars()))
    joined(here).advance(1)
    assert NOTES[-1] == {"namespace": "/clocks/1", "sio_event": "tick"}
    assert get_contextvars() == {}


@pytest.mark.parametrize("order", ["client", "namespace", None])
def test_a_timer_that_puts_out_the_last_client_closes_the_object_behind_itself(
    order: Any,
) -> None:
    """`closed` never runs beside a timer, whatever that does."""

    class Strict(Clock, namespace="/clocks/<int:number>", order=order):
        def note(self) -> None:
            for sid in self.clients:
                self.disconnect(sid)
            NOTES.append("end of tick")

    here = site(Strict)
    client = joined(here)
    client.advance(1)
    in_queue = order == "namespace"
    left = [("closed", in_queue)]
    middle = (
        ["end of tick", "disconnect"] if in_queue else ["disconnect", "end of tick"]
    )
    assert ["opened", "tick", *middle, *left] == NOTES
    client.close()
    assert left_behind(here) == {}


def test_a_timer_goes_on_while_the_object_lingers() -> None:
    """It is open: somebody may come back."""

    class Lingering(Clock, namespace="/clocks/<int:number>", linger=2.5):
        pass

    here = site(Lingering)
    client = joined(here)
    client.disconnect()
    client.advance(10)
    assert NOTES == ["opened", "disconnect", "tick", "tick", ("closed", False)]


def test_a_timer_whose_turn_comes_after_the_end_does_not_run() -> None:
    """It was due before, and had to wait behind the last disconnect."""

    class Late(Clock, namespace="/clocks/<int:number>", order="namespace"):
        @on("leave")
        def let_go(self) -> None:
            self.disconnect(self.sid)
            here.socketio.server.manager.scheduler.advance(1)

    here = site(Late)
    client = joined(here)
    client.emit("leave")
    client.close()
    client.advance(5)
    assert NOTES == ["opened", "disconnect", ("closed", True)]
    assert left_behind(here) == {}


def test_a_linger_that_ends_in_a_tick_is_closed_behind_it() -> None:
    """The tick takes its time, and the linger ends meanwhile."""

    class Slow(Clock, namespace="/clocks/<int:number>", linger=0.5):
        def note(self) -> None:
            if not self.clients:
                here.socketio.server.manager.scheduler.advance(1)
                NOTES.append("end of tick")

    here = site(Slow)
    client = joined(here)
    client.advance(0.6)
    client.disconnect()
    client.advance(0.4)
    assert NOTES == ["opened", "disconnect", "tick", "end of tick", ("closed", False)]


def test_timers_are_inherited(here: Site) -> None:
    """An override keeps its seconds, None takes it away, a mark replaces it."""

    class Override(Clock, namespace="/override"):
        def tick(self) -> None:
            NOTES.append("mine")

    class Without(Clock, namespace="/without"):
        tick = None  # type: ignore[assignment]

    class Slower(Override, namespace="/slower"):
        @every(2)
        def tick(self) -> None:
            NOTES.append("slower")

        @every(1.5)
        @staticmethod
        def beside() -> None:
            NOTES.append("beside")

    here = site(Override, Without, Slower)
    for name, notes in [
        ("/override", ["mine"] * 3),
        ("/without", []),
        ("/slower", ["beside", "slower", "beside"]),
    ]:
        client = joined(here, name)
        NOTES.clear()
        client.advance(3)
        client.close()
        assert [one for one in NOTES if isinstance(one, str)][: len(notes)] == notes


@pytest.mark.parametrize("seconds", [0, -1, "1", None, True, float("nan")])
def test_every_takes_a_number_above_0(seconds: Any) -> None:
    """All else is a `RouteError` where it is written."""
    with pytest.raises(
        RouteError, match=f"every so many seconds, not every {seconds!r}"
    ):
        every(seconds)


def test_every_without_seconds_tells_how_to_write_it() -> None:
    """It is easily forgotten."""
    with pytest.raises(RouteError, match=r"write @every\(1\)"):

        @every  # type: ignore[arg-type]
        def tick(self: Any) -> None:
            pass


def test_every_decorates_a_function() -> None:
    """Nothing that no mark can be put on."""
    with pytest.raises(RouteError, match="not a property"):
        every(1)(property(print))  # type: ignore[type-var]


def test_a_timer_takes_no_arguments() -> None:
    """Nobody would pass any; nobody would await it."""
    with pytest.raises(ExceptionGroup) as raised:

        class Wrong(RoutedNamespace):
            @every(1)
            def tick(self, number: int) -> None:
                pass

            @every(1)
            async def tock(self) -> None:
                pass

    one, two = raised.value.exceptions
    assert str(one) == (
        "Wrong.tick: a timer is called without arguments (write def tick(self))"
    )
    assert "Wrong.tock" in str(two)


def test_a_timer_may_not_take_the_name_of_what_every_namespace_has() -> None:
    """`self.emit` would be the timer."""
    with pytest.raises(RouteError, match=r"Wrong.emit: a method for @every\(1\) takes"):

        class Wrong(RoutedNamespace):
            @every(1)
            def emit(self) -> None:  # type: ignore[override]
                pass


# --- background tasks


def test_a_task_has_the_contexts_of_whoever_starts_it(
    here: Site, recorder: DispatchRecorder
) -> None:
    """The application's, and that of the log."""
    client = joined(here)
    client.call("work", 1, "two")
    [(app, args, bound)] = NOTES[1:]
    assert (app, args) == (here.app.name, (1, "two"))
    assert bound == {
        "namespace": "/clocks/1",
        "sid": client.sid(),
        "sio_event": "work",
    }
    assert [one.kind for one in recorder.all] == ["connect", "event"]


def test_what_a_task_raises_is_recorded(here: Site, recorder: DispatchRecorder) -> None:
    """It would end without a word otherwise."""
    client = joined(here)
    here.router.live["/clocks/1"].fails = error = ValueError("in task")
    client.call("work")
    [task] = [one for one in recorder.all if one.kind == "task"]
    assert (task.event, task.outcome, task.error) == ("build", "error", error)
    assert (task.sid, task.namespace) == (None, "/clocks/1")
    assert task.target == "Clock.build"


def test_a_task_may_be_any_function(here: Site, recorder: DispatchRecorder) -> None:
    """An object that can be called has the name of its class."""

    class Builder:
        def __call__(self) -> None:
            raise ValueError("in a builder")

    joined(here)
    clock = here.router.live["/clocks/1"]
    clock.start_background_task(Builder()).join(PATIENCE)
    assert (recorder.last.target, recorder.last.event) == ("Builder", "Builder")


def test_an_object_that_had_no_client_yet_starts_no_task() -> None:
    """It says so: there is no namespace whose dispatch the task could be."""
    with pytest.raises(RuntimeError, match="has had no client yet"):
        Clock("/clocks/1").start_background_task(print)
