"""Random scenarios, small but whole: every wing and every option of the file format may appear, as plain dicts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Doc = dict[str, Any]

ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe")
HOURS = ("24x7", "office", "mon-fri 9:00-17:00", "mon-sat 8:00-12:00 13:00-18:00", "daily 22:00-6:00", "sun 10:00-14:00")
PARTS = ("fan", "board", "cable")


def maybe(draw: st.DrawFn, doc: Doc, key: str, values: st.SearchStrategy[Any]) -> None:
    """Give a key to a section, or leave it to its default."""
    if draw(st.booleans()):
        doc[key] = draw(values)


def shares(*names: str) -> st.SearchStrategy[dict[str, str]]:
    """Shares in whole per cents that add up to 100 %."""
    cuts = st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1).map(sorted)
    return cuts.map(lambda c: {n: f"{b - a} %" for n, a, b in zip(names, [0, *c], [*c, 100], strict=True)})


def times(hours: float) -> st.SearchStrategy[Any]:
    """Durations and distributions with a mean of about so many hours; also exactly zero."""
    mean = f"{hours:g} h"
    return st.sampled_from(
        [
            0,
            mean,
            {"exponential": mean},
            {"gamma": {"mean": mean, "cv": 0.5}},
            {"lognormal": {"mean": mean, "cv": 0.9}},
            {"weibull": {"mean": mean, "shape": 1.5}},
            {"uniform": {"low": 0, "high": f"{2 * hours:g} h"}},
            {"triangular": {"low": 0, "mode": mean, "high": f"{2 * hours:g} h"}},
            {"empirical": [0, mean, f"{3 * hours:g} h"]},
        ]
    )


percent = st.sampled_from(["0 %", "10 %", "50 %", "100 %"])
some = st.sampled_from(["10 %", "50 %", "90 %"])
policies: st.SearchStrategy[Doc] = st.one_of(
    st.builds(lambda S: {"base_stock": S}, st.integers(0, 5)),
    st.builds(lambda s, Q: {"s": s, "Q": Q}, st.integers(-1, 3), st.integers(1, 4)),
    st.builds(lambda s, more: {"s": s, "S": s + more}, st.integers(-1, 3), st.integers(1, 5)),
    st.builds(lambda r, S: {"review": r, "S": S}, st.sampled_from(["1 day", "5 h", "2 weeks"]), st.integers(0, 6)),
)
stocks = st.dictionaries(st.sampled_from(PARTS), policies, max_size=3)


@st.composite
def next_steps(draw: st.DrawFn, other: str) -> Doc:
    """What customers do after a failed attempt."""
    step: Doc = {"again": draw(st.sampled_from(["0 %", "40 %", "60 %"])), "delay": draw(times(0.5))}
    if draw(st.booleans()):
        step |= {"switch": "20 %", "channel": other}
    maybe(draw, step, "walk_in", st.just("20 %"))
    maybe(draw, step, "attempts", st.integers(1, 4))
    return step


@st.composite
def lines(draw: st.DrawFn, name: str, tier: bool) -> Doc:
    """One line of a contact centre."""
    doc: Doc = {}
    if name == "web":
        doc |= {"contained": draw(percent), "escalate_to": draw(st.sampled_from(["voice", "chat"]))}
    maybe(draw, doc, "handle_time", times(0.2))
    maybe(draw, doc, "after_work", times(0.05))
    maybe(draw, doc, "patience", times(0.3))
    maybe(draw, doc, "trunks", st.integers(0, 5))
    maybe(draw, doc, "redial", next_steps("chat" if name == "voice" else "voice"))
    maybe(draw, doc, "when_closed", next_steps("web"))
    maybe(draw, doc, "resolve", some)
    maybe(draw, doc, "to_repair", percent)
    maybe(draw, doc, "reconnect", times(20))
    maybe(draw, doc, "hours", st.sampled_from(HOURS))
    maybe(draw, doc, "cost", st.just("3 EUR"))
    if tier and name != "web" and draw(st.booleans()):
        doc |= {"transfer": "30 %", "transfer_to": "tier2"}
    if name == "chat":
        at_once = draw(st.integers(1, 3))
        doc |= {"concurrency": at_once, "slowdown": [1, 1.2, 1.9][:at_once]}
    return doc


@st.composite
def centres(draw: st.DrawFn, overflow_to: str, serves: list[str] | None) -> Doc:
    """A contact centre with voice, chat, self-service, perhaps a second tier, groups and shifts."""
    tier = draw(st.booleans())
    own = {name: draw(lines(name, tier)) for name in ("voice", "chat", "web")}
    if tier:
        own["tier2"] = {"internal": True, "handle_time": "20 min"} | draw(
            st.fixed_dictionaries({}, optional={"patience": times(0.3), "to_repair": percent, "resolve": some})
        )
    if overflow_to:
        own["voice"] |= {"overflow_to": overflow_to, "overflow_after": draw(st.sampled_from(["0 s", "2 min", "1 h"]))}
    agents = st.integers(0, 3)
    first: Doc = {"lines": ["voice", "chat"], "wage": "20 EUR/h"}
    if draw(st.booleans()):
        first["shifts"] = {
            "day": {"hours": draw(st.sampled_from(HOURS)), "agents": draw(agents)},
            "late": {"hours": "daily 20:00-2:00", "agents": draw(agents)},
        }
    else:
        first["agents"] = draw(st.integers(1, 3))
    maybe(draw, first, "shrinkage", st.just("30 %"))
    groups = {"tier1": first}
    if tier:
        groups["experts"] = {"lines": draw(st.sampled_from([["tier2"], ["tier2", "voice"]])), "agents": draw(agents)}
    doc: Doc = {"handle_time": draw(times(0.15)), "lines": own, "groups": groups, "hours": draw(st.sampled_from(HOURS))}
    if serves:
        doc["serves"] = serves
    maybe(draw, doc, "time_zone", st.sampled_from(ZONES))
    maybe(draw, doc, "holidays", st.just("days"))
    return doc


@st.composite
def workshops(draw: st.DrawFn, kind: str, sources: list[str]) -> Doc:
    """A service point, a depot or a team of engineers."""
    heads = "engineers" if kind == "team" else "technicians"
    doc: Doc = {"repair_time": draw(times(1.0)), "region": draw(st.sampled_from(["north", "south"]))}
    if draw(st.booleans()):
        late = {"hours": "daily 18:00-23:30", "technicians": draw(st.integers(0, 2))}
        doc["shifts"] = {"early": {"technicians": draw(st.integers(0, 3))}, "late": late}
    else:
        doc[heads] = draw(st.integers(0, 4))
    maybe(draw, doc, "hours", st.sampled_from(HOURS))
    maybe(draw, doc, "time_zone", st.sampled_from(ZONES))
    maybe(draw, doc, "holidays", st.just("days"))
    for key, mean in (("diagnosis_time", 0.4), ("counter_time", 0.2), ("hand_in", 20), ("pick_up", 20), ("inbound", 40)):
        maybe(draw, doc, key, times(mean))
    maybe(draw, doc, "outbound", times(40))
    if draw(st.booleans()):
        doc["audit"] = {"share": draw(percent), "time": draw(times(0.3)), "pass": draw(some)}
    maybe(draw, doc, "dead_on_arrival", st.sampled_from(["5 %", "30 %"]))
    maybe(draw, doc, "at_closing", st.sampled_from(["pause", "finish"]))
    maybe(draw, doc, "level", st.integers(0, 2))
    maybe(draw, doc, "shrinkage", st.just("20 %"))
    maybe(draw, doc, "lat", st.sampled_from([20.0, 50.0]))
    if "lat" in doc:
        doc["lon"] = 100.0
    doc |= draw(stocked(sources))
    if kind == "point":
        doc["modes"] = draw(st.sampled_from([["carry_in"], ["carry_in", "mail_in"], ["carry_in", "on_site", "mail_in"]]))
        if draw(st.booleans()):
            doc |= {"forward_to": "works", "forward_transit": draw(times(24))}
    if kind == "team":
        maybe(draw, doc, "travel", times(1.0))
        maybe(draw, doc, "stock_at", st.sampled_from(["works", "hub"]))
    if kind == "depot":
        doc["level"] = 3
    return doc


@st.composite
def stocked(draw: st.DrawFn, sources: list[str]) -> Doc:
    """The shelves of a place and where they are filled from."""
    chosen = draw(st.permutations(sources))[: draw(st.integers(1, len(sources)))]
    if "maker" not in chosen:
        chosen = [*chosen, "maker"]
    doc: Doc = {"source": {name: {"transit": draw(times(24)), "freight": "5 EUR"} for name in chosen}}
    maybe(draw, doc, "stock", st.one_of(stocks, st.just("small")))
    if draw(st.booleans()):
        doc["emergency"] = {"transit": draw(times(10)), "cost": "50 EUR"}
        if draw(st.booleans()):
            doc["emergency"]["from"] = draw(st.sampled_from(chosen))
    if draw(st.booleans()):
        rate = draw(st.sampled_from(["0/day", "0.3/day", "2/day"]))
        size = draw(st.sampled_from([None, 1, 2, {"uniform": {"low": 0, "high": 4}}]))
        part = draw(st.sampled_from(PARTS))
        doc["demand"] = {part: rate if size is None else {"rate": rate, "size": size}}
    return doc


@st.composite
def needs(draw: st.DrawFn) -> Doc:
    """The parts of one fault."""
    found: Doc = {}
    for part in PARTS:
        if draw(st.booleans()):
            found[part] = draw(st.sampled_from(["100 %", "30 %", {"probability": "60 %", "quantity": 2}]))
    return found


@st.composite
def case_types(draw: st.DrawFn) -> Doc:
    """Questions, hardware faults and planned work."""
    modes = shares("carry_in", "mail_in", "on_site")
    question: Doc = {"kind": "question", "rate": f"{draw(st.integers(0, 40))}/day", "product": "notebook"}
    question["channels"] = draw(shares("voice", "chat", "web"))
    maybe(draw, question, "profile", st.sampled_from(["flat", "office", "calls"]))
    maybe(draw, question, "resolve", some)
    maybe(draw, question, "contained", percent)
    by_age = {"notebook": {"from 0 years": "1/year", "from 1 year": "0.2/year"}, "desktop": "0.3/year"}
    hardware: Doc = {"per_unit": draw(st.sampled_from(["0.5/year", by_age]))}
    hardware["channels"] = draw(shares("voice", "chat", "web", "walk_in"))
    hardware["faults"] = {
        "easy": {"share": "70 %", "needs": draw(needs())},
        "hard": {"share": "30 %", "needs": draw(needs()), "level": draw(st.integers(0, 2)), "repair_time": draw(times(2.0))},
    }
    maybe(draw, hardware, "modes", modes)
    maybe(draw, hardware, "walk_in", some)
    maybe(draw, hardware, "travelling", some)
    maybe(draw, hardware, "no_fault_found", some)
    maybe(draw, hardware, "result_call", st.booleans())
    maybe(draw, hardware, "to_repair", percent)
    maybe(draw, hardware, "captured", st.just({"in_warranty": "90 %", "out_of_warranty": "30 %"}))
    planned: Doc = {"kind": "planned", "rate": f"{draw(st.integers(0, 3))}/day", "product": "desktop", "channel": "walk_in"}
    planned["repair_time"] = draw(times(0.5))
    maybe(draw, planned, "needs", needs())
    maybe(draw, planned, "modes", modes)
    return {"usage": question, "hardware": hardware, "cleaning": planned}


def markets_and_products(draw: st.DrawFn) -> Doc:
    """Who the customers are and what they own."""
    working: Doc = {"promise": "3 days", "days": "working", "calendar": "days", "penalty": "50 EUR"}
    return {
        "regions": ["north", "south"],
        "markets": {
            "harbin": {"region": "north", "lat": 45.0, "lon": 126.0, "weight": 3, "time_zone": "Asia/Shanghai"},
            "hainan": {"region": "south", "lat": 20.0, "lon": 110.0, "surcharge": True},
            "nowhere": {
                "region": "south",
                "country": draw(st.sampled_from(["north", "south"])),
                "weight": draw(st.sampled_from([0, 1])),
            },
        },
        "segments": {
            "home": draw(st.sampled_from([{}, {"priority": 2, "promise": "2 days"}, working])),
            "firm": {
                "priority": draw(st.integers(0, 2)),
                "promise": draw(st.sampled_from(["0 h", "1 day"])),
                "clock": "workshop",
            },
        },
        "products": {
            "notebook": {
                "warranty": draw(st.sampled_from(["0 h", "1 year", "2 years"])),
                "world_wide": draw(st.booleans()),
                "segments": draw(shares("home", "firm")),
                "sales": {
                    "history": [draw(st.integers(0, 800))] * 30,
                    "life": draw(st.sampled_from(["5 years", {"exponential": "2 years"}])),
                },
            },
            "desktop": {"sales": {"history": [draw(st.integers(0, 300))], "monthly": [10, 20]}},
        },
        "channels": {"web": "self_service"},
    }


@st.composite
def scenarios(draw: st.DrawFn) -> Doc:
    """A whole scenario: run, customers, contact centres, workshops and a parts network of three echelons."""
    doc: Doc = {
        "run": {
            "start": draw(st.sampled_from(["2024-01-01", "2023-03-20", "2023-10-25"])),
            "length": f"{draw(st.integers(15, 45))} days",
            "warm_up": draw(st.sampled_from(["0 h", "5 days", "31 h"])),
            "replications": 1,
            "seed": draw(st.integers(0, 10_000)),
            "initial": draw(st.sampled_from(["full", "empty", "theory"])),
        },
        "calendars": {
            "days": {"hours": "mon-fri 8:00-18:00", "closed": ["2024-01-10", "2023-04-05"], "open_as": {"2024-01-14": "mon"}}
        },
        "profiles": {
            "calls": {"weekdays": [5, 4, 4, 4, 4, 0, 1], "working_day": [0] * 8 + [1] * 10 + [0.5] * 6, "holidays": "days"}
        },
        "cases": draw(case_types()),
        "parts": {"fan": {"price": "20 EUR"}, "board": {"price": "300 EUR", "weight": "1 kg"}, "cable": {}},
        "vendors": {"maker": {"lead_time": draw(times(100))}},
        "stock_plans": {"small": {"fan": {"base_stock": 1}, "board": draw(policies)}},
        "locations": {"hub": draw(stocked(["maker"]))},
        "depots": {"works": draw(workshops("depot", ["hub", "maker"]))},
        "service_points": {"shop": draw(workshops("point", ["hub", "works", "maker"]))},
    } | markets_and_products(draw)
    doc["locations"]["hub"]["region"] = "north"
    if draw(st.booleans()):
        doc["vendors"]["trader"] = {"lead_time": draw(times(30)), "supplies": ["cable"]}
        doc["locations"]["hub"]["source"] = ["trader", "maker"]
    if draw(st.booleans()):
        doc["service_points"]["twin"] = draw(workshops("point", ["works", "maker"])) | {"count": 2}
    if draw(st.booleans()):
        doc["teams"] = {"field": draw(workshops("team", ["works", "maker"]))}
    two = draw(st.booleans())
    doc["contact_centres"] = {"desk": draw(centres("", None))}
    if two:
        doc["contact_centres"] = {"dalian": draw(centres("desk/voice", ["north"])), **doc["contact_centres"]}
    parcel = {"fixed": "30 h", "per_km": "0.01 h", "sigma": 0.4, "surcharge": "24 h", "cost": "9 EUR", "cost_per_kg": "2 EUR/kg"}
    maybe(draw, doc, "parcel", st.just(parcel))
    quote: Doc = {"accept": draw(percent), "price": "100 EUR", "decision": draw(times(5))}
    if draw(st.booleans()):
        quote |= {"line": "desk/voice", "tries": draw(st.integers(1, 3)), "reached": draw(percent), "retry_delay": draw(times(2))}
    doc["quote"] = quote
    rate = draw(st.sampled_from(["0/day", "0.3/day", "3/day"]))
    doc["status_contacts"] = {"rate": rate, "channel": draw(st.sampled_from(["voice", "chat"])), "proactive": draw(percent)}
    doc["costs"] = {"holding": "20 %/year"}
    return doc
