"""Which engine runs: compiled parts where the installation built them, the same parts in pure Python otherwise.

`hatch_build.py` compiles the small parts in `_fast.c`, and with mypyc the modules of the model as they are, into
``sim/_compiled/``, with a manifest of the sources they came from. They are used when every one of these sources is
unchanged, so an edited module is never shadowed by its old compiled form. ``SPARESIM_PURE=1`` in the environment chooses
the pure engine, ``SPARESIM_PURE=events`` the compiled model on the pure event list. Results are the same bit for bit.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent / "_compiled"
MANIFEST = "manifest.json"
_WANTED = os.environ.get("SPARESIM_PURE", "0")
PURE_EVENTS = _WANTED == "events"


class CompiledFinder:
    """Finds the compiled form of a module before the import system finds its source."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places  # module -> file in FOLDER

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Spec of a compiled module, None for all others."""
        place = self._places.get(name)
        if place is None:
            return None
        file = str(FOLDER / place)
        spec = ModuleSpec(name, ExtensionFileLoader(name, file), origin=file)
        spec.has_location = True
        return spec


def _read_manifest() -> tuple[dict[str, str], str]:
    """Modules that may be used compiled, and why none where there are none."""
    if _WANTED not in ("", "0", "events"):
        return {}, "SPARESIM_PURE is set"
    try:
        text = (FOLDER / MANIFEST).read_bytes()
    except OSError:
        return {}, "not built; it is on installation where there is a C compiler"
    import json
    from hashlib import sha256

    manifest = json.loads(text)
    if manifest["python"] != sys.implementation.cache_tag:
        return {}, f"built for {manifest['python']}"
    root = Path(__file__).parent
    for source, digest in manifest["sources"].items():
        try:
            content = (root / source).read_bytes()
        except OSError:
            content = b""
        if sha256(content).hexdigest() != digest:
            return {}, f"sim/{source} has changed since it was compiled; install again"
    return manifest["modules"], ""


def _install() -> tuple[dict[str, str], str, Any]:
    places, why = _read_manifest()
    if not places:
        return places, why, None
    sys.meta_path.insert(0, CompiledFinder(places))
    try:
        from sim import _fast
    except ImportError as fault:
        sys.meta_path.pop(0)
        return {}, f"does not load: {fault}", None
    return places, "", _fast


_places, _why, fast = _install()


def describe_engine() -> str:
    """One line for people: which engine runs, and why."""
    if fast is None:
        return f"pure Python ({_why})"
    model = sum(name.startswith("sim.model.") for name in _places)
    parts = "rows and draws" if PURE_EVENTS else "event list, rows and draws"
    return f"compiled: {parts} in C, {model} modules of the model"


def is_compiled() -> bool:
    """Whether the compiled engine is used."""
    return fast is not None
