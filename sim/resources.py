"""Finds shipped scenarios and networks by name: in the installed package, else in the folders of a checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

KINDS = ("scenarios", "network")
_PACKAGE = Path(__file__).resolve().parent


def shipped_folder(kind: str) -> Path | None:
    """The folder with the shipped files of a kind ('scenarios' or 'network'), None if there is none."""
    for folder in (_PACKAGE / "_data" / kind, _PACKAGE.parent / kind):
        if folder.is_dir():
            return folder
    return None


def find_shipped(name: str) -> Path | None:
    """File of a shipped scenario or network.

    Parameters
    ----------
    name
        'hp-china-2017' or 'hp-china-2017.yaml'; with a folder where names repeat: 'network/hp-china-2017'. A network may be a
        folder of its own with a file of the same name or ``network.yaml`` in it.

    Returns
    -------
    Path or None
        None if nothing of this name is shipped. Scenarios go before networks.
    """
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        return None
    kinds: tuple[str, ...] = KINDS
    if parts[0] in KINDS and len(parts) > 1:
        kinds, parts = (parts[0],), parts[1:]
    for kind in kinds:
        folder = shipped_folder(kind)
        found = _within(folder, Path(*parts)) if folder else None
        if found:
            return found
    return None


def _within(folder: Path, name: Path) -> Path | None:
    stem = name.with_suffix("") if name.suffix in (".yaml", ".yml") else name
    for candidate in (
        folder / name,
        folder / f"{stem}.yaml",
        folder / stem / f"{stem.name}.yaml",
        folder / stem / "network.yaml",
    ):
        if candidate.is_file():
            return candidate
    return None


def near_shipped(name: str) -> str:
    """`did you mean ...?` for the name of something shipped that is like a name that is not; '' if nothing is."""
    from sim.errors import did_you_mean

    if Path(name).parent != Path():
        return ""
    return did_you_mean(Path(name).stem, dict.fromkeys(known for kind in KINDS for known, _ in shipped(kind)), nearness=0.75)


def shipped(kind: str = "scenarios") -> Iterator[tuple[str, Path]]:
    """(name, file) of everything shipped of a kind, by name."""
    folder = shipped_folder(kind)
    if folder is None:
        return
    for path in sorted(folder.rglob("*.yaml")):
        relative = path.relative_to(folder).with_suffix("")
        is_main = path.stem in ("network", path.parent.name) and path.parent != folder
        yield (relative.parent if is_main else relative).as_posix(), path
