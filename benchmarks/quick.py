"""Ours beside idiomatic SimPy, alternately: `python -m benchmarks.quick mixed --seconds 5 -n 5 [--pure]`."""

from __future__ import annotations

import argparse
from statistics import median

from benchmarks.child import DAYS, PER_DAY, measure, rate

SIMPY = {"contacts": 60_000, "parts": 40_000, "mixed": 33_000}  # customers a second, roughly, to turn seconds into a length


def main() -> None:
    parser = argparse.ArgumentParser(description="Customers per CPU second of ours and of idiomatic SimPy.")
    parser.add_argument("name", choices=sorted(DAYS))
    parser.add_argument("-n", type=int, default=5, help="pairs")
    parser.add_argument("--seconds", type=float, default=5.0, help="about so long does SimPy take for one run")
    parser.add_argument("--pure", action="store_true", help="ours without compiled parts")
    args = parser.parse_args()
    days = args.seconds * SIMPY[args.name] / PER_DAY[args.name]
    us = "pure" if args.pure else "ours"
    ratios = []
    for i in range(args.n):
        pair = {}
        for name in (us, "simpy") if i % 2 else ("simpy", us):
            pair[name] = measure(args.name, name, days)
        ratios.append(rate(pair[us]) / rate(pair["simpy"]))
        wall = rate(pair[us], "wall_s") / rate(pair["simpy"], "wall_s")
        print(
            f"{args.name}: ours {rate(pair[us]):9,.0f}/s, SimPy {rate(pair['simpy']):9,.0f}/s, "
            f"ratio {ratios[-1]:5.2f} (wall {wall:5.2f})",
            flush=True,
        )
    ours, simpy = pair[us], pair["simpy"]
    print(f"engine: {ours['engine']}; {ours['events'] / ours['customers']:.2f} events a customer; {ours['rss_mib']:.0f} MiB")
    for answer in ours:
        if answer in simpy and not answer.endswith(("_s", "_mib")):
            print(f"  {answer}: ours {ours[answer]:,.4g}, SimPy {simpy[answer]:,.4g}")
    print(f"{args.name}: median ratio {median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}) of {args.n}")


if __name__ == "__main__":
    main()
