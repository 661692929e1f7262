"""'How sure are we?' and the tables behind a run: what every page says about certainty and origin."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

from sim.report import format as fmt
from sim.report import text, warm_up_text
from sim.report.labels import full_label
from sim.report.read import Columns, RunResults
from sim.report.render import Fact

MOST_APPENDIX_ROWS = 500


def run_facts(run: RunResults) -> tuple[Fact, ...]:
    """Replications, precision, warm-up, steady state, what is not modelled, warnings, how to reproduce."""
    entries = [Fact("Replications", _replications(run)), Fact("Precision", _precision(run)), Fact("Warm-up", _warm_up(run))]
    entries.append(Fact("Steady state", _steady(run)))
    theory = theory_text(run.table("theory"))
    if theory:
        entries.append(Fact("Against theory", theory))
    for name, keys in (("Not modelled", ("not_modelled", "notes")), ("Warnings", ("warnings",))):
        listed = tuple(str(item) for key in keys for item in run.manifest.get(key) or [])
        if listed:
            entries.append(Fact(name, entries=listed))
    if run.manifest.get("command"):
        entries.append(Fact("Reproduce", command_text(run), code=True))
    entries.append(Fact("Inputs", origin(run)))
    return tuple(entry for entry in entries if entry.text or entry.entries)


def command_text(run: RunResults) -> str:
    """The command line that made the run, as one types it."""
    command = run.manifest["command"]
    if not isinstance(command, list):
        return str(command)
    words = [str(word) for word in command]
    return shlex.join([Path(words[0]).name, *words[1:]]) if words else ""


def _replications(run: RunResults) -> str:
    count = run.replications
    head = f"{fmt.number(count)} replication{'s' if count != 1 else ''} of {fmt.duration(run.length_h)}"
    if run.batches:
        return f"{head}, cut into {run.batches} batches; {text.confidence_text(run)} t intervals over the batches\u2019 values"
    if count <= 1:
        return f"{head}: no interval can be given, so every verdict is \u201cnot shown\u201d"
    over = "the replications\u2019 values" if run.block == 1 else f"the means of blocks of {run.block} replications"
    return f"{head}; {text.confidence_text(run)} t intervals over {over}"


def _precision(run: RunResults) -> str:
    lead = text.main_measure(run)
    if lead is None or lead.half_width is None or not lead.mean:
        return ""
    relative = abs(lead.half_width / lead.mean)
    return f"Half-width of {text.lower_first(full_label(lead))} is {fmt.percent(relative, relative / 10)} of its mean"


def _warm_up(run: RunResults) -> str:
    if said := warm_up_text.say(run):
        return said.removeprefix("Warm-up: ").rstrip(".")[:1].upper() + said.removeprefix("Warm-up: ").rstrip(".")[1:]
    if run.warm_up_h <= 0:
        return "None: the start of the run counts"
    return f"{fmt.duration(run.warm_up_h)} before the measured time, not counted"


def _steady(run: RunResults) -> str:
    if text.is_growing(run):
        return "No: the backlog grows over the measured time"
    if warm_up_text.is_lost(run):
        return "Not found: no measured time is free of the start of the run"
    if run.summary.get("steady_state") is False:
        return "Not shown: the warm-up is shorter than the longest supply time"
    found = run.measure("orders.backlog_growth")
    if found is not None and found.half_width is not None:
        span = fmt.interval(found.mean, found.half_width, fmt.Scale(1.0, ""), signed=True)
        return f"No growth of the backlog shown: {span} open orders a day"
    return "No sign against it"


def theory_text(theory: Columns) -> str:
    """How many closed-form values lie within the simulated intervals."""
    values, simulated, widths = theory.numbers("theory"), theory.numbers("simulation"), theory.numbers("half_width")
    known = [i for i in range(len(theory)) if all(math.isfinite(column[i]) for column in (values, simulated, widths))]
    if not known:
        return ""
    inside = sum(abs(values[i] - simulated[i]) <= widths[i] for i in known)
    return f"{inside} of {len(known)} closed-form values lie within the simulated intervals (table below)"


def origin(run: RunResults) -> str:
    """Digest, seed and versions in one line."""
    pieces = []
    if run.manifest.get("digest"):
        pieces.append(f"sha256 {str(run.manifest['digest'])[:12]}\u2026")
    if run.manifest.get("seed") is not None:
        pieces.append(f"seed {run.manifest['seed']}")
    versions = run.manifest.get("versions") or {}
    pieces += [f"{name} {versions[name]}" for name in sorted(versions, key=lambda n: (n != "sparesim", n))]
    return ", ".join(pieces)
