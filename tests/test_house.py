"""The rooms of the house import only what the design allows."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent / "sim"
LEAVES = {"errors", "units", "registry", "distributions", "streams", "calendar", "profile", "columns"}
LEAVES |= {
    "theory",
    "rules",
    "resources",
    "canonical",
    "native",
    "_fast",
    "samplers",
    "collector",
    "display",
    "sampling",
    "language",
    "cells",
    "assets",
    "cautions",
}
MAY = {
    "scenario": {"scenario", "analysis.kpis"},  # the registry of measures, which goals name, imports columns only
    "engine": {"engine"},
    "model": {"model", "engine", "scenario.plan"},
    "store": {"store", "scenario.plan"},
    "analysis": {"analysis", "store", "scenario.plan"},
    "experiment": {"experiment", "model", "engine", "store", "analysis", "scenario.plan", "scenario.replication"},
    "report": {"report", "analysis", "store", "scenario.plan"},
    "cli": {"cli", "api"},
    "project": {"scenario"},
}
ONLY_IN = {
    "yaml": {"scenario/document.py"},
    "simpy": {"engine/clock.py"},
    "plotly": {"report/"},
    "networkx": {"scenario/check"},
}


def imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [f"{node.module}.{a.name}" if node.module == "sim" else node.module for a in node.names]
    return names


def test_rooms_import_only_their_neighbours() -> None:
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        for name in imports(path):
            if not name.startswith("sim."):
                continue
            target = name.removeprefix("sim.")
            head = target.split(".")[0]
            if head in LEAVES or room in ("api", "explain", "__init__"):
                continue
            allowed = MAY.get(room, LEAVES)
            if not any(target == a or target.startswith(a + ".") for a in allowed):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_wings_do_not_import_each_other() -> None:
    wings = ("contact", "service", "parts")
    for wing in wings:
        for path in (ROOT / "model" / wing).glob("*.py"):
            for name in imports(path):
                assert not any(name.startswith(f"sim.model.{other}") for other in wings if other != wing), (path, name)


def test_heavy_packages_stay_in_their_room() -> None:
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for name in imports(path):
            rooms = ONLY_IN.get(name.split(".")[0])
            if rooms is not None and not any(place.startswith(r) for r in rooms):
                wrong.append(f"{place} imports {name}")
    assert wrong == []


def test_no_file_is_long() -> None:
    lengths = {str(p.relative_to(ROOT)): p.read_text().count("\n") for p in ROOT.rglob("*.py")}
    assert {name: n for name, n in lengths.items() if n > 450} == {}
