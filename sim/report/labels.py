"""Names of measures, groups and stages for people, in the language spoken. Words only: no numbers, no drawing."""

from __future__ import annotations

from dataclasses import dataclass

from sim.analysis.kpis import HEADLINES, KPIS
from sim.columns import STAGES
from sim.language import say, term
from sim.report.format import listed
from sim.report.read import Measure

# Measures that stand for a run, most telling first: the headline takes the first that the run has.
LEADS = ("tat.customer.p90", "contact.service_level", "parts.fill_rate", "parts.ebo", "contact.wait.mean", "work.utilisation")

_TAT_MEANS = {
    "customer": term("Mean turnaround"),
    "workshop": term("Mean workshop turnaround"),
    "case": term("Mean case turnaround"),
}
_TAT_QUANTILES = {
    "customer": term("{quantile} turnaround"),
    "workshop": term("{quantile} workshop turnaround"),
    "case": term("{quantile} case turnaround"),
}

# Words of the model that groups are named by; all other groups have names of the scenario.
_GROUP_WORDS = {
    "mode": {
        "mail_in": term("mail-in"),
        "carry_in": term("carry-in"),
        "on_site": term("on-site"),
    },
    "kind": {
        "fresh": term("first attempt"),
        "redial": term("redial"),
        "reconnect": term("repeat contact"),
        "status": term("status call"),
        "outbound": term("outbound"),
        "transfer": term("transfer"),
    },
    "outcome": {
        "open": term("outcome||open"),
        "returned": term("returned working"),
        "refused": term("quote refused"),
        "no_fault_found": term("no fault found"),
        "planned": term("planned"),
        "given_up": term("given up"),
    },
}

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
    if words[0] == "tat" and len(words) == 3 and words[1] in _TAT_MEANS:
        if words[2] == "mean":
            return say(_TAT_MEANS[words[1]])
        return say(_TAT_QUANTILES[words[1]], quantile=words[2].upper())
    if words[0] == "stage" and len(words) == 3:
        return say("Time in {stage}", stage=stage_label(words[1]).lower())
    if kpi == "cost.total.per_year":
        return say("Cost per year")
    if kpi.startswith("contact.wait.p") and kpi not in KPIS:  # a quantile of all replications together
        return say("Wait, {quantile}", quantile=words[-1].upper())
    return say(KPIS[kpi].label) if kpi in KPIS else kpi


def group_label(group: str) -> str:
    """'segment=enterprise' as 'enterprise', 'site=dalian;channel=voice' as 'dalian, voice', 'all' as ''."""
    pairs = [pair.split("=", 1) for pair in group.split(";") if "=" in pair]
    return listed([say(_GROUP_WORDS[key][value]) if value in _GROUP_WORDS.get(key, ()) else value for key, value in pairs])


def full_label(measure: Measure) -> str:
    """Measure and group: 'P90 turnaround, enterprise'."""
    group = group_label(measure.group)
    label = measure_label(measure.kpi)
    return say("{label}, {group}", label=label, group=group) if group else label


_COST_KINDS = {
    "holding": term("cost||holding"),
    "freight": term("cost||freight"),
    "emergency": term("cost||emergency"),
    "agents": term("cost||agents"),
    "technicians": term("cost||technicians"),
    "overtime": term("cost||overtime"),
    "parts": term("cost||parts"),
    "penalties": term("cost||penalties"),
    "contacts": term("cost||contacts"),
    "parcels": term("cost||parcels"),
}


def cost_kind_label(kind: str) -> str:
    """A kind of cost for people: 'freight'; unknown ones as they are."""
    return say(_COST_KINDS[kind]) if kind in _COST_KINDS else kind


# What tables show without being asked, in this order.
MAIN_MEASURES = tuple(dict.fromkeys((*LEADS[:3], *HEADLINES, *LEADS)))
_RANKS = {kpi: rank for rank, kpi in enumerate(MAIN_MEASURES)}


def main_rank(measure: Measure) -> tuple[int, int]:
    """Sorting key: leading measures first, then the headline measures in their order, whole-run values before groups."""
    return _RANKS.get(measure.kpi, len(_RANKS)), 0 if measure.group == "all" else 1


_STAGE_LABELS = {
    "contact_wait": term("Wait in the contact queue"),
    "contact": term("Contact"),
    "retry": term("Between attempts"),
    "hand_in": term("Handing in"),
    "inbound": term("Way to the workshop"),
    "counter": term("Counter"),
    "diagnosis_wait": term("Wait for diagnosis"),
    "diagnosis": term("Diagnosis"),
    "approval_call": term("Call with result"),
    "decision": term("Customer's decision"),
    "part_wait": term("Wait for a part"),
    "bench_wait": term("Wait for the bench"),
    "repair": term("Repair"),
    "audit_wait": term("Wait for the audit"),
    "audit": term("Audit"),
    "forward": term("Transport between workshops"),
    "return": term("Return transport"),
    "pick_up": term("Pick-up by the owner"),
}


def stage_label(stage: str) -> str:
    """A stage's name for people."""
    return say(_STAGE_LABELS[stage]) if stage in _STAGE_LABELS else stage.replace("_", " ")


@dataclass(frozen=True, slots=True)
class StageGroup:
    """Stages drawn as one piece of the bar: few enough to be told apart."""

    name: str
    english_label: str
    english_phrase: str
    stages: tuple[str, ...]
    waiting: bool = False

    @property
    def label(self) -> str:
        """Name in legends and tables, in the language spoken."""
        return say(self.english_label)

    @property
    def phrase(self) -> str:
        """Begins a title: '<phrase> is 42 % of the turnaround'."""
        return say(self.english_phrase)


STAGE_GROUPS = (
    StageGroup("contact", term("Contact"), term("Reaching the contact centre"), ("contact_wait", "contact", "retry")),
    StageGroup("way_in", term("Way to the workshop"), term("Getting the unit to the workshop"), ("hand_in", "inbound")),
    StageGroup("diagnosis", term("Counter and diagnosis"), term("Intake and diagnosis"), ("counter", "diagnosis")),
    StageGroup("quote", term("Result and decision"), term("Result and decision"), ("approval_call", "decision")),
    StageGroup(
        "technician",
        term("Wait for technician"),
        term("Waiting for a technician"),
        ("diagnosis_wait", "bench_wait", "audit_wait"),
        True,
    ),
    StageGroup("part", term("Wait for part"), term("Waiting for parts"), ("part_wait",), True),
    StageGroup("work", term("Repair"), term("Work on the unit"), ("repair", "audit")),
    StageGroup(
        "transport", term("Forward and return transport"), term("Transport between workshops and home"), ("forward", "return")
    ),
    StageGroup("pick_up", term("Pick-up"), term("Waiting to be picked up"), ("pick_up",)),
)
assert sorted(s for g in STAGE_GROUPS for s in g.stages) == sorted(STAGES)

VERDICTS = {"met": term("✓ met"), "missed": term("✗ missed"), "not shown": term("? not shown")}


def verdict_text(verdict: str | None) -> str:
    """A verdict with its mark, '' where nothing is judged."""
    return say(VERDICTS[verdict]) if verdict in VERDICTS else ""
