"""Names that a raw document declares, by the kind of thing they name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sim.scenario.compile_names import WALK_IN
from sim.scenario.compile_parts import PLACE_SECTIONS
from sim.scenario.compile_time import BUILT_IN_CALENDARS, BUILT_IN_PROFILES
from sim.scenario.plan import BEHAVIOURS, MODES


def dict_of(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


class KnownNames:
    """Lists of names, made from the document as it is, even if parts of it are wrong.

    Parameters
    ----------
    data
        The raw document.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        places = list(self.all_places())
        workshops = [n for section, _, n in places if section in ("service_points", "depots")]
        channels = dict.fromkeys((*dict_of(data.get("channels")), *BEHAVIOURS, *self._line_channels()))
        vendors = self._keys("vendors")
        regions = self._regions()
        self._by_kind: dict[str, Collection[str] | None] = {
            "calendar": (*self._keys("calendars"), *BUILT_IN_CALENDARS),
            "profile": (*self._keys("profiles"), *BUILT_IN_PROFILES),
            "region": regions,
            "market": self._keys("markets") or (tuple(regions) if regions else ("everywhere",)),
            "segment": self._keys("segments") or ("all",),
            "product": self._keys("products") or ("product",),
            "channel": channels,
            "first channel": {**channels, WALK_IN: None},
            "mode": MODES,
            "case type": self._keys("cases"),
            "part": dict_of(data.get("parts")),
            "source": dict.fromkeys(n for _, _, n in places),
            "place": dict.fromkeys(n for section, _, n in places if section != "vendors"),
            "vendor": vendors,
            "workshop": dict.fromkeys(workshops),
            "stock plan": self._keys("stock_plans"),
        }

    def of(self, kind: str) -> Collection[str] | None:
        """Names of a kind; None if any name goes because it is declared by being used."""
        return self._by_kind[kind]

    def _keys(self, section: str) -> tuple[str, ...]:
        return tuple(dict_of(self._data.get(section)))

    def _regions(self) -> Collection[str] | None:
        regions = self._data.get("regions")
        if isinstance(regions, (dict, list)):
            return [r for r in regions if isinstance(r, str)]
        of_markets = (dict_of(m).get("region") for m in dict_of(self._data.get("markets")).values())
        named = dict.fromkeys(r for r in of_markets if isinstance(r, str))
        return named or None

    def _line_channels(self) -> Iterator[str]:
        for centre in dict_of(self._data.get("contact_centres")).values():
            for name, line in dict_of(dict_of(centre).get("lines")).items():
                if dict_of(line).get("internal") is not True:
                    channel = dict_of(line).get("channel", name)
                    yield channel if isinstance(channel, str) else name

    def lines(self, centre: str) -> list[str]:
        """Lines as they may be named within a centre: its own by name, all as 'centre/line'."""
        found: list[str] = []
        for key, spec in dict_of(self._data.get("contact_centres")).items():
            lines = dict_of(spec).get("lines")
            names = list(dict_of(lines)) if lines is not None else self._implied_lines()
            found += [f"{key}/{name}" for name in names]
            if key == centre:
                found = names + found
        return found

    def _implied_lines(self) -> list[str]:
        used: list[Any] = []
        for case in dict_of(self._data.get("cases")).values():
            case = dict_of(case)
            used.append(case.get("channel"))
            for key, value in dict_of(case.get("channels")).items():
                used += list(value) if isinstance(value, dict) else [key]
        for segment in dict_of(self._data.get("segments")).values():
            used += dict_of(dict_of(segment).get("channels"))
        used += [dict_of(c).get("channel") for c in dict_of(self._data.get("customers")).values()]
        return list(dict.fromkeys(c for c in used if isinstance(c, str) and c != WALK_IN)) or ["voice"]

    def all_places(self) -> Iterator[tuple[str, str, str]]:
        """(section, key, name) of every place and vendor; `count: 2` makes two names of a key."""
        for section in (*PLACE_SECTIONS, "vendors"):
            for key, spec in dict_of(self._data.get(section)).items():
                count = dict_of(spec).get("count")
                if isinstance(count, int) and not isinstance(count, bool) and section != "vendors":
                    for number in range(1, min(count, 100_000) + 1):
                        yield section, key, f"{key}-{number}"
                else:
                    yield section, key, key
