"""Use an installed nsroute in an empty folder: the quickstart, the tutorial's tests."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import nsroute

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "tutorial.md").read_text()

assert Path(nsroute.__file__).is_relative_to(sys.prefix), nsroute.__file__
*_, chat, tests = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
Path("chat.py").write_text(chat)
Path("test_chat.py").write_text(tests)
quickstart = [str(ROOT / "examples" / "quickstart.py")]
for command in quickstart, ["-m", "pytest", "-q", "test_chat.py"]:
    run = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False
    )
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
told = ", ".join(
    f"{one} {version(one)}" for one in ("nsroute", "flask", "flask-socketio")
)
print(f"Python {sys.version.partition(' ')[0]}: {told}: 2 smoke tests passed")
