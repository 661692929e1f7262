"""Build hook: compiles the engine where there is a C compiler; without one the package is pure Python and says so.

Results go to sim/_compiled/ with a manifest of the sources they came from; sim/native.py tells how they are used.
SPARESIM_BUILD=pure in the environment skips the compilation.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "sim" / "_compiled"
SMALL_PARTS = "sim/_fast.c"
MODEL = ("sim/samplers.py", "sim/engine/gauge.py", "sim/model/**/*.py")
# No fused multiply-add: compiled and pure results are equal bit for bit on every processor.
FLAGS = ["-O3", "-g0", "-fno-semantic-interposition", "-fno-plt", "-ffp-contract=off", "-Wno-error"]


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Adds the compiled engine to a wheel, or puts it beside the sources of an editable installation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by Hatch before it collects files."""
        if self.target_name != "wheel":
            return
        shutil.rmtree(FOLDER, ignore_errors=True)
        if os.environ.get("SPARESIM_BUILD") == "pure":
            return
        made = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=False)
        if made.returncode:
            shutil.rmtree(FOLDER, ignore_errors=True)
            reason = (made.stderr.strip() or made.stdout.strip()).splitlines()[-1:]
            self.app.display_warning(f"no compiled engine, the pure one will be used: {' '.join(reason)}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"] += ["sim/_compiled/*"]


def compile_engine() -> None:
    """Compile all parts into FOLDER, then write the manifest; raises on any failure."""
    os.chdir(ROOT)
    sources = sorted({path.as_posix() for pattern in MODEL for path in Path().glob(pattern) if path.name != "__init__.py"})
    with tempfile.TemporaryDirectory() as work:
        built = _build(sources, Path(work))
        FOLDER.mkdir(exist_ok=True)
        modules = {}
        for path in built:
            name = path.relative_to(Path(work) / "lib").as_posix().split(".")[0].replace("/", ".")
            modules[name] = f"{name}{''.join(path.suffixes)}"
            shutil.copy2(path, FOLDER / modules[name])
    manifest = {
        "python": sys.implementation.cache_tag,
        "sources": {s.removeprefix("sim/"): hashlib.sha256(Path(s).read_bytes()).hexdigest() for s in (SMALL_PARTS, *sources)},
        "modules": modules,
    }
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def _build(sources: list[str], work: Path) -> list[Path]:
    from mypyc.build import mypycify
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    model = mypycify(
        ["--config-file=", "--ignore-missing-imports", "--follow-imports=silent", f"--cache-dir={work / 'cache'}", *sources],
        opt_level="3",
        debug_level="0",
        target_dir=str(work / "c"),
        group_name="sim",
    )
    for extension in model:
        extension.extra_compile_args += FLAGS
    small = Extension("sim._fast", [SMALL_PARTS], extra_compile_args=FLAGS)
    command = build_ext(Distribution({"name": "sparesim", "ext_modules": [small, *model]}))
    command.build_lib, command.build_temp, command.parallel = str(work / "lib"), str(work / "temp"), os.cpu_count()
    command.ensure_finalized()
    command.run()
    return sorted((work / "lib").rglob("*.so")) + sorted((work / "lib").rglob("*.pyd"))


if __name__ == "__main__":
    compile_engine()
