"""Write docs/gallery.md: every figure of runs, comparisons and sweeps, from small results simulated for it (half a minute)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sim import api
from sim.api.exporting import stored_of
from sim.report import gallery
from sim.report.stored import Stored

HERE = Path(__file__).parent
_SHORT = ["run.length=60 days", "run.warm_up=30 days"]
_UNCERTAIN = ["run.length=60 days", "run.scale={uncertain: {normal: {mean: 1, sd: 0.05, low: 0.5}}}"]


def make_samples(folder: Path, small: bool = False) -> list[Stored]:
    """Simulate what the gallery shows; `small`: a run, a comparison and a sweep of the smallest scenario.

    Returns
    -------
    list of Stored
        Results; figures of one name are taken from the first that has them.
    """
    if small:
        runs = [api.run("small", replications=2, sets=["run.length=20 days"], out=folder / "small")]
    else:
        runs = [
            api.run("asus-2-plus-3-2008", replications=3, sets=_SHORT, out=folder / "asus"),
            api.run("three-tier", replications=4, sets=_UNCERTAIN, out=folder / "uncertain"),
        ]
    base, other = ("small", "small") if small else ("three-tier", "three-tier-more-stock")
    length = "run.length=20 days" if small else "run.length=60 days"
    plans = [api.load(base, [length]), api.load(other, [length, "run.scale=1.1"])]
    plans += [] if small else [api.load(base, [length, "run.scale=0.9"])]
    compared = api.compare(*plans, replications=2 if small else 4, all_pairs=True, out=folder / "runs" / "comparison")
    vary = ["contact_centres.desk.groups.agents.agents=1..3", "run.scale={0.9, 1, 1.1}"]
    days, count = ("20 days", 2) if small else ("90 days", 4)
    swept = api.sweep("small", vary, replications=count, sets=[f"run.length={days}"], metamodel="quadratic", out=folder / "sweep")
    return [stored_of(found) for found in (*runs, compared, swept)]


def entries_of(samples: list[Stored]) -> list[gallery.Entry]:
    """All figures, each once."""
    return gallery.joined(entry for stored in samples for entry in gallery.entries_of(stored))


def main() -> None:
    """Rewrite docs/gallery.md."""
    with tempfile.TemporaryDirectory() as folder:
        text = gallery.gallery_markdown(entries_of(make_samples(Path(folder))))
    (HERE / "gallery.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
