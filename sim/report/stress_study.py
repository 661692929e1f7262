"""Sections 1 and 3 to 6 of the checklist, and the logic of scenarios: what was asked, put in, run and with what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sim.analysis.kpis import KPIS
from sim.analysis.plain import plain_differences
from sim.report.stress_facts import StudyFacts, author, dist, escaped, hours, names, number, share, table


def purpose(facts: StudyFacts) -> list[str]:
    """Title and question."""
    question = facts.plan["question"]
    asked = (
        f"Question: {escaped(question)}"
        if question
        else author("the question that the model answers (`question:` of the scenario)")
    )
    return [
        f"Model: {escaped(facts.title)}",
        "",
        asked,
        "",
        author("background, decision makers and the decision to be supported"),
    ]


def outputs(facts: StudyFacts) -> list[str]:
    """Measures over everything, with definition and result."""
    entries = facts.summary["kpis"]
    rows = []
    for entry in entries:
        if entry["group"] != "all":
            continue
        kpi = KPIS.get(entry["kpi"])
        meaning = f"{kpi.label}: {kpi.meaning}" if kpi is not None else ""
        mean = "no value" if entry["mean"] is None else number(entry["mean"])
        width = "" if entry["half_width"] is None else f" ± {number(entry['half_width'])}"
        unit = facts.plan["currency"] if entry["unit"] == "money" else entry["unit"]
        rows.append((f"`{entry['kpi']}`", escaped(unit), escaped(meaning), f"{mean}{width}"))
    return [
        f"{len(entries)} measures (all groups), of which {len(rows)} are over everything. Every replication is reduced to its"
        " measures after the run, over the measured window; a rate is a ratio of sums over one replication. Error: see 4.3.",
        "",
        *table(("measure", "unit", "definition", "mean ± half width"), rows),
    ]


def aims(facts: StudyFacts) -> list[str]:
    """Scenarios, targets."""
    rows = [
        (escaped(one.plan["name"]), escaped(one.title), escaped(one.plan["question"] or "")) for one in (facts, *facts.others)
    ]
    lines = ["(A) Scenario based analysis:", "", *table(("scenario", "title", "question"), rows)]
    lines += ["", author("the reasons for the choice of scenarios")]
    judged = [e for e in facts.summary["kpis"] if e["target"] is not None]
    for entry in judged:
        limits = ", ".join(f"{'at least' if k == 'min' else 'at most'} {number(v)}" for k, v in entry["target"].items())
        group = "" if entry["group"] == "all" else f" ({escaped(entry['group'])})"
        lines += ["", f"Target: `{entry['kpi']}`{group} {limits} {escaped(entry['unit'])}, {entry['verdict'] or 'not judged'}"]
    if not judged:
        lines += ["", "No targets are set."]
    lines += [
        "",
        "(B) Design of experiments: "
        + ("the scenarios above, all on the same customers." if facts.others else "one design point."),
    ]
    lines += [
        "",
        "(C) Simulation optimisation: " + author("whether the scenarios came from an optimisation, and by which algorithm"),
    ]
    return lines


def scenario_logic(facts: StudyFacts) -> list[str]:
    """Differences of inputs between the base and each scenario."""
    if not facts.others:
        return [
            f"No scenario is compared with the base model in this report; changes made to the scenario file: {_changes(facts)}.",
            "Give run folders of scenarios to `sparesim stress` to have their differences listed.",
        ]
    lines = []
    for other in facts.others:
        found = plain_differences(facts.plan, other.plan)
        lines += ["", f"Scenario {escaped(other.plan['name'])} differs from the base in:", ""]
        rows = [tuple(escaped(cell) for cell in row) for row in found]
        lines += table(("input", "base", "scenario"), rows) if rows else ["no input"]
    return lines[1:]


def _changes(facts: StudyFacts) -> str:
    sets = (facts.manifest.get("source") or {}).get("sets", [])
    return ", ".join(escaped(text) for text in sets) if sets else "none"


def data_sources(facts: StudyFacts) -> list[str]:
    """Files of the run."""
    source = facts.manifest.get("source") or {}
    lines = [
        f"- scenario file: {escaped(source.get('scenario') or 'a plan made in Python')}",
        f"- changes to it: {_changes(facts)}",
    ]
    if facts.plan["case_log"] is not None:
        column = facts.plan["case_log"]["at_h"]
        count = column["length"] if isinstance(column, dict) else len(column)
        lines.append(f"- recorded cases: {count}")
    lines.append(f"- resolved inputs: plan.json of the run, digest `{facts.manifest['digest']}`")
    where = "where each number comes from: samples, dates, references (comments of the scenario and network files may say it)"
    return [*lines, "", author(where)]


def preprocessing(facts: StudyFacts) -> list[str]:
    """What the tool does itself, and the author's part."""
    return [
        "sparesim itself resolves `extends`, changes, tables and defaults, turns durations into hours, rates into rates per"
        " hour and shares of the installed base into weights; it fits nothing and removes no outliers.",
        "",
        author("what was done to the data before it was written into the scenario's files"),
    ]


def inputs(facts: StudyFacts) -> list[str]:
    """Tables of all inputs; equal workshops and shelves are one row."""
    plan = facts.plan
    lines = ["Run:", "", *table(("setting", "value"), [(escaped(k), escaped(v)) for k, v in facts.run.items()])]
    lines += _section("Segments", ("segment", "priority", "promise", "penalty"), _segments(plan))
    lines += _section("Products", ("product", "warranty", "units at the start", "sold in"), _products(plan))
    lines += _section(
        "Case types", ("case type", "kind", "no fault found", "reaches the maker in / out of warranty"), _needs(plan)
    )
    lines += _section("Streams of cases", ("stream", "channels", "modes", "faults"), _sources(plan))
    lines += _section("Demand profiles", ("profile", "time zone", "weekdays", "highest / mean month"), _profiles(plan))
    lines += _section("Contact lines", _LINE_HEADS, _lines(plan))
    lines += _section("Workshops (equal ones together)", _WORKSHOP_HEADS, _workshops(plan))
    lines += _section("Parts", ("part", f"price, {escaped(plan['currency'])}", "weight, kg"), _parts(plan))
    lines += _section("Stock policies (equal ones together)", ("parameters", "shelves"), _policies(plan))
    lines += _section("Vendors", ("vendor", "lead time", "parts with their own"), _vendors(plan))
    lines += _section("Quotes, status contacts, costs", ("input", "value"), _loose(plan))
    lines += ["", "Long tables are shown in part; all values are in plan.json of the run."]
    return [*lines, "", author("why these distributions were chosen over others")]


_ROWS = 60
_LINE_HEADS = ("line", "opening", "handle time", "patience", "resolved / to repair / passed on", "trunks")
_WORKSHOP_HEADS = ("workshops", "number", "heads", "level", "diagnosis", "repair", "hours")


def _section(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    more = [(f"and {len(rows) - _ROWS} more", *[""] * (len(heads) - 1))] if len(rows) > _ROWS else []
    return ["", f"{title}:", "", *table(heads, [*rows[:_ROWS], *more])]


def _loose(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    """Inputs that stand alone."""
    quote, status, costs, money = plan["quote"], plan["status"], plan["costs"], escaped(plan["currency"])
    return [
        ("quotes accepted", share(quote["accept"])),
        ("price of an accepted quote", f"{number(quote['price'])} {money}"),
        ("time to decide", dist(quote["decision"])),
        (
            "calls of the owner",
            f"{quote['tries']} tries, each reaches {share(quote['reached'])}, next after {dist(quote['retry_delay'])}",
        ),
        ("status contacts of a late order", f"{number(status['rate'] * 24)} a day"),
        ("owners of late orders told in time", share(status["proactive"])),
        ("holding cost", f"{share(costs['holding_rate'] * 8760)} of the stock value a year"),
        ("overtime factor", number(costs["overtime_factor"])),
    ]


def _segments(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    found = []
    for s in plan["segments"]:
        length = f"{float(s['promise_h']) / 24:.6g} working days" if s["promise_working_days"] else hours(s["promise_h"])
        since = {"customer": "first contact", "workshop": "receipt"}.get(s["promise_clock"], s["promise_clock"])
        found.append((escaped(s["name"]), str(s["priority"]), f"{length} from {since}", number(s["penalty"])))
    return found


def _products(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    found = []
    for p in plan["products"]:
        units = "see plan.json" if isinstance(p["cohorts"], dict) else number(sum(p["cohorts"]))
        markets = "all markets" if not p["market_ix"] else "some markets"
        found.append((escaped(p["name"]), hours(p["warranty_h"]), units, markets))
    return found


def _needs(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    return [
        (escaped(n["name"]), n["kind"], share(n["no_fault_found"]), f"{share(n['captured_in'])} / {share(n['captured_out'])}")
        for n in plan["needs"]
    ]


def _sources(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    channels = [c["name"] for c in plan["channels"]]
    found = []
    for s in plan["sources"]:
        by = [" + ".join(f"{escaped(channels[ix]) if ix >= 0 else 'walk-in'} {share(x)}" for ix, x in c) for c in s["channels"]]
        faults = "; ".join(f"{escaped(f['name'])} {share(f['share'])}" for f in s["faults"][:12]) or "none"
        modes = ["/".join(share(x) for x in m) for m in s["modes"]]
        found.append((escaped(s["name"]), "; ".join(by) or "walk-in", "; ".join(modes) or "none", faults))
    return found


def _profiles(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    return [
        (
            escaped(p["name"]),
            escaped(p["time_zone"]),
            " ".join(number(x) for x in p["weekdays"]),
            number(max(p["months"]) * 12 / sum(p["months"])),
        )
        for p in plan["profiles"]
    ]


def _lines(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    found = []
    for line in plan["lines"]:
        opening = "always" if line["calendar_ix"] < 0 else escaped(plan["calendars"][line["calendar_ix"]]["name"])
        ends = f"{share(line['resolve'])} / {share(line['to_repair'])} / {share(line['transfer'])}"
        trunks = "no limit" if line["trunks"] < 0 else str(line["trunks"])
        patience = dist(line["patience"], "for ever")
        found.append((escaped(line["name"]), opening, dist(line["handle_time"]), patience, ends, trunks))
    return found


def _workshops(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    kinds: dict[tuple[str, ...], list[str]] = {}
    for w in plan["workshops"]:
        heads = " + ".join(str(s["heads"]) for s in w["shifts"]) or "0"
        calendars = {"always" if s["calendar_ix"] < 0 else plan["calendars"][s["calendar_ix"]]["name"] for s in w["shifts"]}
        told = (heads, str(w["level"]), dist(w["diagnosis_time"]), dist(w["repair_time"]), escaped(", ".join(sorted(calendars))))
        kinds.setdefault((w["kind"], *told), []).append(w["name"])
    ranked = sorted(kinds.items(), key=lambda item: -len(item[1]))
    return [
        (f"{key[0]}: {names(members[:6])}" + (" ..." if len(members) > 6 else ""), str(len(members)), *key[1:])
        for key, members in ranked
    ]


def _parts(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    return [(escaped(p["name"]), number(p["price"]), number(p["weight_kg"])) for p in plan["parts"]]


def _policies(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    kinds = Counter(
        ", ".join(f"{escaped(k)} = {number(v) if isinstance(v, (int, float)) else escaped(v)}" for k, v in policy.items())
        for place in plan["locations"]
        for _, policy in place["policies"]
    )
    return [(text, str(n)) for text, n in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))]


def _vendors(plan: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    vendors = [place for place in plan["locations"] if place["kind"] == "vendor"]
    return [(escaped(v["name"]), dist(v["lead_time"]), str(len(v["lead_times"]))) for v in vendors]


def assumptions(facts: StudyFacts) -> list[str]:
    """Notes of the scenario, warnings of the check, and what every model of this kind assumes."""
    lines = [f"- not modelled: {escaped(note)}" for note in facts.plan["notes"]] or ["- nothing is declared as not modelled"]
    lines += [f"- warning of the static check: {escaped(text)}" for text in facts.plan["warnings"]]
    lines.append("- needs arise independently of one another given the installed base and the profile (Poisson)")
    if facts.has_contacts:
        lines.append("- agents of a group are alike; a contact's talk time and patience do not depend on the queue")
    if facts.has_service:
        lines.append("- technicians of a workshop are alike; repair times do not depend on the backlog")
    if facts.has_parts:
        lines.append("- vendors never run out; lead times are independent of one another")
    return [*lines, "", author("what is assumed about numbers that no data supports")]


def initialisation(facts: StudyFacts) -> list[str]:
    """Warm-up and begin."""
    run = facts.run
    begin = {
        "theory": "shelves start at a position drawn from the theory's steady state, pipelines accordingly",
        "full": "shelves start at their order-up-to level",
        "empty": "shelves start empty",
        "saved": "stock and pipeline are those at the end of an earlier run",
    }.get(str(run["initial"]), escaped(run["initial"]))
    warm_up = f"The first {hours(run['warm_up_h'])} are warm-up and not measured." if run["warm_up_h"] else "There is no warm-up."
    lines = [
        f"The run ends at a fixed instant ({run['start']} plus {hours(_horizon(run))}); what is open then stays open. It is"
        " analysed as a window of a system that goes on (non-terminating).",
        f"{warm_up} No contact and no order is there at the start; {begin}.",
    ]
    if facts.summary.get("backlog_grows"):
        lines.append("The backlog grows in the window: the system has no steady state, averages describe this window only.")
    how = "whether the real system is terminating; "
    how += "how the length of the warm-up was chosen" if run["warm_up_h"] else "why no warm-up is needed"
    return [*lines, "", author(how)]


def _horizon(run: dict[str, Any]) -> float:
    return float(run["warm_up_h"]) + float(run["length_h"])


def run_length(facts: StudyFacts) -> list[str]:
    """Length and unit."""
    run = facts.run
    return [
        f"{hours(run['length_h'])} measured, {hours(run['warm_up_h'])} of warm-up before, from {run['start']} 0:00 UTC."
        " The clock counts hours."
    ]


def estimation(facts: StudyFacts) -> list[str]:
    """Replications and intervals."""
    manifest, block = facts.manifest, int(facts.manifest.get("block") or 1)
    count, values = f"{manifest['replications']} independent replications", "the replications"
    if manifest.get("batches"):
        count, values = f"One run, cut into {manifest['batches']} batches after its warm-up", "the batches"
    elif block > 1:
        pairs = "antithetic pairs" if facts.run.get("sampling", {}).get("antithetic") else "draws of the uncertain inputs"
        count, values = f"{manifest['replications']} replications in blocks of {block} ({pairs})", "the means of the blocks"
    ending = manifest.get("stopping")
    level = share(ending["level"] if ending else manifest["confidence"])
    goal = ""
    if ending:
        how = "was reached" if ending["reached"] else "was not reached"
        goal = (
            f" Their number follows from a goal of precision, looked at {len(ending['looks'])} times, which {how}; the level of"
            f" the intervals is raised from {share(manifest['confidence'])} for these looks."
        )
    return [
        f"{count}. The interval of a measure is Student's t at {level} over the values of {values}, each of which weighs the same"
        + ("; differences of scenarios are paired by replication (common random numbers)." if facts.others else ".")
        + goal,
        "",
        author("why this number of replications is enough (the half widths are in 1.2)"),
    ]


def software(facts: StudyFacts) -> list[str]:
    """Versions of the manifest."""
    versions = facts.manifest["versions"]
    rows = [(escaped(name), escaped(version)) for name, version in versions.items() if name not in ("processors",)]
    lines = table(("software", "version"), rows)
    return lines if "system" in versions else [*lines, "", author("operating system and its version")]


def sampling(facts: StudyFacts) -> list[str]:
    """Generators and streams."""
    return [
        f"Master seed {facts.manifest['seed']}. NumPy's PCG64, one generator a named stream; its seed is"
        " `SeedSequence(seed, spawn_key=(replication, SHA-256 of the stream's name))`, so that no stream depends on which"
        " others exist. What belongs to a case (patience, talk time, fault, ...) is a counter-based hash (splitmix64) of the"
        " case's key, the purpose and the count.",
        "Variates are made by the inverse of the distribution function. Scenarios with the same seed meet the same customers"
        " (common random numbers).",
    ]


def execution(facts: StudyFacts) -> list[str]:
    """Event processing."""
    return [
        "Event scheduling on a SimPy environment. At one instant staffing changes go first, then ends, receipts of goods,"
        " arrivals, and reviews; within a class the event scheduled first goes first.",
        "Contacts and jobs are served by the priority of the segment, then first come, first served.",
        f"Replications run in parallel processes, none of which shares state: results do not depend on their number. The"
        f" command was {escaped(' '.join(facts.manifest.get('command', [])) or 'a call from Python')}.",
    ]


def system(facts: StudyFacts) -> list[str]:
    """Run time and size."""
    manifest = facts.manifest
    ran, events = len(manifest.get("run_here", [])), sum(manifest["events"])
    lines = [
        f"{manifest.get('wall_time_s', 0):.1f} s of wall time for {ran} of {manifest['replications']} replications (what is"
        f" missing to all was stored already); {events:,} events in all replications."
    ]
    versions = manifest["versions"]
    if "system" in versions:
        lines.append(f"{escaped(versions['system'])}, {escaped(versions.get('processors', 'unknown'))} processors.")
    return [*lines, "", author("processor and memory of the machine")]


def code_access(facts: StudyFacts) -> list[str]:
    """What it takes to repeat the run."""
    manifest, source = facts.manifest, facts.manifest.get("source") or {}
    return [
        f"Simulator: sparesim {escaped(manifest['versions']['sparesim'])} (code {escaped(manifest['versions']['code'])}),"
        " open source, Apache-2.0.",
        f"Model: {escaped(source.get('scenario') or 'a plan made in Python')}, changes {_changes(facts)}; digest of the plan"
        f" `{manifest['digest']}`, seed {manifest['seed']}. The same plan, seed and code give the same bytes.",
        "",
        author("where the scenario files, their data and the results can be had (repository, DOI, licence)"),
    ]
