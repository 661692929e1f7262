"""Sentences about the warm-up."""

from __future__ import annotations

from typing import Any

from sim.language import say, term
from sim.report import format as fmt
from sim.report.growth import is_growing
from sim.report.labels import measure_label
from sim.report.read import RunResults

_LABELS = {"parts.backorders": term("Parts owed"), "supply": term("Longest supply time")}


def label(measure: str) -> str:
    """Name of a series."""
    return say(_LABELS[measure]) if measure in _LABELS else measure_label(measure)


def _inside(measure: str) -> str:
    text = label(measure)
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def cut_text(entry: dict[str, Any]) -> str:
    """What MSER-5 says of one measure, for a table cell."""
    if entry["status"] == "too short":
        return say("too few values")
    if entry["mser5_h"] is None:
        return say("no steady part found")
    return say("nothing") if entry["mser5_h"] == 0 else fmt.duration(entry["mser5_h"])


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
        why = say(
            "{time} are to be cut ({measure}), at most {most} are allowed",
            time=fmt.duration(found["wanted_h"]),
            measure=_inside(found["by"]),
            most=at_most,
        )
    elif found.get("by"):
        why = say("not settled in the first half of the run: {measure}", measure=_inside(found["by"]))
    else:
        why = say("no measure has enough values")
    return say(
        "No steady state was found{place}: {why}, so no verdict is shown; allow more ({settings}).",
        place=place,
        why=why,
        settings=fmt.listed(["run.warm_up.auto.at_most", "run.length"]),
    )


def is_short(run: RunResults) -> bool:
    """True if the stated warm-up is shorter than the longest supply time, whatever MSER-5 says."""
    return run.summary.get("steady_state") is False and not is_lost(run) and not is_growing(run)


def short_warm_up_text(run: RunResults, place: str = "") -> str:
    """The sentence that doubts a warm-up shorter than the longest supply time."""
    return say("The run may not be in a steady state{place}: its warm-up is shorter than the longest supply time.", place=place)


def warm_up_sentence(run: RunResults) -> str:
    """What was cut, and whether MSER-5 agrees; '' for runs that do not know."""
    told = warm_up_statement(run)
    return say("Warm-up: {statement}.", statement=told) if told else ""


def warm_up_statement(run: RunResults) -> str:
    """The same without 'Warm-up:' and full stop."""
    found: dict[str, Any] = run.summary.get("warm_up") or {}
    if not found:
        return ""
    return _auto(found) if found["kind"] == "auto" else _stated(found, is_short(run))


def title(run: RunResults) -> str:
    """The message of the Welch curves."""
    found: dict[str, Any] = run.summary["warm_up"]
    wanted, cut, by = found["wanted_h"], fmt.duration(found["cut_h"]), found["by"]
    if wanted is None:
        if by:
            return say("Not settled in the first half of the run: {measure}", measure=_inside(by))
        return say("Too few values to judge the warm-up")
    if found["kind"] == "auto":
        if wanted > found["at_most_h"]:
            values = {"allowed": cut, "wanted": fmt.duration(wanted), "measure": _inside(by)}
            return say("More than the {allowed} allowed are to be cut: {wanted} ({measure})", **values)
        if wanted == 0:
            return say("Nothing to cut: every measure is level from the start")
        if by == "supply":
            return say("The longest supply time asks for {time}", time=cut)
        return say("Last to settle: {measure}; {time} are cut", measure=_inside(by), time=cut)
    if wanted == 0:
        return say("MSER-5 finds nothing to cut")
    return say("Last to settle: {measure}; MSER-5 would cut {time}", measure=_inside(by), time=fmt.duration(wanted))


def _auto(found: dict[str, Any]) -> str:
    cut = fmt.duration(found["cut_h"]) if found["cut_h"] > 0 else say("no time||none")
    if not found["found"]:
        return say("not found; the first {time} are left out", time=cut)
    if found["by"] == "supply":
        return say(
            "{time}, chosen from the run: the longest supply time, in whole gauge periods; MSER-5 would cut less", time=cut
        )
    exact = (found["measures"].get(found["by"]) or {}).get("mser5_h") or 0.0
    if exact == 0:
        return say("{time}, chosen from the run: MSER-5 finds nothing to cut", time=cut)
    measure = _inside(found["by"])
    if exact == found["cut_h"]:
        return say("{time}, chosen from the run by MSER-5; last to settle: {measure}", time=cut, measure=measure)
    return say(
        "{time}, chosen from the run by MSER-5; last to settle: {measure} ({exact}, in whole gauge periods)",
        time=cut,
        measure=measure,
        exact=fmt.duration(exact),
    )


def _stated(found: dict[str, Any], short: bool) -> str:
    """What a stated warm-up is worth; one that is shorter than the longest supply time is never called enough."""
    if found["cut_h"] > 0:
        stated = say("{time} as stated", time=fmt.duration(found["cut_h"]))
    else:
        stated = say("none, the start of the run counts")
    if not any(entry["status"] != "too short" for entry in found["measures"].values()):
        return say("{stated}; the run is too short for MSER-5 to judge it", stated=stated)
    wanted = found.get("wanted_h")
    if wanted is None:
        measure = _inside(found["by"])
        return say(
            "{stated}; MSER-5 finds no steady part of {measure}: look at its curve, or run longer", stated=stated, measure=measure
        )
    if wanted == 0:
        if short:
            return say("{stated}; MSER-5 would cut nothing, but the longest supply time is longer", stated=stated)
        if found["cut_h"] > 0:
            return say("{stated}; MSER-5 would cut nothing: enough", stated=stated)
        return say("{stated}; MSER-5 would cut nothing", stated=stated)
    values = {"stated": stated, "time": fmt.duration(wanted), "measure": _inside(found["by"])}
    if wanted > found["cut_h"]:
        return say("{stated}; MSER-5 would cut {time} ({measure}): longer than that", **values)
    if short:
        return say("{stated}; MSER-5 would cut {time} ({measure}), but the longest supply time is longer", **values)
    return say("{stated}; MSER-5 would cut {time} ({measure}): enough", **values)
