"""Other forms of a stored result: PDF, PowerPoint, pictures, CSV, Markdown; each written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.errors import UsageError, did_you_mean
from sim.language import say
from sim.report.stored import Stored
from sim.store import write_output

PICTURES = ("svg", "png")
WIDTH, MOST_PX, MOST_SCALE = 900, 10_000, 8.0


def write_pdf(stored: Stored, out: Path | None = None) -> Path:
    """The page on A4, at most eight sheets."""
    from sim.report.chromium import page_pdf
    from sim.report.render import html_of

    return write_output(out or stored.folder / "report.pdf", page_pdf(html_of(stored.page)))


def write_slides(stored: Stored, out: Path | None = None) -> Path:
    """The page as PowerPoint slides.

    Raises
    ------
    UsageError
        If python-pptx is not installed.
    """
    try:
        from sim.report.slides import slides_of
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("pptx", "lxml", "xlsxwriter"):
            raise
        raise UsageError(say("PowerPoint files need python-pptx: pip install 'sparesim[export]'")) from None
    return write_output(out or stored.folder / "report.pptx", slides_of(stored.page))


def write_markdown(stored: Stored, out: Path | None = None) -> Path:
    """The page as Markdown for a merge request."""
    from sim.report.markdown import markdown_of

    return write_output(out or stored.folder / "report.md", markdown_of(stored).encode())


def write_picture(
    stored: Stored,
    name: str,
    out: Path | None = None,
    *,
    kind: str | None = None,
    width: int | None = None,
    height: int | None = None,
    scale: float | None = None,
) -> Path:
    """One figure with its title and legend drawn in.

    Parameters
    ----------
    stored, name
        Where it is from, and its name.
    out
        File; NAME.svg or NAME.png in the working folder by default.
    kind
        'svg' or 'png'; by default as the file ends, else 'svg'.
    width, height
        In CSS pixels; 900 and the figure's own by default.
    scale
        Pixels of a PNG for one CSS pixel, 2 by default.
    """
    from sim.report.chromium import pictures

    kind = kind or (out.suffix[1:].lower() if out is not None and out.suffix else "svg")
    if kind not in PICTURES:
        raise UsageError(say("a picture is svg or png, not '{kind}'", kind=kind))
    for value, word in ((width, "--width"), (height, "--height")):
        if value is not None and not 100 <= value <= MOST_PX:
            raise UsageError(say("{option} must be 100 to {most} pixels, not {value}", option=word, most=MOST_PX, value=value))
    if scale is not None and not 0.1 <= scale <= MOST_SCALE:
        raise UsageError(say("--scale must be 0.1 to {most}, not {value}", most=f"{MOST_SCALE:g}", value=f"{scale:g}"))
    figure = figure_named(stored, name, width or WIDTH)
    (drawn,) = pictures([figure], kind, width or WIDTH, height, (scale or 2.0) if kind == "png" else 1.0)
    return write_output(out or Path(f"{name}.{kind}"), drawn)


def figure_named(stored: Stored, name: str, width_px: int = WIDTH) -> Any:
    """A figure as a Plotly figure that stands alone.

    Raises
    ------
    UsageError
        If there is none of that name; with the nearest.
    """
    from sim.report.figures_notebook import standing_alone

    known = stored.figures
    if name not in known:
        hint = did_you_mean(name, known) or say("there are {names}", names=", ".join(known) or say("none"))
        raise UsageError(say("{folder} has no figure '{name}'; {hint}", folder=stored.folder, name=name, hint=hint))
    return standing_alone(known[name], width_px)
