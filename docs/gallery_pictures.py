"""Write docs/gallery.md and draw its pictures (a minute; needs Chromium): again when a figure is new or other."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gallery import HERE, entries_of, make_samples
from PIL import Image

from sim.report.chromium import pictures
from sim.report.figures_notebook import standing_alone
from sim.report.gallery import Entry, gallery_markdown

FOLDER = HERE / "img" / "gallery"
WIDTH, MOST_BYTES = 620, 38_000
_COLOURS = (96, 48, 24, 12)


def draw(entries: Sequence[Entry]) -> dict[str, bytes]:
    """A picture for each entry by its file name, all by one browser."""
    drawn = pictures([standing_alone(entry.panel, WIDTH) for entry in entries], "png", WIDTH)
    return {entry.picture: _small(content) for entry, content in zip(entries, drawn, strict=True)}


def _small(content: bytes) -> bytes:
    """With as few colours as it takes."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    for colours in _COLOURS:
        out = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


def main() -> None:
    """Draw all anew; pictures of figures that are gone are removed."""
    with tempfile.TemporaryDirectory() as folder:
        entries = entries_of(make_samples(Path(folder)))
        found = draw(entries)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        if old.name not in found:
            old.unlink()
    for name, content in found.items():
        (FOLDER / name).write_bytes(content)
    (HERE / "gallery.md").write_text(gallery_markdown(entries), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
