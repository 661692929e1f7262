"""What the page of a sweep says: templates that its script fills with the values of the chosen plan."""

from __future__ import annotations

from typing import Any

from sim.language import say


def page_texts() -> dict[str, Any]:
    """All texts of the script by name; braces stand for values."""
    return _pieces() | _sentences() | _table() | _charts() | _answers()


def _pieces() -> dict[str, str]:
    return {
        "list": say("sweep||{first}, {second}"),
        "setting": say("{factor} = {value}"),
        "span": say("sweep||{low} to {high}"),
        "with_unit": say("sweep||{measure}, {unit}"),
        "as_it_is": say("the scenario as it is"),
        "pinned": say("the pinned plan"),
        "this_plan": say("this plan"),
        "interpolated_mark": say("interpolated, not simulated"),
        "interpolated_short": say("sweep||interpolated"),
        "simulated": say("sweep||simulated"),
        "met": say("met"),
        "not_shown": say("not shown"),
        "missed": say("missed"),
        "show": say("sweep||show"),
        "show_plan": say("Show {plan}"),
        "pin": say("Pin this plan to compare with"),
        "unpin": say("Remove the pin"),
    }


def _sentences() -> dict[str, Any]:
    return {
        "own": {
            "meets_all": say("The scenario as it is is shown to meet all {n} targets"),
            "meets_one": say("The scenario as it is is shown to meet its target"),
            "open": say("The scenario as it is is not shown to meet {n} of {total} targets: {measures}"),
            "misses_one": say("The scenario as it is misses the target of {measure}: {value} against {target}"),
            "misses_many": say("The scenario as it is misses {n} of {total} targets: {measures}"),
            "is_value": say("In the scenario as it is {measure} is {value}"),
        },
        "other": {
            "meets_all": say("This plan is shown to meet all {n} targets"),
            "meets_one": say("This plan is shown to meet its target"),
            "open": say("This plan is not shown to meet {n} of {total} targets: {measures}"),
            "misses_one": say("This plan misses the target of {measure}: {value} against {target}"),
            "misses_many": say("This plan misses {n} of {total} targets: {measures}"),
            "is_value": say("With this plan {measure} is {value}"),
        },
        "interpolated": say("With this plan {measure} would be about {value} (interpolated, not simulated)"),
        "not_simulated": say("This plan was not simulated"),
        "says": say("{measure} is {value}."),
        "says_interval": say("{measure} is {value} ({confidence} CI {interval})."),
        "apart": say("That is {difference} against {other}, without an interval."),
        "apart_shown": say("That is {difference} against {other} (paired CI {interval})."),
        "apart_open": say("No difference to {other} is shown (paired CI {interval})."),
        "growing": say("The backlog of open orders grows at this plan, so nothing is shown to be met."),
        "nothing_shown": say("Simulate this plan before you act on it: nothing about it is shown."),
    }


def _table() -> dict[str, str]:
    return {
        "measure": say("Measure"),
        "value": say("sweep||Value"),
        "value_interpolated": say("Value (interpolated)"),
        "ci": say("{confidence} CI"),
        "against": say("Against {other}"),
        "ci_paired": say("{confidence} CI (paired)"),
        "target": say("Target"),
        "verdict": say("Verdict"),
        "nearest": say("Nearest simulated plans"),
        "plan_value": say("{plan}: {measure} {value}"),
        "plan": say("sweep||Plan"),
        "targets": say("Targets"),
        "stage": say("sweep||Stage"),
        "cheapest_plan": say("Cheapest plan"),
        "target_of": say("sweep||{measure} {target}"),
        "no_plan": say("no simulated plan is shown to meet it"),
    }


def _charts() -> dict[str, str]:
    return {
        "at_most": say("sweep||limit {value}"),
        "at_least": say("sweep||at least {value}"),
        "all_met": say("all targets met"),
        "some_open": say("not shown to meet all"),
        "some_missed": say("a target missed"),
        "frontier": say("plans that no other beats"),
        "cost_value": say("{measure} {value}, {cost} a year"),
        "cost_sub": say("Each of {n} marks is a simulated plan; choose one by a click"),
        "cost_on": say("No simulated plan is both cheaper and better than this one"),
        "cost_beaten": say("By the means {plan} is at least as cheap and better: {measure} {value} for {cost} a year"),
        "cost_guess": say("This plan was not simulated; its place is interpolated"),
        "cost_alt": say("Cost a year against {measure} for {n} simulated plans. {title}."),
        "effect": say("{factor} from {from} to {to}: {measure} {change}"),
        "effect_open": say("{factor}: no change of {measure} shown from {from} to {to}"),
        "effect_one": say("{factor}: no other value was simulated beside these"),
        "effect_alt": say("{measure} along {factor}, the others as they are set: {values}."),
        "stage_title": say("{stage} takes most: {value} of {total}"),
        "stage_axis": say("Mean {unit} per repair order"),
        "stage_alt": say("Mean time in each step of this plan: {values}."),
    }


def _answers() -> dict[str, str]:
    """Answers to 'which is the cheapest plan that meets the targets?'."""
    return {
        "cheapest_shown": say("The cheapest of {n} simulated plans that are shown to meet all targets: {plan}, {cost} a year."),
        "cheapest_only": say("The only simulated plan that is shown to meet all targets: {plan}, {cost} a year."),
        "cheapest_open": say(
            "Not shown: no simulated plan is shown to meet all targets. This is the cheapest that is not shown to miss any: "
            "{plan}, {cost} a year. More replications may tell."
        ),
        "cheapest_none": say(
            "None: every simulated plan misses a target. This is the cheapest of those that miss fewest, {n}: {plan}, "
            "{cost} a year."
        ),
        "cheapest_none_one": say(
            "None: every simulated plan misses a target. This is the cheapest of those that miss only one: {plan}, {cost} a year."
        ),
    }
