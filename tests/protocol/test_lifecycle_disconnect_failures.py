"""What fails while a client is disconnected keeps nobody, and runs once."""

from __future__ import annotations

import pytest
from flask_socketio import Namespace

from nsroute import EventError, Route
from tests.support.lifecycle_namespaces import Room, reasons
from tests.support.lines import Line, Tape, left_behind
from tests.support.worlds import WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary, Room.raises = [], {}


FAILURES = [
    RuntimeError("in disconnect"),
    TypeError("in disconnect"),
    EventError("no", "In a disconnect this is no answer."),
    SystemExit(1),
    KeyboardInterrupt(),
]


@every_world
@pytest.mark.parametrize("failure", FAILURES, ids=lambda one: type(one).__name__)
def test_a_disconnect_handler_that_raises_strands_nobody(
    world: World, failure: BaseException
) -> None:
    """It has run once; the connection's other namespaces are left as usual."""
    site = world.site(Room)
    site.app.testing = True  # from an event it would be raised
    Room.raises = {1: failure, 3: failure}
    tape, line, other = Tape(site), Line(site), Line(site)
    other.join("/rooms/9")
    for number in range(5):
        line.join(f"/rooms/{number}")
    line.close()
    assert reasons() == [(number, "transport close") for number in range(5)]
    assert other.call("/rooms/9", "say", "unharmed") == "unharmed"
    ends = [d.outcome for d in tape.take() if d.kind == "disconnect"]
    answered = isinstance(failure, EventError)
    handled = world.error_default and not isinstance(failure, KeyboardInterrupt)
    failed = "rejected" if answered or handled else "error"
    assert ends == ["ok", failed, "ok", failed, "ok"]
    other.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("how", ["packet", "server", "in a handler"])
def test_a_raising_disconnect_handler_lets_the_client_come_again(
    world: World, how: str
) -> None:
    """Whoever disconnects a client gets no exception of its handler, and no ghost."""
    site = world.site(Room)
    Room.raises = {1: RuntimeError("in disconnect")}
    line = Line(site)
    sid = line.join("/rooms/1")
    if how == "packet":
        line.leave("/rooms/1")
    else:
        site.socketio.server.disconnect(sid, "/rooms/1")
    assert len(reasons()) == 1
    assert left_behind(site) == {"environ": 1}
    line.join("/rooms/1")
    line.close()
    assert len(reasons()) == 2
    assert left_behind(site) == {}


class Old(Namespace):
    """A class as it was before the router: its disconnect takes no reason."""

    seen: list[str]

    def on_disconnect(self) -> None:
        self.seen.append("disconnect")
        raise TypeError("inner")


@every_world
def test_a_type_error_in_a_disconnect_handler_runs_it_once(world: World) -> None:
    """Nobody calls it again to find out its signature."""
    site = world.site(Route("/old/<int:number>", Old))
    Old.seen = []
    line = Line(site)
    line.join("/old/1")
    line.join("/old/2")
    line.leave("/old/1")
    line.close()
    assert Old.seen == ["disconnect"] * 2
    assert left_behind(site) == {}


@every_world
def test_a_teardown_function_that_raises_keeps_nobody(world: World) -> None:
    """Whether it fails in a connect, an event or a disconnect, all is cleared up."""
    site = world.site(Room)
    fails = False

    @site.app.teardown_request
    def torn(_error: BaseException | None) -> None:
        if fails:
            raise OSError("teardown")

    line = Line(site)
    line.join("/rooms/1")
    fails = True
    assert line.refusal("/rooms/2") == {"message": "internal error"}
    answer = line.call("/rooms/1", "say", "a")
    assert answer == {"error": {"code": "internal_error", "message": "internal error"}}
    fails = False
    assert line.call("/rooms/1", "say", "a") == "a"
    fails = True
    line.close()
    opened = [number for number, step in Room.diary if step == "opened"]
    closed = [number for number, step in Room.diary if step == "closed"]
    assert sorted(opened) == sorted(closed)
    assert left_behind(site) == {}
