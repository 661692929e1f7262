"""Names that refer to nothing, found on the raw document, so that one pass finds them together with the faults of the schema."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sim.errors import did_you_mean
from sim.scenario.findings import Findings
from sim.scenario.hours_text import is_calendar_name
from sim.scenario.known_names import KnownNames, dict_of
from sim.scenario.places import Key, Keys
from sim.scenario.schema.cases import FaultSpec

# Where names of other things stand. `*` is every member, `~` at the end the keys of a mapping rather than its value; a value
# may be one name, a list of names or (for `~`) a mapping by name.
_WORKSHOP_RULES = (
    ("hours", "hours"),
    ("holidays", "calendar"),
    ("shifts.*.hours", "hours"),
    ("products", "product"),
    ("forward_to", "workshop"),
)
_STOCKING_RULES = (
    ("region", "region"),
    ("source", "source"),
    ("source.~", "source"),
    ("stock", "stock plan"),
    ("stock.~", "part"),
    ("demand.~", "part"),
    ("emergency.from", "source"),
)
_LINE_RULES = (
    ("transfer_to", "line"),
    ("overflow_to", "line"),
    ("escalate_to", "channel"),
    ("redial.channel", "channel"),
    ("when_closed.channel", "channel"),
)
_RULES: tuple[tuple[str, str], ...] = (
    ("calendars.*.hours", "hours"),
    ("profiles.*.holidays", "calendar"),
    ("markets.*.region", "region"),
    ("segments.*.calendar", "calendar"),
    ("segments.*.channels.~", "first channel"),
    ("segments.*.modes.~", "mode"),
    ("products.*.segments.~", "segment"),
    ("products.*.markets", "market"),
    ("cases.*.product", "product"),
    ("cases.*.profile", "profile"),
    ("cases.*.channel", "first channel"),
    ("cases.*.segments.~", "segment"),
    ("cases.*.per_unit.~", "product"),
    ("cases.*.needs.~", "part"),
    ("contact_centres.*.hours", "hours"),
    ("contact_centres.*.holidays", "calendar"),
    ("contact_centres.*.serves", "region"),
    *((f"contact_centres.*.{path}", kind) for path, kind in _LINE_RULES),
    *((f"contact_centres.*.lines.*.{path}", kind) for path, kind in _LINE_RULES),
    ("contact_centres.*.lines.*.hours", "hours"),
    ("contact_centres.*.groups.*.lines", "line"),
    ("contact_centres.*.groups.*.shifts.*.hours", "hours"),
    *((f"{s}.*.{path}", kind) for s in ("service_points", "depots", "teams") for path, kind in _WORKSHOP_RULES),
    *((f"{s}.*.{path}", kind) for s in ("service_points", "depots", "teams", "locations") for path, kind in _STOCKING_RULES),
    ("teams.*.stock_at", "place"),
    ("stock_plans.*.~", "part"),
    ("vendors.*.lead_times.~", "part"),
    ("vendors.*.supplies", "part"),
    ("quote.line", "line"),
    ("status_contacts.channel", "channel"),
    ("customers.*.case", "case type"),
    ("customers.*.product", "product"),
    ("customers.*.market", "market"),
    ("customers.*.segment", "segment"),
    ("customers.*.channel", "first channel"),
)
_SPLIT_RULES = tuple((tuple(path.split(".")), kind) for path, kind in _RULES)
_LISTED = 8  # so many known names are listed where none is near
_FAULT_KEYS = frozenset(FaultSpec.model_fields)


def check_references(data: dict[str, Any], findings: Findings) -> None:
    """Find every name that refers to nothing.

    Parameters
    ----------
    data
        The raw document; values of a wrong form are skipped, the schema tells of them.
    findings
        Where faults go: E501 unknown name, E502 a name used twice.
    """
    references = _References(data, findings)
    for pattern, kind in _SPLIT_RULES:
        if pattern[0] in data:
            references.follow(data[pattern[0]], pattern[1:], (pattern[0],), kind)
    for name, case in dict_of(data.get("cases")).items():
        if isinstance(case, dict):
            references.check_case(name, case)
    references.check_twice_used()


class _References:
    """Looks names up in one document."""

    def __init__(self, data: dict[str, Any], findings: Findings) -> None:
        self._data = data
        self._findings = findings
        self._known = KnownNames(data)

    def follow(self, value: Any, pattern: tuple[str, ...], at: Keys, kind: str) -> None:
        """Walk down a pattern and check the names at its end."""
        if not pattern:
            self._check_value(kind, value, at)
        elif pattern == ("~",):
            for key in dict_of(value):
                self.check(kind, key, (*at, key), at_key=True)
        elif pattern[0] == "*":
            rest = pattern[1:]
            is_named = bool(rest) and rest[0] not in ("*", "~")
            for key, below in dict_of(value).items():
                if not is_named or (isinstance(below, dict) and rest[0] in below):
                    self.follow(below, rest, (*at, key), kind)
        elif isinstance(value, dict) and pattern[0] in value:
            self.follow(value[pattern[0]], pattern[1:], (*at, pattern[0]), kind)

    def _check_value(self, kind: str, value: Any, at: Keys) -> None:
        names: Iterator[tuple[Key, Any]] = iter(())
        if isinstance(value, str):
            self.check(kind, value, at)
        elif isinstance(value, list):
            names = ((i, v) for i, v in enumerate(value) if isinstance(v, str))
        for key, name in names:
            self.check(kind, name, (*at, key))

    def check(self, kind: str, name: str, at: Keys, at_key: bool = False) -> None:
        """One reference."""
        if kind == "hours":
            if not is_calendar_name(name):
                return
            kind = "calendar"
        known = self._known.lines(str(at[1])) if kind == "line" else self._known.of(kind)
        if known is None or name in known:
            return
        if kind == "line" and at[0] == "quote" and not name.count("/"):
            near = [line for line in known if line.startswith(f"{name}/")]
            hint = f"did you mean '{near[0]}'?" if near else ""
        else:
            hint = self._hint(name, known)
        word = {"first channel": "channel", "place": "place with stock"}.get(kind, kind)
        self._findings.fault("E501", at, f"unknown {word} '{name}'", hint, at_key)

    def _hint(self, name: str, known: Collection[str]) -> str:
        if f"{name}-1" in known:
            return f"`count` makes '{name}-1' and so on"
        near = did_you_mean(name, known, fold=True)
        if not near and 0 < len(known) <= _LISTED:
            return f"known: {', '.join(known)}"
        if not known:
            return "none is declared"
        return near

    def check_case(self, name: str, case: dict[str, Any]) -> None:
        """Names in the parts of a case type whose form varies."""
        at: Keys = ("cases", name)
        for field, kind in (("channels", "first channel"), ("modes", "mode")):
            shares = dict_of(case.get(field))
            if any(isinstance(v, dict) for v in shares.values()):
                for segment, inner in shares.items():
                    self.check("segment", segment, (*at, field, segment), at_key=True)
                    self.follow(inner, ("~",), (*at, field, segment), kind)
            else:
                self.follow(shares, ("~",), (*at, field), kind)
        faults = dict_of(case.get("faults"))
        inner_dicts = [v for v in faults.values() if isinstance(v, dict)]
        if any(_FAULT_KEYS & v.keys() for v in inner_dicts):
            self.follow(faults, ("*", "needs", "~"), (*at, "faults"), "part")
            return
        if any(isinstance(w, dict) for v in inner_dicts for w in v.values()):
            for product, inner in faults.items():
                self.check("product", product, (*at, "faults", product), at_key=True)
                self.follow(inner, ("*", "needs", "~"), (*at, "faults", product), "part")

    def check_twice_used(self) -> None:
        """Places and vendors share one set of names, as sources name them."""
        first: dict[str, str] = {}
        for section, key, name in self._known.all_places():
            if name in first:
                what = f"'{name}' is the name of a place or vendor under {first[name]} already"
                self._findings.fault("E502", (section, key), what, "give it another name", at_key=True)
            first.setdefault(name, section)
