"""What surrounds a model: a folder to start from, the format's schema, the resolved scenario, the state of the installation."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from sim.errors import UsageError
from sim.native import describe_engine

# What `init` copies: a small three-tier model, complete in itself.
STARTER = ("network/three-tier.yaml", "scenarios/three-tier.yaml", "scenarios/three-tier-more-stock.yaml")
_LARGE = 60  # collections longer than this are shown by digest


def init(folder: Path) -> list[Path]:
    """Copy the starter model into a new or empty folder.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UsageError
        If the folder holds something already.
    """
    from sim.resources import shipped_folder

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; name a new folder")
    written = []
    for name in STARTER:
        kind, _, file = name.partition("/")
        source = shipped_folder(kind)
        if source is None:
            raise UsageError("the shipped scenarios are missing from this installation")
        target = folder / kind / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, target)
        written.append(target)
    return written


def doctor() -> dict[str, str]:
    """Versions, places and optional abilities of this installation."""
    from sim.resources import shipped, shipped_folder

    facts = {
        "sparesim": metadata.version("sparesim"),
        "python": f"{platform.python_version()} ({platform.system()} {platform.machine()})",
    }
    for package in ("simpy", "numpy", "scipy", "plotly", "pydantic"):
        facts[package] = metadata.version(package)
    facts["pandas (study.frame)"] = _version_or("pandas", "not installed; pip install 'sparesim[frames]'")
    facts["engine"] = describe_engine()
    facts["chromium"] = shutil.which("chromium") or shutil.which("chromium-browser") or "not found (only tests of pages need it)"
    for kind in ("scenarios", "network"):
        facts[f"shipped {kind}"] = ", ".join(name for name, _ in shipped(kind)) if shipped_folder(kind) else "missing"
    return facts


def _version_or(package: str, otherwise: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return otherwise


def schema() -> dict[str, Any]:
    """JSON Schema of scenario files."""
    from sim.scenario.json_schema import json_schema

    return json_schema()


def resolved(scenario: str | Path, sets: Sequence[str] = (), *, full: bool = False) -> dict[str, Any]:
    """The scenario as one explicit mapping: extends, changes, tables and defaults filled in.

    Large collections are shown by digest unless `full`.

    Raises
    ------
    ScenarioError
        If the scenario is invalid.
    """
    from sim.scenario.resolved import resolved_scenario

    return resolved_scenario(scenario, sets, most=None if full else _LARGE).values


def resolved_text(scenario: str | Path, sets: Sequence[str] = (), *, origin: bool = False, full: bool = False) -> str:
    """The same as YAML text; with `origin` each value is followed by where it was written, or ``default``."""
    from sim.scenario.resolved import resolved_scenario

    return resolved_scenario(scenario, sets, most=None if full else _LARGE).text(origin=origin)
