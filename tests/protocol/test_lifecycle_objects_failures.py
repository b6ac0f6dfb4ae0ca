"""Live objects that fail to be made, to open, to welcome or to close harm no other."""

from __future__ import annotations

import pytest

from nsroute import EventError
from tests.support.lifecycle_namespaces import Hall
from tests.support.lines import Line, Tape, left_behind
from tests.support.worlds import WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
INTERNAL = {"message": "internal error"}


@pytest.fixture(autouse=True)
def _diary() -> None:
    Hall.diary, Hall.fails = [], {}


FAILURES = [RuntimeError("boom"), TypeError("boom"), EventError("boom"), SystemExit(1)]
failing = pytest.mark.parametrize(
    "failure", FAILURES, ids=lambda one: type(one).__name__
)


@every_world
@failing
@pytest.mark.parametrize("step", ["made", "opened"])
def test_an_object_that_cannot_be_made_or_opened_refuses_its_client(
    world: World, step: str, failure: BaseException
) -> None:
    """Nothing is left of it, nothing is closed, and the next client gets a new one."""
    site = world.site(Hall)
    tape, line = Tape(site), Line(site)
    Hall.fails = {step: failure}
    told = line.refusal("/halls/1")
    if isinstance(failure, EventError):
        assert told == {"message": "", "data": {"code": "boom"}}
    else:
        assert told == INTERNAL
    assert Hall.diary == ["made", "opened"][: 1 + (step == "opened")]
    assert dict(site.router.live) == {}
    assert left_behind(site) == {"environ": 1}
    assert len(tape.take()) == 1
    line.join("/halls/1")
    line.close()
    assert left_behind(site) == {}


@every_world
@failing
def test_an_error_in_accepted_is_recorded_and_the_client_stays(
    world: World, failure: BaseException
) -> None:
    """It was told that it is in; the record of its connect says what failed."""
    site = world.site(Hall)
    tape, line = Tape(site), Line(site)
    Hall.fails = {"accepted": failure}
    line.join("/halls/1")
    assert isinstance(line.call("/halls/1", "where"), int)
    connect, _event = tape.take()
    assert connect.kind == "connect"
    assert connect.outcome != "ok"
    assert connect.error is failure
    line.close()
    assert left_behind(site) == {}


@every_world
@failing
def test_an_error_in_closed_is_recorded_and_goes_no_further(
    world: World, failure: BaseException
) -> None:
    """The object is gone, and the connection's other namespaces are left as usual."""
    site = world.site(Hall)
    tape, line = Tape(site), Line(site)
    for number in range(3):
        line.join(f"/halls/{number}")
    tape.take()
    Hall.fails = {"closed": failure}
    line.close()
    assert Hall.diary.count("closed") == 3
    outcomes = [d.outcome for d in tape.take()]
    assert outcomes[0] != "ok"
    assert outcomes[1:] == ["ok", "ok"]
    assert left_behind(site) == {}


@every_world
@failing
def test_a_refused_client_is_told_why_although_closing_fails(
    world: World, failure: BaseException
) -> None:
    """The only client is refused, so the object it opened is closed again."""
    site = world.site(Hall)
    line = Line(site)
    Hall.fails = {"closed": failure}
    assert line.refusal("/halls/1", "refuse") == {
        "message": "Connection rejected by server"
    }
    assert Hall.diary == ["made", "opened", "connect", "closed"]
    assert left_behind(site) == {"environ": 1}
    line.close()
