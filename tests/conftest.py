"""A scenario whose names are as bad as names may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.experiment.study import run_study
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan
from sim.store import Study

HOSTILE = r"""
title: "=cmd|' /C calc'!A0 | <script>alert(1)</script> [x](javascript:y) ``` **bold**"
question: "- item\n# head\n| a | b |"
run: {start: 2024-01-01, length: 20 days, warm_up: 1 day, replications: 2, seed: 3}
cases: {"+faults": {kind: hardware, rate: 10/day, profile: office, channel: voice, needs: {"@fan, 'big'\n2": 60 %}}}
segments: {'=1+1': {promise: 3 days}}
contact_centres: {"-desk; 日本": {agents: 2, hours: mon-fri 8:00-18:00, handle_time: 6 min, to_repair: 60 %}}
service_points:
  '=HYPERLINK("http://x","y")':
    {technicians: 2, hours: mon-fri 9:00-17:00, repair_time: 1 h, stock: {"@fan, 'big'\n2": {base_stock: 3}}, source: "`maker`"}
vendors: {"`maker`": {lead_time: 2 days}}
parts: {"@fan, 'big'\n2": {price: 20 EUR}}
not_modelled: ["<b>theft</b> | of | cells", "1. not a list"]
"""


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    path: Path = tmp_path_factory.mktemp("hostile") / "hostile.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    return load_plan(path)


@pytest.fixture(scope="session")
def hostile_run(hostile: Plan, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study(hostile, tmp_path_factory.mktemp("hostile") / "run", jobs=1)
