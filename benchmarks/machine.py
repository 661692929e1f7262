"""What the figures were measured on: no name, no path, nothing that tells whose machine it is."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

PACKAGES = ("sparesim", "simpy", "numpy", "scipy")


def machine() -> dict[str, str]:
    """Processor, memory and system."""
    return {
        "processor": _field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{_memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "c compiler": _compiler(),
    }


def versions() -> dict[str, str]:
    """Versions of ours and of the peers; those not installed are left out."""
    from benchmarks.child import PEERS, PEERS_PYTHON, output

    found = {package: metadata.version(package) for package in PACKAGES}
    for package in PEERS:
        ask = f"from importlib.metadata import version; print(version({package!r}))"
        try:
            found[package] = output([str(PEERS_PYTHON), "-c", ask]).strip()
        except (RuntimeError, OSError):
            continue
    return found


def _field(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _compiler() -> str:
    from benchmarks.child import FLAGS, output

    try:
        return f"{output([os.environ.get('CC', 'cc'), '--version']).splitlines()[0]}, {FLAGS[0]}"
    except (OSError, RuntimeError):
        return "none"
