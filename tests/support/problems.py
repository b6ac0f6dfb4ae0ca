"""What a declaration is refused for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nsroute.errors import RouteError


def problems_of(declare: Callable[[], object]) -> list[RouteError]:
    """Return the problems that a declaration raises, alone or as a group."""
    with pytest.raises((RouteError, ExceptionGroup)) as caught:
        declare()
    error = caught.value
    found = error.exceptions if isinstance(error, ExceptionGroup) else [error]
    assert len(found) > 1 or not isinstance(error, ExceptionGroup)
    assert all(isinstance(problem, RouteError) for problem in found)
    return list(found)


def problem_of(declare: Callable[[], object]) -> RouteError:
    """Return the only problem that a declaration raises."""
    problems = problems_of(declare)
    assert len(problems) == 1, problems
    return problems[0]
