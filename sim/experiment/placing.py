"""Folders of replications appear whole and durably, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_ASIDE = ".old"
_SYNCS = 8  # at once


@contextmanager
def work_folder(place: Path) -> Iterator[Path]:
    """A temporary folder beside a replication's place, marked with this process; it is removed if the block fails."""
    work = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.{os.getpid()}."))
    try:
        yield work
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def put_in_place(work: Path, place: Path) -> None:
    """Make a whole work folder the replication, at one instant and durably.

    What stands there, of other code or with fewer tables, is first put aside by a rename, so that no half of it is ever seen.
    """
    _sync_all([work, *work.rglob("*")])  # at once, which the system writes as one
    work.chmod(0o755)
    aside = place.with_name(f"{work.name}{_ASIDE}")
    if place.exists():
        place.rename(aside)
    work.rename(place)
    sync_folder(place.parent)
    shutil.rmtree(aside, ignore_errors=True)


def clear_leftovers(folder: Path) -> None:
    """Remove temporary folders of processes that are gone."""
    for path in (folder / "replications").glob(".*.*"):
        fields = path.name.split(".")
        if len(fields) > 3 and fields[2].isdigit() and not is_alive(int(fields[2])):
            place = path.with_name(fields[1])
            if path.suffix == _ASIDE and not place.exists():  # killed between two renames
                path.rename(place)
                continue
            shutil.rmtree(path, ignore_errors=True)


def is_alive(process: int) -> bool:
    """Whether a process of this number runs, zombies left out."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a killed process whose parent has not asked for its end still has a number
        return ") Z" not in Path(f"/proc/{process}/stat").read_text(errors="replace")
    except OSError:
        return True


class GroupSync:
    """Makes small files durable in the background, many at once, so that nobody waits for the disk. Use it as a context manager.

    A process that is killed loses nothing: what is written is with the system. A machine that fails may lose the last files.
    """

    def __init__(self) -> None:
        self._waiting: list[Path] = []
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sync")
        self._running: Future[None] | None = None

    def __enter__(self) -> GroupSync:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._settle()
        except OSError:
            if kind is None:
                raise
        finally:
            self._pool.shutdown()

    def add(self, path: Path) -> None:
        """One more file; raises OSError if one of those before could not be written."""
        self._waiting.append(path)
        if self._running is None or self._running.done():
            self._hand_out()

    def _hand_out(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.result()
        paths, self._waiting = self._waiting, []
        if paths:
            self._running = self._pool.submit(_sync_all, [*paths, *dict.fromkeys(path.parent for path in paths)])

    def _settle(self) -> None:
        while self._running is not None or self._waiting:
            self._hand_out()


def _sync_all(paths: Sequence[Path]) -> None:
    list(_syncers().map(_sync, paths))


def link(path: Path, to: Path) -> None:
    """The same file under another name; a copy where the file system has no links."""
    try:
        os.link(path, to)
    except OSError:
        shutil.copyfile(path, to)


@cache
def _syncers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SYNCS, thread_name_prefix="sync")


def _sync(path: Path) -> None:
    if path.is_dir():
        sync_folder(path)
        return
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
