"""Print the lower bound of each dependency in pyproject.toml as a constraint.

Those of the extras are printed too, but for those that are for this repository only.
"""

import re
import tomllib
from pathlib import Path

HERE = {"examples", "test"}
project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
declared = [one for name, extra in extras.items() if name not in HERE for one in extra]
bounds = {
    re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)(?:,.*)?", one).groups()
    for one in (*project["dependencies"], *declared)
}
for name, version in sorted(bounds):
    print(f"{name}=={version}")
