"""The TypeScript compiler, in a folder with the module that nsroute writes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.support import requirements
from tests.support.clients import JS

_OPTIONS = {
    "strict": True,
    "target": "es2022",
    "module": "nodenext",
    "moduleResolution": "nodenext",
    "types": ["node"],
    "outDir": "out",
    "skipLibCheck": True,
}


class Workbench:
    """A folder with an `api.ts` and what is compiled against it."""

    def __init__(self, folder: Path, module: str) -> None:
        requirements.node("typescript")
        self.folder = folder
        self.write("api.ts", module)
        self.write("package.json", '{"type": "module"}')
        (folder / "node_modules").symlink_to(JS / "node_modules")

    def write(self, name: str, text: str) -> None:
        """Write a file into the folder."""
        (self.folder / name).write_text(text, "utf-8")

    def take(self, name: str) -> None:
        """Copy a file of the tests into the folder."""
        self.write(name, (JS / name).read_text("utf-8"))

    def compile(self, *names: str, **options: Any) -> list[str]:
        """Compile files; return what the compiler complains of."""
        config = {"compilerOptions": {**_OPTIONS, **options}, "files": names}
        self.write("tsconfig.json", json.dumps(config))
        compiler = JS / "node_modules" / "typescript" / "bin" / "tsc"
        done = subprocess.run(
            ["node", str(compiler), "--pretty", "false"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (done.returncode == 0) == (done.stdout == ""), done
        return [line for line in done.stdout.splitlines() if line[:1].strip()]

    def run(self, name: str, *args: str) -> Any:
        """Run a compiled file; return the JSON that it prints."""
        done = subprocess.run(
            ["node", str(self.folder / "out" / name), *args],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def changed(source: Path, before: str, after: str, folder: Path) -> ModuleType:
    """Import a module of Python as it would be with another text in it."""
    text = source.read_text("utf-8")
    assert before in text
    file = folder / f"{source.stem}_changed.py"
    file.write_text(text.replace(before, after), "utf-8")
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[file.stem] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
