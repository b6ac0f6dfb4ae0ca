"""Print the lower bound of each dependency in pyproject.toml as a constraint.

Those of the extras are printed too, but for `test`, which is not for users.
"""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
declared = [one for name, extra in extras.items() if name != "test" for one in extra]
bounds = {
    re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)(?:,.*)?", one).groups()
    for one in (*project["dependencies"], *declared)
}
for name, version in sorted(bounds):
    print(f"{name}=={version}")
