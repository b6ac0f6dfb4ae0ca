"""The page for contributors: the test that it shows passes."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.conftest import Connect, Serve
from tests.docs.test_readme import blocks
from tests.support.servers import ROOT

PAGE = ROOT / "CONTRIBUTING.md"


@pytest.mark.usefixtures("quiet")
@pytest.mark.sockets
def test_the_test_of_the_page_passes(serve: Serve, connect: Connect) -> None:
    """With the fixtures that it names, in one of the combinations it is for."""
    module = ModuleType("shown")
    [shown] = blocks(PAGE, "python")
    exec(compile(shown, PAGE.name, "exec"), vars(module))
    module.test_a_room_answers(serve, connect, "threading", "websocket", "python")
