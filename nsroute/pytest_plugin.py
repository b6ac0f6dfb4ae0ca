"""Fixtures for users' tests: `router_client` and `dispatches`.

pytest imports this in every project that has nsroute installed, before coverage starts
or gevent patches anything. So a wheel holds it as `nsroute_pytest`, beside the package,
and it imports nothing of nsroute's until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # not to hide a cycle: see above
    from flask import Flask

    from nsroute import Dispatch
    from nsroute.testing import RouterClient

__all__ = ["dispatches", "router_client"]


@pytest.fixture
def dispatches() -> Generator[list[Dispatch], None, None]:
    """Return the list of dispatches that have finished since the test began."""
    from nsroute.testing import capture_dispatches  # noqa: PLC0415 - see above

    with capture_dispatches() as captured:
        yield captured


@pytest.fixture
def router_client(app: Flask) -> Generator[RouterClient, None, None]:
    """Return a `RouterClient` of your fixture `app`, and close it after the test."""
    from nsroute.testing import RouterClient  # noqa: PLC0415 - see above

    with RouterClient(app) as client:
        yield client
