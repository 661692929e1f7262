"""'How sure are we?' and the tables behind a run: what every page says about certainty and origin."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

from sim.language import say, say_count, term
from sim.report import format as fmt
from sim.report import text, warm_up_text
from sim.report.growth import is_growing
from sim.report.labels import full_label
from sim.report.read import Columns, RunResults
from sim.report.render import Fact
from sim.report.warnings_text import warning_text

_OWN_VERSIONS = {  # what is no name of a program
    "code": term("code {version}"),
    "processors": term("processors {version}"),
    "system": term("system {version}"),
}
MOST_APPENDIX_ROWS = 500


def run_facts(run: RunResults) -> tuple[Fact, ...]:
    """Replications, precision, warm-up, steady state, what is not modelled, warnings, how to reproduce."""
    entries = [
        Fact(say("Replications"), _replications(run)),
        Fact(say("Precision"), _precision(run)),
        Fact(say("fact||Warm-up"), _warm_up(run)),
        Fact(say("Steady state"), _steady(run)),
    ]
    theory = theory_text(run.table("theory"))
    if theory:
        entries.append(Fact(say("Against theory"), theory))
    left_out = tuple(run.told(item) for key in ("not_modelled", "notes") for item in run.manifest.get(key) or [])
    if left_out:
        entries.append(Fact(say("Not modelled"), entries=left_out))
    warnings = tuple(warning_text(str(item)) for item in run.manifest.get("warnings") or [])
    if warnings:
        entries.append(Fact(say("Warnings"), entries=warnings))
    if run.manifest.get("command"):
        entries.append(Fact(say("Reproduce"), command_text(run), code=True))
    entries.append(Fact(say("Inputs"), origin(run)))
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
    values = {"n": fmt.number(count), "time": fmt.duration(run.length_h)}
    head = say_count("{n} replication of {time}", "{n} replications of {time}", count, **values)
    level = text.confidence_text(run)
    if run.batches:
        return say(
            "{replications}, cut into {n} batches; {level} t intervals over the batches\u2019 values",
            replications=head,
            n=run.batches,
            level=level,
        )
    if count <= 1:
        return say("{replications}: no interval can be given, so every verdict is \u201cnot shown\u201d", replications=head)
    if run.block == 1:
        return say("{replications}; {level} t intervals over the replications\u2019 values", replications=head, level=level)
    return say(
        "{replications}; {level} t intervals over the means of blocks of {n} replications",
        replications=head,
        level=level,
        n=run.block,
    )


def _precision(run: RunResults) -> str:
    lead = text.main_measure(run)
    if lead is None or lead.half_width is None or not lead.mean:
        return ""
    relative = abs(lead.half_width / lead.mean)
    return say(
        "Half-width of {measure} is {share} of its mean",
        measure=text.lower_first(full_label(lead)),
        share=fmt.percent(relative, relative / 10),
    )


def _warm_up(run: RunResults) -> str:
    if said := warm_up_text.warm_up_statement(run):
        return said[:1].upper() + said[1:]
    if run.warm_up_h <= 0:
        return say("None: the start of the run counts")
    return say("{time} before the measured time, not counted", time=fmt.duration(run.warm_up_h))


def _steady(run: RunResults) -> str:
    if is_growing(run):
        return say("No: the backlog grows over the measured time")
    if warm_up_text.is_lost(run):
        return say("Not found: no measured time is free of the start of the run")
    if warm_up_text.is_short(run):
        return say("Not shown: the warm-up is shorter than the longest supply time")
    found = run.measure("orders.backlog_growth")
    if found is not None and found.half_width is not None:
        span = fmt.interval(found.mean, found.half_width, fmt.Scale(1.0, ""), signed=True)
        if found.low > 0:
            return say(
                "The backlog grows, by less than a third of its level over the run: {span} open orders a day (last tenth of the "
                "run against the first, in step with the intake), so verdicts are given",
                span=span,
            )
        if found.high < 0:
            return say(
                "The backlog shrinks: {span} open orders a day (last tenth of the run against the first, in step with the "
                "intake)",
                span=span,
            )
        return say("No growth of the backlog shown: {span} open orders a day", span=span)
    return say("No sign against it")


def theory_text(theory: Columns) -> str:
    """How many closed-form values lie within the simulated intervals."""
    values, simulated, widths = theory.numbers("theory"), theory.numbers("simulation"), theory.numbers("half_width")
    known = [i for i in range(len(theory)) if all(math.isfinite(column[i]) for column in (values, simulated, widths))]
    if not known:
        return ""
    inside = sum(abs(values[i] - simulated[i]) <= widths[i] for i in known)
    return say("{n} of {total} closed-form values lie within the simulated intervals (table below)", n=inside, total=len(known))


def origin(run: RunResults) -> str:
    """Digest, seed and versions in one line."""
    pieces = []
    if run.manifest.get("digest"):
        pieces.append(f"sha256 {str(run.manifest['digest'])[:12]}\u2026")
    if run.manifest.get("seed") is not None:
        pieces.append(say("seed {n}", n=run.manifest["seed"]))
    versions = run.manifest.get("versions") or {}
    for name in sorted(versions, key=lambda n: (n != "sparesim", n)):
        template = _OWN_VERSIONS.get(name)
        pieces.append(say(template, version=versions[name]) if template else f"{name} {versions[name]}")
    return fmt.commas(pieces)
