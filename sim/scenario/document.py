"""Safe reading of one YAML file into plain values, with the place of every value and all faults found in one pass.

Scalars follow the YAML 1.2 core schema: only `true` and `false` are booleans, only `null`, `~` and nothing are empty, `10:30`,
dates, `yes`, `no`, `on` and `off` stay text, `010` is ten. Limits on size, depth, nodes and aliases are checked on the stream of
parse events, before anything is built; this is the only module that knows the YAML library.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sim.errors import Fault, Mark, did_you_mean
from sim.scenario.files import decode, nearby_file
from sim.scenario.places import Key, Keys, Place, Source, dotted, shown_path
from sim.scenario.scalars import ScalarError, resolve_scalar, resolve_tagged
from sim.scenario.syntax import explain, shows_begin

MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MAX_NODES = 500_000
MAX_ALIASES = 200

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG_PREFIX = "tag:yaml.org,2002:"


@dataclass
class Document:
    """What one file says (or a file and those it extends): plain values, their places, and what is wrong.

    Attributes
    ----------
    data
        Mappings, lists, text, numbers, booleans and None; {} if the file is unusable.
    root
        Places of the values.
    faults
        All faults found, in the order of discovery.
    files
        Every file that was read for it, this one first.
    """

    data: dict[str, Any]
    root: Place
    faults: list[Fault] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @property
    def path(self) -> Path | None:
        """The file; None for text that is in no file."""
        return self.root.source.path

    @property
    def shown(self) -> str:
        """The file as messages name it."""
        return self.root.source.shown

    def mark(self, path: Keys, key: bool = False) -> Mark:
        """Where a value (or its key) stands; for a path that does not exist the nearest ancestor's."""
        place, exact = self.root.find(path)
        return place.mark(key or not exact)

    def folder(self, path: Keys) -> Path:
        """The folder of the file that a value was written in: what file names in it are relative to."""
        return self.root.find(path)[0].source.folder

    def fault(self, code: str, path: Keys, message: str, suggestion: str = "", key: bool = False) -> None:
        """Note that the value (or the key) at a path is wrong."""
        self.faults.append(Fault(code, self.mark(path, key), dotted(path), message, suggestion))


def load_document(path: Path, shown: str | None = None) -> Document:
    """Read a YAML file. Never raises for what is in the file: see `Document.faults`.

    Parameters
    ----------
    path
        The file.
    shown
        Its name in messages; by default as given, relative to the working directory where that is shorter.
    """
    source = Source(shown or shown_path(path), path=path)
    document = Document({}, Place(source), files=[path])
    text = _read(path, document)
    if text is not None:
        source.text = text
        _Builder(document, source).build()
    return document


def load_text(text: str, shown: str) -> Document:
    """Read YAML text that is in no file, such as a value on the command line; `data` is {'': value} for any kind of value."""
    source = Source(shown, text)
    document = Document({}, Place(source))
    _, fault = decode(text.encode("utf-8", "surrogatepass"), shown, "E003")
    if fault:
        document.faults.append(fault)
    else:
        _Builder(document, source, any_top=True).build()
    return document


def _read(path: Path, document: Document) -> str | None:
    """The text of the file, or None with a fault."""
    try:
        if not path.is_file():
            if path.is_dir():
                document.fault("E001", (), "is a folder, not a file")
            elif path.exists():
                document.fault("E001", (), "is not a regular file")
            else:
                document.fault("E001", (), "file not found", nearby_file(path, (".yaml", ".yml")))
            return None
        if path.stat().st_size > MAX_BYTES:
            hint = "keep large tables in CSV files and refer to them with {from: file.csv}"
            document.fault("E002", (), f"is larger than {MAX_BYTES // 1_000_000} MB", hint)
            return None
        raw = path.read_bytes()
    except OSError as error:
        document.fault("E001", (), f"cannot be read: {error.strerror or error}")
        return None
    text, fault = decode(raw, document.shown, "E003")
    if fault:
        document.faults.append(fault)
    return text


class _UnusableError(Exception):
    """Reading cannot go on; the fault is noted already."""


@dataclass(slots=True)
class _Open:
    """A collection that is being built."""

    value: Any  # dict or list
    place: Place
    anchor: str | None
    nodes_before: int
    height: int = 1
    key: str = ""  # of a mapping: the key whose value comes next
    key_mark: Any = None
    at_key: bool = True  # of a mapping: a key comes next
    skip: bool = False  # the value that comes next belongs to a faulty key: it is read and thrown away


class _Builder:
    """Builds values and places from the event stream of one text."""

    def __init__(self, document: Document, source: Source, any_top: bool = False) -> None:
        self.document = document
        self.source = source
        self.any_top = any_top
        self.nodes = 0
        self.aliases = 0
        self.anchors: dict[str, tuple[Any, Place, int, int]] = {}  # value, place, nodes, height
        self.stack: list[_Open] = []
        self.top: list[tuple[Any, Place]] = []

    def build(self) -> None:
        """Fill the document; every fault found is noted there."""
        begun = False
        try:
            for event in self._events():
                if isinstance(event, yaml.ScalarEvent):
                    self._on_scalar(event)
                elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                    self._on_start(event)
                elif isinstance(event, yaml.CollectionEndEvent):
                    self._on_end()
                elif isinstance(event, yaml.AliasEvent):
                    self._on_alias(event)
                elif isinstance(event, yaml.DocumentStartEvent):
                    if begun:
                        self._note("E012", event.start_mark, "a second document begins here", "keep one scenario in a file")
                        break
                    begun = True
        except _UnusableError:
            return
        self._finish()

    def _finish(self) -> None:
        value, place = self.top[0] if self.top else (None, self.document.root)
        if self.any_top:
            self.document.data = {"": value}
            self.document.root.put("", place)
        elif isinstance(value, dict):
            self.document.data = value
            self.document.root = place
        elif value is None:
            self.document.fault("E013", (), "the file is empty", "a scenario needs at least a title, or extends: another.yaml")
        else:
            kind = "a list" if isinstance(value, list) else "a single value"
            self.document.faults.append(
                Fault("E014", place.mark(), "", f"the file is {kind}, not sections with keys", "write 'key: value'")
            )

    def _events(self) -> Iterator[Any]:
        try:
            yield from yaml.parse(self.source.text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            self._note_syntax(error)
            raise _UnusableError from None

    def _on_scalar(self, event: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.at_key and type(frame.value) is dict:
            self._on_key(frame, event)
            return
        mark = event.start_mark
        place = Place(self.source, mark.line + 1, mark.column + 1)
        value = self._scalar(event)
        self._count(1, mark)
        if event.anchor:
            self.anchors[event.anchor] = (value, place, 1, 0)
        self._attach(value, place)

    def _scalar(self, event: Any) -> Any:
        try:
            if event.tag is None:
                return resolve_scalar(event.value) if event.implicit[0] else event.value
            if event.tag == "!":
                return event.value
            return resolve_tagged(event.tag.removeprefix(_TAG_PREFIX), event.value)
        except ScalarError as error:
            self._note("E015", event.start_mark, str(error))
        except KeyError:
            self._note_tag(event)
        return event.value

    def _on_key(self, frame: _Open, event: Any) -> None:
        frame.at_key = False
        frame.key_mark = event.start_mark
        frame.key = event.value
        if event.tag is None and event.implicit[0] and event.value == "<<":
            hint = "repeat the keys, or extend another file with 'extends: other.yaml'"
            self._note("E011", event.start_mark, "merge keys are not supported", hint)
            frame.skip = True
        elif not isinstance(self._scalar(event), str):
            hint = f"write '{event.value}' in quotes" if event.value else "write a name before the ':'"
            self._note("E007", event.start_mark, "a key must be text", hint)
            frame.skip = True
        elif event.implicit[0] and ":" in event.value and self._text_after(event)[:1] in (",", "}"):
            hint = f"write '{event.value.replace(':', ': ', 1)}'"
            self._note("E004", event.start_mark, "no space after ':'", hint)
            frame.skip = True
        elif event.value in frame.value:
            first = frame.place.kids[event.value].key_line if frame.place.kids else 0
            self._note("E006", event.start_mark, f"duplicate key, first given in line {first}", "remove one of the two")
            frame.skip = True
        if event.anchor:
            self.anchors[event.anchor] = (event.value, frame.place, 1, 0)

    def _text_after(self, event: Any) -> str:
        end = event.end_mark
        return self.source.lines[end.line][end.column :].lstrip() if end.line < len(self.source.lines) else ""

    def _on_start(self, event: Any) -> None:
        mark = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            self._too_deep(mark)
        self._count(1, mark)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.tag not in (None, "!", _TAG_PREFIX + ("map" if type(value) is dict else "seq")):
            self._note_tag(event)
        place = Place(self.source, mark.line + 1, mark.column + 1)
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.at_key and type(frame.value) is dict:
            self._note("E007", mark, "a key must be text, not a mapping or list", "put text with brackets in quotes")
            frame.key, frame.key_mark = "?", mark
        else:
            self._attach(value, place, ends=False)
        self.stack.append(_Open(value, place, event.anchor, self.nodes))

    def _on_end(self) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.value, done.place, self.nodes - done.nodes_before + 1, done.height)
        if self.stack:
            frame = self.stack[-1]
            frame.height = max(frame.height, done.height + 1)
            if type(frame.value) is dict:
                # What ends is either a value, or a collection in the place of a key: then a value to skip follows.
                frame.at_key, frame.skip = not frame.at_key, frame.at_key

    def _on_alias(self, event: Any) -> None:
        mark = event.start_mark
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self._note("E009", mark, f"more than {MAX_ALIASES} aliases", "give common values once, with 'defaults' or 'extends'")
            raise _UnusableError
        value, place = None, Place(self.source, mark.line + 1, mark.column + 1)
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.at_key and type(frame.value) is dict:
            self._note("E007", mark, "a key must be text, not an alias", "write the name itself")
            frame.at_key, frame.skip, frame.key, frame.key_mark = False, True, "?", mark
            return
        if event.anchor in self.anchors:
            value, origin, size, height = self.anchors[event.anchor]
            if len(self.stack) + height > MAX_DEPTH:
                self._too_deep(mark)
            self._count(size, mark)
            value = plain_copy(value)
            place.kids = dict(origin.kids) if origin.kids and isinstance(value, (dict, list)) else None
            if frame is not None:
                frame.height = max(frame.height, height + 1)
        else:
            within = any(f.anchor == event.anchor for f in self.stack)
            message = f"alias '*{event.anchor}' {'contains itself' if within else 'has no anchor before it'}"
            hint = did_you_mean(event.anchor, self.anchors) or "put text that begins with '*' in quotes"
            self._note("E009", mark, message, "" if within else hint)
        self._attach(value, place)

    def _attach(self, value: Any, place: Place, ends: bool = True) -> None:
        """Put a value where it belongs; `ends` is False for a collection whose members are still to come."""
        if not self.stack:
            self.top.append((value, place))
            return
        frame = self.stack[-1]
        if type(frame.value) is list:
            frame.place.put(len(frame.value), place)
            frame.value.append(value)
            return
        if not frame.skip:
            place.key_line = frame.key_mark.line + 1
            place.key_column = frame.key_mark.column + 1
            frame.value[frame.key] = value
            frame.place.put(frame.key, place)
        if ends:
            frame.at_key, frame.skip = True, False

    def _count(self, nodes: int, mark: Any) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            hint = "keep large tables in CSV files and refer to them with {from: file.csv}"
            self._note("E009", mark, f"more than {MAX_NODES} values, aliases expanded", hint)
            raise _UnusableError

    def _path(self) -> Keys:
        """The path of what is being read."""
        keys: list[Key] = []
        for frame in self.stack:
            if type(frame.value) is list:
                # A collection is attached before its members come, so within a list it is counted already.
                keys.append(len(frame.value) - (frame is not self.stack[-1]))
            elif not frame.at_key:
                keys.append(frame.key)
        return tuple(keys)

    def _note(self, code: str, mark: Any, message: str, suggestion: str = "") -> None:
        place = self.source.mark(mark.line + 1, mark.column + 1)
        self.document.faults.append(Fault(code, place, dotted(self._path()), message, suggestion))

    def _too_deep(self, mark: Any) -> None:
        place = self.source.mark(mark.line + 1, mark.column + 1)
        top = dotted(self._path()[:1])
        self.document.faults.append(Fault("E010", place, top, f"nested deeper than {MAX_DEPTH} levels"))
        raise _UnusableError

    def _note_tag(self, event: Any) -> None:
        tag = event.tag.replace(_TAG_PREFIX, "!!")
        self._note("E008", event.start_mark, f"unknown tag '{tag}'", "remove it, or put text that begins with '!' in quotes")

    def _note_syntax(self, error: yaml.MarkedYAMLError) -> None:
        problem = str(error.problem)
        begin = error.context_mark or error.problem_mark
        at = begin if shows_begin(problem) else error.problem_mark
        line, column = (at.line, at.column) if at else (0, 0)
        code, message, hint = explain(problem, self.source.lines, line, column, begin.line if begin else line)
        self.document.faults.append(Fault(code, self.source.mark(line + 1, column + 1), "", message, hint))


def plain_copy(value: Any) -> Any:
    """A copy of plain data that shares no mapping or list with it."""
    if type(value) is dict:
        return {k: plain_copy(v) for k, v in value.items()}
    return [plain_copy(v) for v in value] if type(value) is list else value
