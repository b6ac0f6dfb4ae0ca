"""`flask nsroute typescript` writes the module, and checks one that was written."""

from __future__ import annotations

from pathlib import Path

from tests.support.cli_apps import new_app, run


def test_the_module_is_printed_or_written(tmp_path: Path) -> None:
    """Without `-o` it is printed."""
    printed = run(new_app(), "typescript")
    assert printed.exit_code == 0
    assert "export interface BoardClientToServer {" in printed.output
    file = tmp_path / "api.ts"
    written = run(new_app(), "typescript", "-o", str(file))
    assert (written.exit_code, written.output) == (0, "")
    assert file.read_text("utf-8") == printed.output


def test_a_check_fails_for_a_file_that_is_old(tmp_path: Path) -> None:
    """`--check` writes nothing, and says how to write the file anew."""
    file = tmp_path / "api.ts"
    missing = run(new_app(), "typescript", "--check", str(file))
    assert missing.exit_code == 1
    assert not file.exists()
    run(new_app(), "typescript", "-o", str(file))
    fresh = run(new_app(), "typescript", "--check", str(file))
    assert (fresh.exit_code, fresh.output) == (0, "")
    file.write_text(file.read_text("utf-8").replace("move", "moved"))
    old = run(new_app(), "typescript", "--check", str(file), width=None)
    assert old.exit_code == 1
    assert f"flask nsroute typescript -o {file}" in old.output.replace("\n", " ")
    assert "moved" in file.read_text("utf-8")
