"""How often KN, OCBA and equal allocation select the best, and at what cost.

`python -m benchmarks.selection [--macro 1000]` writes results/selection.json and the tables of docs/comparing.md between its
marks; `--pages` writes the tables again and measures nothing.

Values are normal, standard deviation 1 for the best, correlated `rho` between any two scenarios (common random numbers). The best
is ahead by delta = 1 / sqrt(10), as in Kim and Nelson (2001): in the slippage configuration of all others alike, in the other of
the second, of the third by twice that, and so on. OCBA and equal allocation get the budget that KN took on average.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import machine
from sim.analysis.selection import Screening, next_replications
from sim.theory.erlang import ErlangC

RESULTS = Path(__file__).with_name("results") / "selection.json"
DOCS = Path(__file__).parent.parent / "docs" / "comparing.md"
SCENARIO = Path(__file__).with_name("scenarios") / "staffing.yaml"
FIRST, CONFIDENCE = 10, 0.95
DELTA = 1.0 / math.sqrt(FIRST)
SPREADS = {"equal": 0.0, "rising": 1.0, "falling": -1.0}  # variances from the best on
AGENTS = (13, 14, 15)

Floats = NDArray[np.float64]


class Source:
    """Values of k scenarios, drawn as they are needed; less is better and scenario 0 is the best."""

    def __init__(self, k: int, slippage: bool, spread: str, rho: float, seed: int) -> None:
        ranks = np.arange(k)
        self._means = DELTA * (np.minimum(ranks, 1) if slippage else ranks)
        factor = 1.0 + ranks * DELTA  # as Kim and Nelson vary them
        self._sd = np.sqrt({0.0: np.ones(k), 1.0: factor, -1.0: 1.0 / factor}[SPREADS[spread]])
        self._rho, self._k = rho, k
        self._rng = np.random.default_rng(seed)
        self._block = np.empty((k, 0))

    def values(self, count: int) -> Floats:
        """Array [scenario, replication] with at least `count` replications."""
        while self._block.shape[1] < count:
            n = 256
            shared, own = self._rng.standard_normal(n), self._rng.standard_normal((self._k, n))
            noise = math.sqrt(self._rho) * shared + math.sqrt(1 - self._rho) * own
            self._block = np.hstack([self._block, self._means[:, None] + self._sd[:, None] * noise])
        return self._block


def run_kn(source: Source) -> tuple[bool, int, int]:
    """Whether the best is selected, replications of all scenarios, and what equal allocation up to the last would cost."""
    state = Screening(source.values(FIRST)[:, :FIRST], DELTA, CONFIDENCE, smaller=True)
    while not state.is_decided:
        r = state.replications
        state.add(source.values(r + 1)[state.survivors, r])
    used = [at or state.replications for at in state.eliminated]
    return state.leader == 0, sum(used), len(used) * max(used)


def run_ocba(source: Source, budget: int, k: int) -> bool:
    """Whether the best is selected with the budget, given out 2 k at a time."""
    counts = np.full(k, FIRST, np.int64)
    while (spent := int(counts.sum())) < budget:
        table = source.values(int(counts.max()))
        rows = [table[i, :n] for i, n in enumerate(counts.tolist())]
        means, variances = np.array([row.mean() for row in rows]), np.array([row.var(ddof=1) for row in rows])
        counts += np.array(next_replications(means, variances, counts, min(2 * k, budget - spent), smaller=True))
    table = source.values(int(counts.max()))
    return int(np.argmin([table[i, :n].mean() for i, n in enumerate(counts.tolist())])) == 0


def run_equal(source: Source, budget: int, k: int) -> bool:
    """Whether the best is selected if all get as many; what does not go round is left."""
    n = max(FIRST, budget // k)
    return int(source.values(n)[:, :n].mean(axis=1).argmin()) == 0


def measure(k: int, slippage: bool, spread: str, rho: float, macro: int) -> dict[str, Any]:
    """One configuration."""
    kn = [run_kn(Source(k, slippage, spread, rho, seed)) for seed in range(macro)]
    budget = max(k * FIRST, round(float(np.mean([cost for _, cost, _ in kn]))))
    seeds = range(macro, 2 * macro)
    return {
        "k": k,
        "means": "slippage" if slippage else "steps of delta",
        "variances": spread,
        "rho": rho,
        "macro": macro,
        "kn": float(np.mean([ok for ok, _, _ in kn])),
        "kn_cost": float(np.mean([cost for _, cost, _ in kn])),
        "all_to_the_end": float(np.mean([cost for _, _, cost in kn])),
        "ocba": float(np.mean([run_ocba(Source(k, slippage, spread, rho, seed), budget, k) for seed in seeds])),
        "equal": float(np.mean([run_equal(Source(k, slippage, spread, rho, seed), budget, k) for seed in seeds])),
    }


def measure_scenarios(seeds: int) -> dict[str, Any]:
    """KN through scenario files: staffing levels of an M/M/c queue, whose best two differ by a little more than delta."""
    import sim

    waits = [ErlangC(agents, 100.0, 0.1).asa for agents in AGENTS]
    delta = 0.9 * (waits[1] - waits[2])
    right, costs, lasts = 0, [], []
    for seed in range(1, seeds + 1):
        plans = [sim.load(SCENARIO, [f"contact_centres.desk.agents={agents}"]) for agents in AGENTS]
        found = sim.select(*plans, by="contact.asa", delta=f"{3600 * delta:.6f} s", first=5, seed=seed, jobs=1)
        right += found.leader == len(AGENTS) - 1
        costs.append(found.spent)
        lasts.append(found.equal_cost)
    return {
        "agents": list(AGENTS),
        "theory_s": [3600 * w for w in waits],
        "delta_s": 3600 * delta,
        "seeds": seeds,
        "kn": right / seeds,
        "kn_cost": float(np.mean(costs)),
        "all_to_the_end": float(np.mean(lasts)),
    }


def table(results: dict[str, Any]) -> str:
    """The tables of the documentation."""
    names = (
        "scenarios",
        "means",
        "variances",
        "rho",
        "KN right",
        "replications",
        "all to the end",
        "OCBA right",
        "equally right",
    )
    lines = [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    for case in results["normal"]:
        cells = [case["k"], case["means"], case["variances"], f"{case['rho']:g}", _percent(case["kn"]), f"{case['kn_cost']:.0f}"]
        cells += [f"{case['all_to_the_end']:.0f}", _percent(case["ocba"]), _percent(case["equal"])]
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    queue = results["queue"]
    waits = ", ".join(f"{w:.1f} s" for w in queue["theory_s"])
    lines.append(
        f"\nThrough scenario files (M/M/c with {', '.join(map(str, queue['agents']))} agents, mean waits of {waits} by Erlang C, "
        f"delta {queue['delta_s']:.1f} s, eight hours a replication, first stage 5): KN selects the best with "
        f"{_percent(queue['kn'])} of {queue['seeds']} seeds and {queue['kn_cost']:.1f} replications on average, where running "
        f"all to the end takes {queue['all_to_the_end']:.1f}."
    )
    return "\n".join(lines) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def write_docs(results: dict[str, Any]) -> None:
    """Put the tables between their marks."""
    begin, end = "<!-- benchmarks.selection -->\n", "<!-- end -->\n"
    text = DOCS.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    DOCS.write_text(before + begin + table(results) + end + rest.partition(end)[2], encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how well the best scenario is selected.")
    parser.add_argument("--macro", type=int, default=1000, help="macro-replications of each configuration")
    parser.add_argument("--seeds", type=int, default=60, help="selections through scenario files")
    parser.add_argument("--pages", action="store_true", help="measure nothing, only write the tables again")
    args = parser.parse_args()
    if args.pages:
        write_docs(json.loads(RESULTS.read_text()))
        return
    cases = []
    for k in (5, 10):
        for slippage in (True, False):
            for spread in SPREADS:
                for rho in (0.0, 0.8):
                    cases.append(measure(k, slippage, spread, rho, args.macro))
                    print(cases[-1], file=sys.stderr, flush=True)
    queue = measure_scenarios(args.seeds)
    print(queue, file=sys.stderr, flush=True)
    results = {"format": 1, "machine": machine(), "confidence": CONFIDENCE, "first": FIRST, "normal": cases, "queue": queue}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    if DOCS.is_file():
        write_docs(results)


if __name__ == "__main__":
    main()
