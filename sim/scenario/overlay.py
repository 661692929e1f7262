"""Scenarios that extend others: `extends`, then `change`, `add` and `remove`, and `--set` from the command line.

How a change works on what is extended is said in `sim.scenario.changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from sim.errors import Fault
from sim.scenario.addresses import split_assignment
from sim.scenario.changes import INSTRUCTIONS, Changes, note_misplaced
from sim.scenario.document import Document, load_document, load_text
from sim.scenario.files import nearby_file
from sim.scenario.places import Keys, Place, Source
from sim.scenario.tables import expand_tables

MAX_CHAIN = 10

Find = Callable[[str], Path | None]


def resolve(path_or_name: str | Path, find: Find | None = None) -> Document:
    """Read a scenario and all that it extends into one document.

    Parameters
    ----------
    path_or_name
        A file, or the name of something shipped.
    find
        Turns the name of a shipped network or scenario into its file; returns None or raises LookupError if there is none.

    Returns
    -------
    Document
        Without `extends`, `change`, `add` and `remove`; `faults` has those of every file. `data` is {} if a file is unusable.
    """
    given = Path(path_or_name)
    path = _existing(given) or _shipped(str(path_or_name), find)
    if path is None:
        return _not_found(given)
    return _resolve(path, (), find)


def _not_found(given: Path) -> Document:
    """The fault of a file that is not there, with a near name that is shipped where no near file is."""
    from sim.resources import near_shipped

    document = load_document(given)
    if not given.is_dir():
        document.faults = [replace(f, suggestion=f.suggestion or near_shipped(str(given))) for f in document.faults]
    return document


def _resolve(path: Path, chain: tuple[Path, ...], find: Find | None) -> Document:
    document = load_document(path)
    expand_tables(document)
    if "extends" not in document.data:
        for key in INSTRUCTIONS[1:]:
            if key in document.data:
                document.fault("E203", (key,), f"'{key}' needs something to extend", "name it with extends: other.yaml", key=True)
                del document.data[key]
        return document
    note_misplaced(document)
    chain = (*chain, path.resolve())
    base_path = _find_base(document, chain, find)
    if base_path is None:
        document.data = {}
        return document
    base = _resolve(base_path, chain, find)
    result = Document(base.data, base.root.copy(), document.faults + base.faults, document.files + base.files)
    result.root.source, result.root.line, result.root.column = document.root.source, 1, 1
    if base.data:
        Changes(result, document).apply()
        expand_tables(result)
    return result


def _near(path: Path, name: str) -> str:
    from sim.resources import near_shipped

    return nearby_file(path, (".yaml", ".yml")) or near_shipped(name)


def _existing(path: Path) -> Path | None:
    """The file, if there is one with this name or this name and `.yaml`."""
    for candidate in (path, path.with_name(path.name + ".yaml") if path.name else path):
        if candidate.exists() and not candidate.is_dir():
            return candidate
    return None


def _shipped(name: str, find: Find | None) -> Path | None:
    try:
        return find(name) if find else None
    except (LookupError, OSError):
        return None


def _find_base(document: Document, chain: tuple[Path, ...], find: Find | None) -> Path | None:
    """The file that `extends` names, or None with a fault."""
    name = document.data["extends"]
    at: Keys = ("extends",)
    if not isinstance(name, str) or not name:
        document.fault("E201", at, "should be one file, or one name of a shipped network or scenario")
        return None
    path = _existing(document.folder(at) / name) or _shipped(name, find)
    if path is None:
        document.fault("E201", at, f"'{name}' not found", _near(document.folder(at) / name, name))
        return None
    if path.resolve() in chain:
        circle = (*chain[chain.index(path.resolve()) :], path)
        document.fault("E202", at, f"extends goes in a circle: {' -> '.join(p.name for p in circle)}")
        return None
    if len(chain) > MAX_CHAIN:
        document.fault("E202", at, f"more than {MAX_CHAIN} files extend each other in a row")
        return None
    return path


def apply_sets(document: Document, sets: Iterable[str]) -> Document:
    """Apply `address=value` texts of the command line, one after the other, in place.

    The value is YAML (`30 days`, `[1, 2]`, `{scale: 1.1}`). All of the address but its last key must exist: fields that a file
    does not mention can be set, and the schema finds typos in them. Faults are marked `--set`.

    Returns
    -------
    Document
        The same document.
    """
    for text in sets:
        source = Source("--set")
        assignment = split_assignment(text)
        if assignment is None or not assignment[0]:
            hint = "write for example --set 'run.length=30 days'"
            document.faults.append(Fault("E210", source.mark(0, 0), "", f"'{text}' is not address=value", hint))
            continue
        address, value_text = assignment
        given = load_text(value_text, "--set")
        if given.faults or given.data.get("") is None:
            reason = given.faults[0].message if given.faults else "no value"
            document.faults.append(Fault("E210", source.mark(0, 0), address, f"{reason} in '{text}'"))
            continue
        if document.data:
            Changes(document, Document({"change": {address: given.data[""]}}, Place(source)), may_create=True).apply()
    expand_tables(document)
    return document
