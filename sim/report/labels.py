"""Names of measures, groups and stages for people. Words only: no numbers, no drawing."""

from __future__ import annotations

from dataclasses import dataclass

from sim.analysis.kpis import HEADLINES, KPIS
from sim.columns import STAGES
from sim.report.read import Measure

# Measures that stand for a run, most telling first: the headline takes the first that the run has.
LEADS = ("tat.customer.p90", "contact.service_level", "parts.fill_rate", "parts.ebo", "contact.wait.mean", "work.utilisation")

_TAT_KINDS = {"customer": "turnaround", "workshop": "workshop turnaround", "case": "case turnaround"}

# Shares are plain ratios in the files (unit 1) and percentages for people.
_SHARES = frozenset(
    {
        "tat.within_promise",
        "contact.wait_probability",
        "contact.occupancy",
        "contact.fcr",
        "work.utilisation",
        "work.first_time_fix",
    }
)
_SHARE_ENDS = ("_rate", "_share", ".share")


def is_share(kpi: str) -> bool:
    """True if the measure is a ratio that people read as a percentage."""
    return kpi in _SHARES or kpi.endswith(_SHARE_ENDS) or kpi.startswith("contact.service_level")


def unit_of(measure: Measure) -> str:
    """The unit with shares told apart from plain numbers, as `format.scale_for` takes it."""
    return "share" if measure.unit in ("1", "") and is_share(measure.kpi) else measure.unit


def better(kpi: str) -> str:
    """'less', 'more', or '' where neither way is better by itself."""
    found = KPIS.get(kpi)
    return (found.better or "") if found is not None else ""


def can_be_negative(kpi: str) -> bool:
    """True for growths; times, counts, shares and costs end at zero, whatever a symmetric interval says."""
    return kpi.endswith("growth")


def measure_label(kpi: str) -> str:
    """A measure's name for tables and sentences; unknown ids are shown as they are."""
    words = kpi.split(".")
    if words[0] == "tat" and len(words) == 3 and words[1] in _TAT_KINDS:
        kind = _TAT_KINDS[words[1]]
        return f"Mean {kind}" if words[2] == "mean" else f"{words[2].upper()} {kind}"
    if words[0] == "stage" and len(words) == 3:
        return f"Time in {stage_label(words[1]).lower()}"
    if kpi == "cost.total.per_year":
        return "Cost per year"
    if kpi.startswith("contact.wait.p") and kpi not in KPIS:  # a quantile of all replications together
        return f"Wait, {words[-1].upper()}"
    return KPIS[kpi].label if kpi in KPIS else kpi


def group_label(group: str) -> str:
    """'segment=enterprise' as 'enterprise', 'site=dalian;channel=voice' as 'dalian, voice', 'all' as ''."""
    return ", ".join(pair.split("=", 1)[1] for pair in group.split(";") if "=" in pair)


def full_label(measure: Measure) -> str:
    """Measure and group: 'P90 turnaround, enterprise'."""
    group = group_label(measure.group)
    label = measure_label(measure.kpi)
    return f"{label}, {group}" if group else label


# What tables show without being asked, in this order.
MAIN_MEASURES = tuple(dict.fromkeys((*LEADS[:3], *HEADLINES, *LEADS)))
_RANKS = {kpi: rank for rank, kpi in enumerate(MAIN_MEASURES)}


def main_rank(measure: Measure) -> tuple[int, int]:
    """Sorting key: leading measures first, then the headline measures in their order, whole-run values before groups."""
    return _RANKS.get(measure.kpi, len(_RANKS)), 0 if measure.group == "all" else 1


_STAGE_LABELS = {
    "contact_wait": "Wait in the contact queue",
    "contact": "Contact",
    "retry": "Between attempts",
    "hand_in": "Handing in",
    "inbound": "Way to the workshop",
    "counter": "Counter",
    "diagnosis_wait": "Wait for diagnosis",
    "diagnosis": "Diagnosis",
    "approval_call": "Call with result",
    "decision": "Customer's decision",
    "part_wait": "Wait for a part",
    "bench_wait": "Wait for the bench",
    "repair": "Repair",
    "audit_wait": "Wait for the audit",
    "audit": "Audit",
    "forward": "Transport between workshops",
    "return": "Return transport",
    "pick_up": "Pick-up by the owner",
}


def stage_label(stage: str) -> str:
    """A stage's name for people."""
    return _STAGE_LABELS.get(stage, stage.replace("_", " "))


@dataclass(frozen=True, slots=True)
class StageGroup:
    """Stages drawn as one piece of the bar: few enough to be told apart."""

    name: str
    label: str
    phrase: str  # begins a title: '<phrase> is 42 % of the turnaround'
    stages: tuple[str, ...]
    waiting: bool = False


STAGE_GROUPS = (
    StageGroup("contact", "Contact", "Reaching the contact centre", ("contact_wait", "contact", "retry")),
    StageGroup("way_in", "Way to the workshop", "Getting the unit to the workshop", ("hand_in", "inbound")),
    StageGroup("diagnosis", "Counter and diagnosis", "Intake and diagnosis", ("counter", "diagnosis")),
    StageGroup("quote", "Result and decision", "Result and decision", ("approval_call", "decision")),
    StageGroup(
        "technician", "Wait for technician", "Waiting for a technician", ("diagnosis_wait", "bench_wait", "audit_wait"), True
    ),
    StageGroup("part", "Wait for part", "Waiting for parts", ("part_wait",), True),
    StageGroup("work", "Repair", "Work on the unit", ("repair", "audit")),
    StageGroup("transport", "Forward and return transport", "Transport between workshops and home", ("forward", "return")),
    StageGroup("pick_up", "Pick-up", "Waiting to be picked up", ("pick_up",)),
)
assert sorted(s for g in STAGE_GROUPS for s in g.stages) == sorted(STAGES)
