"""Print the newest versions of all that CI installs, as constraints: `.ci/newest.txt`.

Takes the Python that has the oldest version supported, with pip 25.1 or newer.
"""

import json
import os
import subprocess
import sys

WANTED = ("-e", ".[test]", "--group", "dev")
BESIDE = ("confluent-kafka", "dnspython", "eventlet", "kafka-python", "uwsgi")
command = (sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed")
report = subprocess.run(
    [*command, "--quiet", "--report", "-", *WANTED, *BESIDE],
    env={name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"},
    stdout=subprocess.PIPE,
    check=True,
).stdout
found = [one["metadata"] for one in json.loads(report)["install"]]
for one in sorted(found, key=lambda one: one["name"].lower()):
    if one["name"] != "nsroute":
        print(f"{one['name']}=={one['version']}")
