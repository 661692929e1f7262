"""From a file or the name of a shipped scenario to the plan, with every fault found in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim import cautions
from sim.collector import collector_paused
from sim.errors import Fault, ScenarioError, in_order
from sim.scenario.check import check_structure
from sim.scenario.check_batches import check_batches
from sim.scenario.column_tables import expand_columns
from sim.scenario.compile_plan import compile_plan
from sim.scenario.compile_replay import COLUMNS, ReplayTable
from sim.scenario.document import Document
from sim.scenario.findings import Findings
from sim.scenario.goals import check_targets
from sim.scenario.load_warnings import add_warnings
from sim.scenario.overlay import apply_sets, resolve
from sim.scenario.places import Keys
from sim.scenario.plan import Plan
from sim.scenario.references import check_references
from sim.scenario.replication import with_uncertain
from sim.scenario.saved_stock import SavedFile, read_saved
from sim.scenario.schema.quantities import CURRENCY, DEFAULT_CURRENCY
from sim.scenario.schema.scenario import ScenarioSpec
from sim.scenario.schema_faults import add_schema_faults, places_of
from sim.scenario.tables import read_table
from sim.scenario.uncertain import stands_for, take_uncertain

Find = Callable[[str], Path | None]


def load_document_of(path_or_name: str | Path, sets: Iterable[str] = (), find: Find | None = None) -> Document:
    """The scenario with all that it extends, changes and tables filled in; faults are in the document.

    Parameters
    ----------
    path_or_name
        A file, or the name of a shipped scenario or network.
    sets
        Changes of the command line, `address=value`.
    find
        Finds shipped files by name; by default `sim.resources.find_shipped`.
    """
    from sim.resources import find_shipped

    document = resolve(path_or_name, find or find_shipped)
    if document.data:
        apply_sets(document, sets)
        expand_columns(document)
    return document


def load_plan(path_or_name: str | Path, sets: Iterable[str] = (), find: Find | None = None) -> Plan:
    """The plan of a scenario.

    Parameters
    ----------
    path_or_name, sets, find
        As for `load_document_of`.

    Raises
    ------
    ScenarioError
        With every fault of the scenario, sorted by place.
    """
    with collector_paused():
        document = load_document_of(path_or_name, sets, find)
        return plan_of(document, name_of(path_or_name))


def name_of(path_or_name: str | Path) -> str:
    """Name of a scenario: its file name without folders and ending."""
    path = Path(path_or_name)
    return path.stem if path.suffix in (".yaml", ".yml") else path.name


def plan_of(document: Document, name: str) -> Plan:
    """The plan of a document; raises `ScenarioError` with every fault."""
    if not document.data:
        _raise_if_any(document.faults or [Fault("E013", document.mark(()), "", "the scenario is empty")])
    findings = Findings()
    data, inputs = take_uncertain(document.data, findings, fractions_in)
    taken = list(findings.faults)
    replay = _replay_rows(document)
    saved = read_saved(document)
    plan = compiled_plan(data, name, findings, replay, saved)
    findings.faults = taken + [f for f in findings.faults[len(taken) :] if not any(stands_for(f.path, t.path) for t in taken)]
    if plan is not None and not findings.faults and not document.faults:
        check_batches(plan, findings)
        check_targets(data, findings)
        add_warnings(plan, findings)
        _warn_of_blocks(plan, bool(inputs), findings)
        plan = replace(plan, warnings=tuple(findings.warnings))
        if inputs:
            plan = with_uncertain(
                plan, data, inputs, lambda other, found: compiled_plan(other, name, found, replay, saved), findings
            )
        if not findings.faults:
            return plan
    raise ScenarioError(in_order([*document.faults, *findings.placed(document)]))


def compiled_plan(
    data: dict[str, Any],
    name: str,
    findings: Findings,
    replay: ReplayTable | None = None,
    saved: SavedFile | None = None,
) -> Plan | None:
    """The plan of a resolved document; None, or not to be used, if `findings` has faults then."""
    spec = _validated(data, findings)
    check_references(data, findings)
    sound = spec is not None and not findings.faults
    if spec is None or not sound or not check_structure(spec, findings):
        return None
    return compile_plan(spec, name, findings, replay, saved).plan


def _warn_of_blocks(plan: Plan, is_uncertain: bool, findings: Findings) -> None:
    sampling, count = plan.run.sampling, plan.run.replications
    if sampling.draws_per_input > 1 and not is_uncertain:
        findings.warn(cautions.NO_UNCERTAIN)
    block = 2 if sampling.antithetic else sampling.draws_per_input if is_uncertain else 1
    if count % block:
        findings.warn(cautions.NO_WHOLE_BLOCKS.format(n=count, block=block))


def fractions_in(data: dict[str, Any]) -> set[Keys]:
    """The paths at which a document has a fraction where only a whole number is allowed."""
    try:
        ScenarioSpec.model_validate(data, context={"currency": data.get("currency") or DEFAULT_CURRENCY})
    except ValidationError as error:
        return places_of(error, data, ("int_from_float", "int_type", "int_parsing"))
    return set()


def _raise_if_any(faults: list[Fault]) -> None:
    if faults:
        raise ScenarioError(in_order(faults))


def _validated(data: dict[str, Any], findings: Findings) -> ScenarioSpec | None:
    currency = data.get("currency")
    is_sound = currency is None or (isinstance(currency, str) and CURRENCY.fullmatch(currency) is not None)
    context = {"currency": (currency or DEFAULT_CURRENCY) if is_sound else ""}
    try:
        return ScenarioSpec.model_validate(data, context=context)
    except ValidationError as error:
        add_schema_faults(error, data, findings)
        return None


def _replay_rows(document: Document) -> ReplayTable | None:
    """Columns of the recorded cases; faults go to the document."""
    replay = document.data.get("replay")
    name = replay.get("from") if isinstance(replay, dict) else None
    if not isinstance(name, str):
        return None
    at = ("replay", "from")
    table = read_table(document, at, name, ("at_h",))
    if table is None:
        return None
    if "source" not in table.columns and "need" not in table.columns:
        document.fault("E303", at, f"table '{name}' has neither a column `source` nor `need`")
        return None
    return ReplayTable({column: table.column(column) for column in table.columns if column in COLUMNS}, table.mark)


def load_scenario(
    path_or_name: str | Path, sets: Iterable[str] = (), find: Find | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The scenario as one mapping without `extends` and changes, and where each of its values was written.

    Returns
    -------
    tuple
        The mapping, and 'file:line' by dotted path of every value that is not a mapping.

    Raises
    ------
    ScenarioError
        If a file cannot be read or a change does not fit; the schema is not checked here.
    """
    from sim.scenario.places import dotted

    document = load_document_of(path_or_name, sets, find)
    _raise_if_any(document.faults)
    origins: dict[str, str] = {}

    def visit(value: Any, keys: Keys) -> None:
        if isinstance(value, dict) and value:
            for key, below in value.items():
                visit(below, (*keys, key))
        else:
            mark = document.mark(keys)
            origins[dotted(keys)] = f"{mark.file}:{mark.line}" if mark.line else mark.file

    visit(document.data, ())
    return document.data, origins
