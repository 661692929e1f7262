"""Turns the content of a page into one self-contained HTML file that makes no network request."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from sim.assets import assets
from sim.language import TAGS, language, say
from sim.report import palette
from sim.report.appendix import PackedTable, Tables, fitting, packed
from sim.report.labels import verdict_text
from sim.report.panel import Grid, Panel, Section
from sim.store import write_bytes, write_output

MOST_BYTES = 5_950_000  # of a page with its library
MOST_SHARED_BYTES = 950_000  # of a page without
RESULTS = ("manifest.json", "comparison.json", "sweep.json", "selection.json")  # any of them makes a folder one of results

_TEMPLATES = Path(__file__).parent / "templates"
_NEUTRAL = {
    palette.INK: "ink",
    palette.MUTED: "muted",
    palette.GRID: "grid",
    palette.SURFACE: "surface",
    palette.BASE: "base",
    palette.QUIET: "quiet",
}


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of the context line or a sentence of the lede."""

    text: str
    strong: bool = False
    warn: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the measure table."""

    text: str
    kind: str = ""  # 'value' for the number that counts; 'met', 'missed' or 'open' where the cell itself is judged
    note: str = ""  # small, below the text


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A row of the measure table; the verdict column is added by the template."""

    label: str
    unit: str
    cells: tuple[Cell, ...]
    verdict: str | None


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """The measure table; `head` names the measure column, the cells and the verdict column."""

    head: tuple[str, ...]
    rows: tuple[MeasureRow, ...]
    caption: str = ""
    judged: bool = True  # False: no target anywhere, the verdict column is absent
    folded: bool = False  # shown when asked for, by its caption
    note: str = ""  # below the table


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of 'How sure are we?'; either a text or a list."""

    name: str
    text: str = ""
    entries: tuple[str, ...] = ()
    code: bool = False


@dataclass(frozen=True, slots=True)
class Appendix:
    """A folded table at the end."""

    heading: str
    summary: str
    grid: Grid


@dataclass(frozen=True, slots=True)
class Link:
    """A page beside this one."""

    text: str
    file: str  # its name, in the same folder


@dataclass(frozen=True)
class Page:
    """All content of a page; every text is plain and gets escaped."""

    title: str
    context: tuple[Words, ...]
    headline: str
    lede: tuple[Words, ...]
    measure_tables: tuple[MeasureTable, ...]
    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]
    appendices: tuple[Appendix, ...]
    footer: str
    sure_panels: tuple[Panel, ...] = ()  # below the facts
    name: str = "report"  # of the results: downloads begin with it
    tables: Tables = Tables()
    links: tuple[Link, ...] = ()  # below the lede


def safe_json(text: str) -> Markup:
    """JSON that cannot end or open a tag, whatever its texts say."""
    table = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
    for character, escape in table.items():
        text = text.replace(character, escape)
    return Markup(text)


def figure_json(panel: Panel) -> Markup:
    """A figure's data and layout; without Plotly's template, whose defaults the layout replaces. NaN becomes null."""
    figure = panel.figure.to_plotly_json()
    layout = {key: value for key, value in figure["layout"].items() if key != "template"}
    return data_json({"data": figure["data"], "layout": layout})


def data_json(content: object) -> Markup:
    """Any content as JSON inside a page; NaN becomes null."""
    return safe_json(json.dumps(_finite(content), separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        number = float(value)
        if not abs(number) < float("inf"):
            return None
        return number if number.is_integer() else float(f"{number:.7g}")  # more digits than any screen has pixels
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return _finite(value.tolist())
    raise TypeError(f"cannot write {type(value).__name__} into a figure")


def hash_source(text: str) -> str:
    """A Content-Security-Policy source for an inline script."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def plotly_source() -> str:
    """The plotly.js library, safe inside a script element and with plain newlines (the browser hashes it so)."""
    from plotly.offline import get_plotlyjs

    source = str(get_plotlyjs()).replace("\r\n", "\n").replace("\r", "\n")
    return source.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )


def _css_rgb(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def html_of(page: Page, library: str = "") -> str:
    """The page as HTML text; equal content gives equal text.

    Parameters
    ----------
    page
        What it shows.
    library
        Link to the drawing library; inside the page if empty. Tables that would make the page too large are left out.
    """
    tables = tuple(PackedTable(table, packed(table)) for table in page.tables.tables)
    text = _html_of(page, tables, library)
    most = MOST_SHARED_BYTES if library else MOST_BYTES
    excess = len(text.encode("utf-8", "replace")) - most
    if excess > 0:
        room = max(0, sum(len(table.data) for table in tables) - excess)
        text = _html_of(page, fitting(tables, room), library)
    return text


def _html_of(page: Page, tables: tuple[PackedTable, ...], library: str) -> str:
    return page_html(
        "page.html.j2",
        page.title,
        (plotly_source(), template_text("draw.js"), template_text("tables.js"), *panel_scripts(page)),
        library=library,
        name=page.name,
        context=page.context,
        headline=page.headline,
        lede=page.lede,
        measure_tables=page.measure_tables,
        sections=page.sections,
        facts=page.facts,
        sure_panels=page.sure_panels,
        appendices=page.appendices,
        tables=tables,
        behind=page.tables,
        footer=page.footer,
        links=page.links,
    )


def panel_scripts(page: Page) -> list[str]:
    """Scripts that panels of a page ask for, each once."""
    panels = [panel for part in page.sections for panel in part.panels]
    names = dict.fromkeys(name for panel in (*panels, *page.sure_panels) for name in panel.scripts)
    return [template_text(name) for name in names]


def template_text(name: str) -> str:
    """A file of the templates as it is, such as a script."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def page_html(template: str, title: str, scripts: Sequence[str], *, library: str = "", **content: object) -> str:
    """A whole page from a template that extends ``base.html.j2``: head, styles, policy and scripts are the same for all pages.

    Parameters
    ----------
    template
        File of the templates; its blocks may be `style` (more rules), `main` and `after`.
    title
        Plain text.
    scripts
        Sources of inline scripts in their order, free of ``</script``; the policy allows these and page.js alone, by hash.
    library
        Link to a file beside the page that takes the place of `plotly_source()`, see `library_for`. The policy then allows
        scripts from where the page comes from, never from another host.
    content
        What the template shows, beside `say`, `figure_json`, `safe_json`, `verdict_text`, `neutral`. Texts are plain and get
        escaped. `name` begins the names of downloads.
    """
    inline = [script for script in scripts if not library or script is not plotly_source()] + [template_text("page.js")]
    own = ["'self'", "file:"] if library else []
    environment = _environment()
    style = environment.get_template("style.css").render(
        dark={name: palette.DARK[colour] for colour, name in _NEUTRAL.items() if colour in palette.DARK},
        sentinels=[(_css_rgb(colour), name) for colour, name in _NEUTRAL.items()],
        font=Markup(palette.FONT),
    )
    # Plotly sets style attributes and inserts one style element, hence 'unsafe-inline' for styles alone.
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join([*own, *(hash_source(script) for script in inline)])}",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return environment.get_template(template).render(
        lang=TAGS[language()],
        policy=Markup(policy),
        title=title,
        style=Markup(style),
        scripts=[Markup(script) for script in inline],
        library=library,
        neutral=_NEUTRAL,
        figure_json=figure_json,
        data_json=data_json,
        safe_json=safe_json,
        say=say,
        verdict_text=verdict_text,
        **content,
    )


def notebook_html(context: Sequence[str], headline: str, lede: Sequence[str], tables: Sequence[MeasureTable]) -> str:
    """A short piece of HTML for a notebook: no scripts, no requests, styles inline; every text is escaped."""
    template = _environment().get_template("notebook.html.j2")
    return template.render(
        context=context, headline=headline, lede=lede, tables=tables, font=palette.FONT, verdict_text=verdict_text
    )


def write_page(page: Page, out: Path) -> Path:
    """Write the page, whole or not at all; with shared assets also the library beside it."""
    return write_output(out, html_of(page, library_for(out)).encode("utf-8", "replace"))


def library_for(out: Path) -> str:
    """The link from a page to the drawing library that pages share, which is written if it is not there; '' if they do not.

    It lies in the folder `assets` beside the page; beside the folder of results if the page is in one, so that all results of a
    folder share it. Its name has a part of its hash: pages of another version take another file.
    """
    if assets() != "shared":
        return ""
    source = plotly_source().encode()
    place = out.resolve().parent
    place = place.parent if any((place / name).is_file() for name in RESULTS) else place
    file = place / "assets" / f"plotly-{hashlib.sha256(source).hexdigest()[:12]}.min.js"
    if not file.is_file() or file.stat().st_size != len(source):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(file, source)
    return Path(os.path.relpath(file, out.resolve().parent)).as_posix()


def section(name: str, heading: str, panels: Sequence[Panel | None]) -> tuple[Section, ...]:
    """A section of the panels that exist, none if there are none; a panel that would stand alone in its row is made wide."""
    found = [panel for panel in panels if panel is not None]
    alone = False
    for i, panel in enumerate(found):
        last = i + 1 == len(found)
        alone = not panel.wide and not alone
        if alone and (last or found[i + 1].wide):
            found[i] = replace(panel, wide=True)
            alone = False
    return (Section(name, heading, tuple(found)),) if found else ()
