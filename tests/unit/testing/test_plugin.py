"""The pytest plugin gives its fixtures, and until then does nothing."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from tests.support.servers import ROOT

pytest_plugins = ["pytester"]

# Of an installed nsroute, pytest knows the plugin by its entry point already.
PLUGIN = ("-p", "no:nsroute", "-p", "nsroute.pytest_plugin")

APP = """
    import pytest
    from flask import Flask
    from flask_socketio import SocketIO
    from nsroute import MetaRouter, RoutedNamespace, on
    from nsroute.testing import assert_dispatched

    class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
        @on("say")
        def say(self, text: str) -> int:
            return len(text)

    @pytest.fixture
    def app():
        app = Flask("tested")
        app.testing, app.secret_key = True, "only for tests"
        MetaRouter([Room]).mount(SocketIO(app, async_mode="threading"))
        return app
"""


def test_the_fixtures_are_a_client_and_the_dispatches(
    pytester: pytest.Pytester,
) -> None:
    """`router_client` is a client of the fixture `app`; `dispatches` is what it did."""
    pytester.makepyfile(
        APP
        + """
    def test_say(router_client, dispatches):
        assert router_client.connect("/rooms/1")
        assert router_client.call("say", "hello") == 5
        assert_dispatched(dispatches, "say", outcome="ok")

    def test_say_again(router_client, dispatches):
        assert dispatches == []
        assert router_client.namespaces == ()
    """
    )
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=2)


def test_a_failure_points_at_the_test(pytester: pytest.Pytester) -> None:
    """A failed assertion is shown at the line of the test, with what there was."""
    pytester.makepyfile(
        APP
        + """
    def test_say(router_client, dispatches):
        router_client.connect("/rooms/1")
        assert_dispatched(dispatches, "say")
    """
    )
    result = pytester.runpytest_inprocess(*PLUGIN)
    result.stdout.fnmatch_lines(
        [
            '>*assert_dispatched(dispatches, "say")',
            "E*AssertionError: no dispatch fits: event='say'; there is:",
            "E*connect 'connect' in /rooms/1 -> Room: ok  <- event='connect'",
        ]
    )
    result.stdout.no_fnmatch_line("*def assert_dispatched*")


@pytest.mark.sockets
def test_the_module_imports_nothing_of_nsroutes() -> None:
    """The file that pytest loads in every project brings neither nsroute nor Flask."""
    code = (
        "import runpy, sys; runpy.run_path(sys.argv[1]); "
        "print(sorted(sys.modules.keys() & {'nsroute', 'flask', 'socketio'}))"
    )
    file = str(ROOT / "nsroute" / "pytest_plugin.py")
    done = subprocess.run(
        [sys.executable, "-c", code, file], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_entry_point_is_the_file_outside_the_package() -> None:
    """The wheel holds the plugin beside the package, where the entry point seeks it."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert declared["project"]["entry-points"]["pytest11"] == {
        "nsroute": "nsroute_pytest"
    }
    wheel = declared["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {"nsroute/pytest_plugin.py": "nsroute_pytest.py"}
