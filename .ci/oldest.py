"""Print the lower bound of each dependency in pyproject.toml as a constraint."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
for dependency in project["dependencies"]:
    name, version = re.fullmatch(r"([\w-]+)>=([\d.]+)(?:,.*)?", dependency).groups()
    print(f"{name}=={version}")
