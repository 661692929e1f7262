"""What code made a result."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

# Packages and modules whose code can change the files of a replication
_SOURCES = ("model", "engine", "analysis", "rules", "theory")
_PACKAGES = ("numpy", "scipy", "simpy")


@cache
def code_version() -> str:
    """Version of sparesim with eight digits of a digest of the sources that make results."""
    root = Path(__file__).resolve().parent.parent
    files = [*root.glob("*.py"), root / "scenario" / "plan.py", root / "experiment" / "replicate.py"]
    files += [path for name in _SOURCES for path in (root / name).rglob("*.py")]
    content = hashlib.sha256()
    for path in sorted(files):
        content.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{sparesim_version()}+{content.hexdigest()[:8]}"


def sparesim_version() -> str:
    """Version of the installed distribution, '0' if it is not installed."""
    try:
        return metadata.version("sparesim")
    except metadata.PackageNotFoundError:
        return "0"


def versions() -> dict[str, str]:
    """Versions of sparesim, Python, the packages that results depend on, and the system."""
    found = {"sparesim": sparesim_version(), "code": code_version(), "python": platform.python_version()}
    found |= {"system": platform.platform(), "processors": str(os.cpu_count())}
    return found | {name: metadata.version(name) for name in _PACKAGES}
