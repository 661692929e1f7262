"""The documents that come from the declarations: every measure and every table column, as Markdown."""

from __future__ import annotations

from sim.analysis.kpis import KPIS
from sim.columns import CONTACT_OUTCOMES, GAUGES, HOW, JOBS, KINDS, ORDER_OUTCOMES, STAGES, TABLES

_UNITS = {"1": "-", "money": "currency of the scenario"}
_BETTER = {"less": "less", "more": "more", None: ""}


def measures_markdown() -> str:
    """One row a measure: id, unit, which way is better, name, meaning."""
    lines = [
        "# Measures",
        "",
        "Ids of `summary.json` and `replications.csv`. The group is `all`, or `key=value` pairs such as `region=Yunnan`,",
        "`site=dalian;channel=voice` or `location=depot;part=fan`. A rate is a ratio of sums over one replication; the summary",
        "is the mean over replications with a t interval. This page is generated from the code (`make docs`).",
        "",
        "| id | unit | better | name | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for kpi in KPIS.values():
        lines.append(f"| `{kpi.id}` | {_UNITS.get(kpi.unit, kpi.unit)} | {_BETTER[kpi.better]} | {kpi.label} | {kpi.meaning} |")
    return "\n".join(lines) + "\n"


def columns_markdown() -> str:
    """Every table of a replication with its columns and codes."""
    lines = [
        "# Tables of a replication",
        "",
        "Kept with `sparesim run --tables`, one `.npy` structured array each. Instants are hours of the run's clock (UTC),",
        "0 is midnight of `run.start`. This page is generated from the code (`make docs`).",
    ]
    for name, columns in TABLES.items():
        lines += ["", f"## {name}", "", "| column | type | unit | meaning |", "| --- | --- | --- | --- |"]
        lines += [f"| `{c.name}` | {c.dtype} | {c.unit} | {c.meaning} |" for c in columns]
    lines += ["", "## Codes", ""]
    codes = {
        "STAGES": STAGES,
        "KINDS": KINDS,
        "CONTACT_OUTCOMES": CONTACT_OUTCOMES,
        "ORDER_OUTCOMES": ORDER_OUTCOMES,
        "HOW": HOW,
        "JOBS": JOBS,
        "GAUGES": GAUGES,
    }
    lines += [f"- `{name}`: " + ", ".join(f"{i} {value}" for i, value in enumerate(values)) for name, values in codes.items()]
    return "\n".join(lines) + "\n"
