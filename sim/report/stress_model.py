"""Section 2 of the checklist: diagram, logic and components, of the wings that a plan has."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from sim.report.stress_facts import StudyFacts, author, counted, dist, escaped, hours, names, share, table

NONE_HERE = "There are none in this model."


def diagram(facts: StudyFacts) -> list[str]:
    """A Mermaid flow chart; labels are counts and words of ours, never texts of the scenario."""
    plan = facts.plan
    nodes: list[str] = []
    edges: list[str] = []
    if facts.has_cases:
        nodes.append(
            f'cases(["Needs of customers<br/>{counted(facts.count("sources"), "stream")}, {counted(facts.markets, "market")}"])'
        )
        nodes.append('left(["Case ends"])')
    if facts.has_contacts:
        nodes.append(
            f'lines["Contact lines<br/>{counted(facts.count("lines"), "line")} of {counted(facts.count("centres"), "centre")}"]'
        )
        nodes.append(f'agents[/"Agents<br/>{counted(facts.count("groups"), "group")}"/]')
        edges += [
            "cases -->|contact| lines",
            "agents -.->|serve| lines",
            "lines -->|abandoned, blocked, closed: tries again| lines",
        ]
        edges.append("lines -->|resolved, contained or given up| left")
    if facts.has_service:
        kinds = Counter(shop["kind"] for shop in plan["workshops"])
        told = ", ".join(counted(n, kind) for kind, n in sorted(kinds.items()))
        nodes.append(f'orders["Repair orders<br/>reception, diagnosis, repair, audit<br/>{told}"]')
        nodes.append('technicians[/"Technicians"/]')
        edges += ["technicians -.->|work on| orders", "orders -->|returned, refused, no fault found| left"]
        edges.append("cases -->|walks in| orders")
        if facts.has_contacts:
            edges.append("lines -->|becomes an order| orders")
            if plan["status"]["rate"] > 0:
                edges.append("orders -->|late: status contact| lines")
            if plan["quote"]["line_ix"] >= 0:
                edges.append("orders -->|quote: outbound call| lines")
    if facts.has_parts:
        inside = sum(place["kind"] != "vendor" for place in plan["locations"])
        vendors = facts.count("locations") - inside
        nodes.append(f'shelves[("Stock<br/>{counted(facts.count("parts"), "part")} at {counted(inside, "location")}")]')
        nodes.append(f'vendors(["Vendors: {vendors}"])')
        edges += ["vendors -->|lead time| shelves", "shelves -->|replenishment| shelves"]
        if facts.has_service:
            edges.append("shelves -->|parts| orders")
        if any(place["demands"] for place in plan["locations"]):
            nodes.append('demand(["Part demand"])')
            edges.append("demand -->|asks for parts| shelves")
    if not nodes:
        return ["The model is empty: it has no customers, no lines, no workshops and no parts."]
    quoted = [re.sub(r"\|(.+?)\|", r'|"\1"|', edge) for edge in edges]
    return ["```mermaid", "flowchart LR", *(f"  {line}" for line in (*nodes, *quoted)), "```"]


def logic(facts: StudyFacts) -> list[str]:
    """A paragraph a wing."""
    found = []
    if facts.has_cases:
        found.append(
            "A customer's need (a case) arises at a rate that follows the installed base, the age of units and a demand"
            " profile, or as recorded. By its segment a customer contacts the maker through a channel or walks in."
        )
    if facts.has_contacts:
        found.append(
            "A contact is blocked when all trunks are taken, closed outside opening hours, else waits until an agent of a"
            " group that serves the line is free or patience ends. Who fails to get through may try again, change the"
            " channel, walk in or give up. An answered contact is resolved, passed on to a second tier, becomes a repair"
            " order, or seems resolved and comes back."
        )
    if facts.has_service:
        found.append(
            "A repair order goes to a workshop that takes its product, stays in exactly one stage at any time (hand-in or parcel,"
            " counter, diagnosis, quote, part wait, repair, audit, forwarding, return) and ends returned, refused, without fault"
            " found, as planned work, or given up. The stages add up to the turnaround."
        )
    if facts.has_parts:
        found.append(
            "A request for parts takes what the shelf has and waits for the rest; every change of the inventory position is"
            " shown to the shelf's policy, whose order goes to the source above it, up to vendors with unlimited supply after"
            " a lead time."
        )
    return [line for text in found or [NONE_HERE] for line in (text, "")][:-1]


def algorithms(facts: StudyFacts) -> list[str]:
    """Rules, by wing."""
    plan, found = facts.plan, []
    if facts.plan["case_log"] is not None:
        found.append(f"Arrivals are replayed from a log of {_length(plan['case_log']['at_h'])} recorded cases.")
    elif facts.plan["sources"]:
        found.append(
            "Arrivals: each stream is a non-homogeneous Poisson process, made by inverting the cumulative demand profile at"
            " the instants of a unit-rate Poisson process; the installed base ages month by month."
        )
    if facts.has_contacts:
        found.append(
            "Routing: a free agent takes, over the lines of the group, the contact of best priority, then of longest wait."
        )
        if any(line["overflow_line_ix"] >= 0 for line in plan["lines"]):
            found.append("Overflow: a contact that waited longer than a limit may be taken by another line's agents.")
        if any(line["concurrency"] > 1 for line in plan["lines"]):
            found.append("Chat: an agent holds several conversations, each slowed down by a factor of their number.")
    if facts.has_service:
        found.append(
            "Dispatch: an order goes to the nearest workshop (great circle) that takes its product and mode, in turns within"
            " the region where places are not known; work above a workshop's level is forwarded. Technicians take the job of"
            " best priority, then of earliest arrival."
        )
        if plan["parcel"] is not None:
            found.append("Parcels: lognormal times whose mean grows linearly with the great-circle distance.")
    for kind, count in sorted(_policies(facts).items()):
        found.append(f"Stock policy {kind} at {count} shelves.")
    if any(place["emergency"] is not None for place in plan["locations"]):
        found.append("Emergency shipments serve requests that the shelf cannot, at places that have such a lane.")
    return [f"- {text}" for text in found] or [NONE_HERE]


def _length(column: Any) -> int:
    return int(column["length"]) if isinstance(column, dict) else len(column)


def _policies(facts: StudyFacts) -> Counter[str]:
    """Shelves by kind of policy, told by the names of its parameters."""
    return Counter(f"({', '.join(policy)})" for place in facts.plan["locations"] for _, policy in place["policies"])


def entities(facts: StudyFacts) -> list[str]:
    """What moves through the model."""
    rows = []
    if facts.has_cases:
        text = "customer's need: case type, product, age of the unit, segment, market, home, channel, patience, fault, own draws"
        rows.append(("case", text))
    if facts.has_contacts:
        rows.append(("contact", "attempt to reach the maker: kind, attempt, line, instants of arrival, answer and end, outcome"))
    if facts.has_service:
        rows.append(
            ("repair order", "case, mode, workshop, entitlement, priority, promise, stage, hours by stage, rework, outcome")
        )
    if facts.has_parts:
        rows.append(("part request", "order or demand stream, part, quantity, shelf, how it was met"))
        rows.append(("replenishment", "part, quantity, location, source, instants of order, shipment and receipt"))
    return table(("entity", "role and attributes"), rows) if rows else [NONE_HERE]


def activities(facts: StudyFacts) -> list[str]:
    """What takes time, with its distribution where one place or line stands for all."""
    plan, rows = facts.plan, []
    for line in plan["lines"][:20]:
        after = dist(line["after_work"])
        rows.append(
            (f"contact at {escaped(line['name'])}", f"handle time: {dist(line['handle_time'])}; after-call work: {after}")
        )
    if facts.count("lines") > 20:
        rows.append((f"contacts at {facts.count('lines') - 20} more lines", "see 3.3"))
    steps = (
        ("hand_in", "hand-in by the owner"),
        ("counter", "reception"),
        ("diagnosis_time", "diagnosis"),
        ("repair_time", "repair"),
        ("audit_time", "audit"),
        ("travel", "travel of engineers"),
        ("forward_transit", "forwarding to a depot, one way"),
        ("inbound", "parcel in, without distance"),
        ("outbound", "parcel back, without distance"),
        ("pick_up", "fetching by the owner"),
    )
    for key, name in steps:
        kinds = Counter(dist(shop[key]) for shop in plan["workshops"] if shop[key] is not None)
        if kinds:
            shown = [f"{text} ({counted(n, 'workshop')})" for text, n in kinds.most_common(6)]
            rows.append((name, "; ".join(shown) + ("; others see 3.3" if len(kinds) > 6 else "")))
    if facts.has_service and plan["quote"]["accept"] < 1:
        rows.append(("decision on a quote", dist(plan["quote"]["decision"])))
    transits = Counter(dist(lane["transit"]) for place in plan["locations"] for lane in place["lanes"])
    if transits:
        rows.append(("transit of parts", "; ".join(f"{text} ({counted(n, 'lane')})" for text, n in transits.most_common(6))))
    return table(("activity", "time"), rows) if rows else [NONE_HERE]


def resources(facts: StudyFacts) -> list[str]:
    """Agents, technicians, stock."""
    plan, rows = facts.plan, []
    for group in plan["groups"][:40]:
        heads = sum(shift["heads"] for shift in group["shifts"])
        served = ", ".join(escaped(plan["lines"][ix]["name"]) for ix in group["lines"])
        rows.append(
            (f"agents {escaped(group['name'])}", f"{counted(heads, 'head')} in {counted(len(group['shifts']), 'shift')}", served)
        )
    kinds: dict[str, list[int]] = {}
    for shop in plan["workshops"]:
        kinds.setdefault(shop["kind"], []).append(sum(shift["heads"] for shift in shop["shifts"]))
    for kind, heads_of in sorted(kinds.items()):
        each = f"{min(heads_of)} to {max(heads_of)}" if min(heads_of) < max(heads_of) else f"{max(heads_of)}"
        text = f"{counted(sum(heads_of), 'head')} at {counted(len(heads_of), 'place')}, {each} each"
        rows.append((f"technicians ({kind})", text, "diagnosis, repair, audit, visits"))
    if facts.has_parts:
        shelves = sum(len(place["policies"]) for place in plan["locations"])
        rows.append(("stock of parts", f"{facts.count('parts')} parts, {shelves} shelves with a policy", "repair, part demand"))
    return table(("resource", "amount", "used by"), rows) if rows else [NONE_HERE]


def queues(facts: StudyFacts) -> list[str]:
    """Queues with discipline, capacity, reneging and balking."""
    plan, rows = facts.plan, []
    rule = "by segment's priority, then first come, first served"
    for line in plan["lines"]:
        if line["behaviour"] == "self_service":
            continue
        trunks = "no limit" if line["trunks"] < 0 else f"{line['trunks']} contacts in queue and service, else blocked"
        leave = f"patience {dist(line['patience'])}" if line["patience"] is not None else "nobody leaves"
        again = f"{leave}; tries again {share(line['redial']['retry'])}, changes channel {share(line['redial']['switch'])}"
        rows.append((f"line {escaped(line['name'])}", rule, trunks, again))
    rows = [*rows[:40], *([(f"{len(rows) - 40} more lines", "the same", "see 3.3", "see 3.3")] if len(rows) > 40 else [])]
    if facts.has_service:
        rows.append(("bench of each workshop", "by segment's priority, then arrival of the order", "no limit", "none"))
    if facts.has_parts:
        rows.append(("backorders of each shelf", "by priority, then first come, first served", "no limit", "none"))
    return table(("queue", "discipline", "capacity", "reneging and balking"), rows) if rows else [NONE_HERE]


def entry_and_exit(facts: StudyFacts) -> list[str]:
    """Arrival streams and ends."""
    plan, found = facts.plan, []
    for source in plan["sources"][:40]:
        by_age = "; ".join(f"from {hours(a)} of age {r * 8760:.6g} a year" for a, r in source["by_age"])
        rate = f"per unit in use: {by_age}" if by_age else f"{source['rate'] * 24:.6g} a day"
        profile = (
            f"profile {escaped(plan['profiles'][source['profile_ix']]['name'])}" if source["profile_ix"] >= 0 else "no profile"
        )
        found.append(f"- stream {escaped(source['name'])}: Poisson, {rate}, {profile}")
    if facts.count("sources") > 40:
        found.append(f"- and {facts.count('sources') - 40} more streams, see 3.3")
    demands = sum(len(place["demands"]) for place in plan["locations"])
    if demands:
        found.append(f"- {demands} streams of part demand: Poisson")
    if plan["customers"]:
        found.append(f"- example customers, at fixed instants: {names(plan['customers'])}")
    if facts.has_cases:
        found.append(
            "- exits: the need is met or given up, or the unit is back with its owner; what is open at the end stays open"
        )
    if facts.has_parts:
        found.append("- parts enter from vendors, whose supply is unlimited after the lead time, and leave when they are used")
    return found or [author("nothing enters this model; say why")]
