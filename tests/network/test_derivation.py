"""The network tables: reproduced byte for byte from the source data, and as large as the two organisations are."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NETWORK = ROOT / "network"
DATA = ROOT.parent / "shared" / "data"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["hp_china_2017", "asus_2008"])
def test_scripts_reproduce_the_committed_tables(name: str, tmp_path: Path) -> None:
    if not DATA.is_dir():
        pytest.skip(f"no source data: {DATA} is not there")
    script = NETWORK / f"derive_{name}.py"
    subprocess.run([sys.executable, str(script), "--data", str(DATA), "--out", str(tmp_path)], check=True)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*.csv"))
    assert len(made) >= 15
    different = [str(p) for p in made if (tmp_path / p).read_bytes() != (NETWORK / p).read_bytes()]
    assert different == []
    prefix = name.replace("_", "-")
    written_by_hand = {Path(f"{prefix}-parts.csv")}
    shipped = {p.relative_to(NETWORK) for p in NETWORK.rglob("*.csv") if str(p.relative_to(NETWORK)).startswith(prefix)}
    assert shipped - set(made) == written_by_hand


def test_china_has_its_points_where_the_article_says() -> None:
    points = rows(NETWORK / "hp-china-2017-points.csv")
    codes = [p["name"].removeprefix("cn-")[:6] for p in points]
    by_province = Counter(code[:2] for code in codes)  # GB/T 2260: the first two digits are the province
    assert len(points) >= 2000
    assert len({p["name"] for p in points}) == len(points)
    assert len(set(codes)) >= 1200
    assert by_province["23"] >= 60  # Heilongjiang
    assert by_province["65"] + by_province["54"] >= 40  # Xinjiang and Tibet
    assert by_province["53"] >= 90  # Yunnan
    assert len({p["region"] for p in points}) >= 7
    assert len({(p["lat"], p["lon"]) for p in points}) == len(points)


def test_china_has_markets_everywhere_and_forty_parts() -> None:
    markets = rows(NETWORK / "hp-china-2017-markets.csv")
    assert len({m["name"].removeprefix("cn-")[:6] for m in markets}) >= 1200
    assert min(float(m["weight"]) for m in markets) > 0
    assert len(rows(NETWORK / "hp-china-2017-parts.csv")) >= 40


def test_asus_has_service_on_five_continents() -> None:
    points = rows(NETWORK / "asus-2008-points.csv")
    zones = {p["time_zone"].split("/")[0] for p in points}
    assert 60 <= len(points) <= 110
    assert {"Asia", "Europe", "Africa", "America", "Australia"} <= zones
    beijing = next(p for p in points if p["name"] == "beijing")
    assert beijing["hours"].startswith("mon-sun")


def test_china_works_on_its_make_up_days() -> None:
    days = {r["date"]: r["is_workday"] for r in rows(NETWORK / "hp-china-2017-workdays.csv")}
    assert days["2017-01-22"] == "1"  # a Sunday worked before the Spring Festival
    assert days["2017-01-27"] == "0"


def test_call_profile_has_mean_one() -> None:
    profile = rows(NETWORK / "data-gpl-3" / "contact-profile-bank-1999.csv")
    assert len(profile) == 48
    for column in ("working_day", "other_day"):
        assert sum(float(r[column]) for r in profile) / 48 == pytest.approx(1.0, abs=1e-4)


def test_most_frequent_faults_agree_with_old_machines() -> None:
    """Display, power and storage are each above 10 % of hardware faults in the open-repair mix; so they are in ours."""
    sys.path.insert(0, str(NETWORK))
    try:
        from derive_common import number, read_yaml
    finally:
        sys.path.remove(str(NETWORK))
    mix = rows(NETWORK / "data-cc-by-sa" / "repair-fault-mix.csv")
    laptops = {r["fault_type"]: int(r["n"]) for r in mix if r["product_category"] == "Laptop"}
    soft = {"Unknown", "Performance", "Configuration", "Operating system", "Boot", "Virus/malware", "Other", "Multiple"}
    hard = {k: n for k, n in laptops.items() if k not in soft}
    ours = read_yaml(NETWORK / "hp-china-2017.yaml")["cases"]["hardware"]["faults"]["notebook"]
    for theirs, name in (("Integrated screen", "screen"), ("Power/battery", "power"), ("Internal storage", "storage")):
        assert hard[theirs] / sum(hard.values()) > 0.10
        assert number(ours[name]["share"]) > 0.10
    board_and_disk = sum(number(ours[k]["share"]) for k in ("mainboard", "board-repair", "storage"))
    assert 0.25 <= board_and_disk <= 0.45  # Gartner 2006: mainboard or hard drive
