"""Sentences about the warm-up."""

from __future__ import annotations

from typing import Any

from sim.report import format as fmt
from sim.report.labels import measure_label
from sim.report.read import RunResults

_LABELS = {"parts.backorders": "Parts owed", "supply": "Longest supply time"}


def label(measure: str) -> str:
    """Name of a series."""
    return _LABELS.get(measure) or measure_label(measure)


def _inside(measure: str) -> str:
    text = label(measure)
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def cut_text(entry: dict[str, Any]) -> str:
    """What MSER-5 says of one measure, for a table cell."""
    if entry["status"] == "too short":
        return "too few values"
    if entry["mser5_h"] is None:
        return "no steady part found"
    return "nothing" if entry["mser5_h"] == 0 else fmt.duration(entry["mser5_h"])


def is_lost(run: RunResults) -> bool:
    """True if an automatic warm-up was looked for and not found."""
    found = run.summary.get("warm_up") or {}
    return found.get("found") is False


def lost_text(run: RunResults, place: str = "") -> str:
    """The sentence that takes all verdicts back; '' if there is no need."""
    found: dict[str, Any] = run.summary.get("warm_up") or {}
    if not is_lost(run):
        return ""
    at_most = fmt.duration(found["at_most_h"])
    if found.get("wanted_h") is not None:
        why = f"{fmt.duration(found['wanted_h'])} are to be cut ({_inside(found['by'])}), at most {at_most} are allowed"
    elif found.get("by"):
        why = f"not settled in the first half of the run: {_inside(found['by'])}"
    else:
        why = "no measure has enough values"
    return f"No steady state was found{place}: {why}, so no verdict is shown; allow more (run.warm_up.auto.at_most, run.length)."


def say(run: RunResults) -> str:
    """What was cut, and whether MSER-5 agrees; '' for runs that do not know."""
    found: dict[str, Any] = run.summary.get("warm_up") or {}
    if not found:
        return ""
    return _auto(found) if found["kind"] == "auto" else _stated(found)


def title(run: RunResults) -> str:
    """The message of the Welch curves."""
    found: dict[str, Any] = run.summary["warm_up"]
    wanted, cut, by = found["wanted_h"], fmt.duration(found["cut_h"]), found["by"]
    if wanted is None:
        return f"Not settled in the first half of the run: {_inside(by)}" if by else "Too few values to judge the warm-up"
    if found["kind"] == "auto":
        if wanted > found["at_most_h"]:
            return f"More than the {cut} allowed are to be cut: {fmt.duration(wanted)} ({_inside(by)})"
        if wanted == 0:
            return "Nothing to cut: every measure is level from the start"
        return f"The longest supply time asks for {cut}" if by == "supply" else f"Last to settle: {_inside(by)}; {cut} are cut"
    if wanted == 0:
        return "MSER-5 finds nothing to cut"
    return f"Last to settle: {_inside(by)}; MSER-5 would cut {fmt.duration(wanted)}"


def _auto(found: dict[str, Any]) -> str:
    cut = fmt.duration(found["cut_h"]) if found["cut_h"] > 0 else "none"
    if not found["found"]:
        return f"Warm-up: not found; the first {cut} are left out."
    if found["by"] == "supply":
        return f"Warm-up: {cut}, chosen from the run: the longest supply time, in whole gauge periods; MSER-5 would cut less."
    exact = (found["measures"].get(found["by"]) or {}).get("mser5_h") or 0.0
    if exact == 0:
        return f"Warm-up: {cut}, chosen from the run: MSER-5 finds nothing to cut."
    rounded = "" if exact == found["cut_h"] else f" ({fmt.duration(exact)}, in whole gauge periods)"
    return f"Warm-up: {cut}, chosen from the run by MSER-5; last to settle: {_inside(found['by'])}{rounded}."


def _stated(found: dict[str, Any]) -> str:
    stated = f"{fmt.duration(found['cut_h'])} as stated" if found["cut_h"] > 0 else "none, the start of the run counts"
    if not any(entry["status"] != "too short" for entry in found["measures"].values()):
        return f"Warm-up: {stated}; the run is too short for MSER-5 to judge it."
    wanted = found.get("wanted_h")
    if wanted is None:
        return f"Warm-up: {stated}; MSER-5 finds no steady part of {_inside(found['by'])}: look at its curve, or run longer."
    if wanted == 0:
        return f"Warm-up: {stated}; MSER-5 would cut nothing{': enough' if found['cut_h'] > 0 else ''}."
    what = f"MSER-5 would cut {fmt.duration(wanted)} ({_inside(found['by'])})"
    return f"Warm-up: {stated}; {what}: {'enough' if wanted <= found['cut_h'] else 'longer than that'}."
