"""The one place that starts a browser: headless Chromium as a program, for PDF and for pictures, without the network.

No driver library is needed: `--print-to-pdf` prints a page, `--dump-dom` gives back what a page has drawn. The pages are ours,
complete in one file, and their Content-Security-Policy forbids every request; a profile of its own is made for each call and
thrown away.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.errors import UsageError
from sim.language import say
from sim.report.render import data_json, page_html, plotly_source, template_text

VARIABLE = "SPARESIM_CHROMIUM"
MOST_PAGES = 8
_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--metrics-recording-only",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=direct://",
    "--window-size=1240,1600",  # figures are drawn as on a wide screen, whatever the paper
)
_LONGEST_S = 180  # for one call; a page of thousands of points takes some seconds
_PATIENCE_MS = 60_000  # of virtual time: timers of the page fire as if it had passed
_LOW = "main {{ zoom: {zoom} }} .figure .svg-container {{ max-height: {height}px !important; margin: 0 auto }}"
_THREE = (
    ".panels { grid-template-columns: repeat(3, minmax(0, 1fr)) !important } .panels > .card { grid-column: auto !important }"
)
# A report that needs more than `MOST_PAGES` is printed smaller: lower figures first, then three in a row.
_SHRINKS = (
    "",
    _LOW.format(zoom=0.85, height=230),
    _LOW.format(zoom=0.8, height=220) + _THREE,
    _LOW.format(zoom=0.65, height=170) + _THREE,
)
_PAGE = re.compile(rb"/Type\s*/Page[^s]")
_DATE = re.compile(rb"/(CreationDate|ModDate)\s*\(D:[^)]*\)")


def find_chromium() -> str:
    """The browser's program.

    Raises
    ------
    UsageError
        If there is none, or the one named in the environment does not exist.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise UsageError(say("{variable} names '{path}', which is not a program", variable=VARIABLE, path=named))
        return found
    for name in _NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    raise UsageError(
        say(
            "this needs Chromium or Chrome, and none was found: install it (Debian, Ubuntu: apt install chromium) or name its "
            "program in {variable}",
            variable=VARIABLE,
        )
    )


def _run(page: str, name: str, *flags: str) -> bytes:
    """Open a page and return what the browser writes, to a file `out` in its folder or to its output."""
    program = find_chromium()
    sandbox = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()  # root cannot have one
    with tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True) as folder:
        source, out = Path(folder) / f"{name}.html", Path(folder) / "out"
        source.write_text(page, encoding="utf-8", newline="\n")
        profile = f"--user-data-dir={Path(folder) / 'profile'}"
        command = [program, *_FLAGS, *sandbox, profile, *(flag.replace("OUT", str(out)) for flag in flags), source.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, check=False, cwd=folder)
        except subprocess.TimeoutExpired:
            raise UsageError(say("{program} gave nothing within {n} s", program=program, n=_LONGEST_S)) from None
        except OSError as fault:
            raise UsageError(say("cannot start {program}: {fault}", program=program, fault=fault.strerror or fault)) from None
        found = out.read_bytes() if out.is_file() else done.stdout
        if done.returncode != 0 or not found:
            lines = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip() and "dbus" not in line]
            fault_text = lines[-1][:300] if lines else say("it ended with code {n}", n=done.returncode)
            raise UsageError(say("{program} drew nothing: {fault}", program=program, fault=fault_text))
        return found


def page_pdf(page: str, most_pages: int = MOST_PAGES) -> bytes:
    """A page of ours as PDF, all its figures drawn.

    Parameters
    ----------
    page
        The whole HTML text.
    most_pages
        It is printed smaller if it takes more.

    Raises
    ------
    UsageError
        If there is no browser or it fails.
    """
    found = b""
    for shrink in _SHRINKS:
        rule = f"<style>@media print {{ {shrink} }}</style></head>"
        sized = page.replace("</head>", rule, 1) if shrink else page
        found = _run(
            sized, "report", "--print-to-pdf=OUT", "--no-pdf-header-footer", f"--virtual-time-budget={_PATIENCE_MS}",
            "--run-all-compositor-stages-before-draw",
        )  # fmt: skip
        if count_pages(found) <= most_pages:
            break
    return _DATE.sub(lambda m: _same_length(m.group(0)), found)


def count_pages(pdf: bytes) -> int:
    """Pages of a PDF as Chromium writes it."""
    return len(_PAGE.findall(pdf))


def _same_length(date: bytes) -> bytes:
    """The date of making replaced, so that the same results give the same bytes; the file's offsets stay right."""
    start = date.index(b"D:") + 2
    return date[:start] + re.sub(rb"\d", b"0", date[start:]).replace(b"00000000", b"20000101", 1)


def pictures(figures: Sequence[Any], kind: str, width: int, height: int | None = None, scale: float = 1.0) -> list[bytes]:
    """Plotly figures as pictures, all by one start of the browser.

    Parameters
    ----------
    figures
        Plotly figures with a height of their own.
    kind
        'svg' or 'png'.
    width, height
        In CSS pixels; the figures' own height by default.
    scale
        Pixels of a PNG for one CSS pixel.
    """
    sized = []
    for figure in figures:
        content = figure.to_plotly_json()
        layout = {key: value for key, value in content["layout"].items() if key != "template"}
        layout |= {"width": width, "height": height or layout.get("height") or 360}
        sized.append({"data": content["data"], "layout": layout})
    page = page_html(
        "pictures.html.j2",
        "sparesim",
        (plotly_source(), template_text("pictures.js")),
        name="pictures",
        content=data_json({"figures": sized, "kind": kind, "scale": scale}),
    )
    dom = _run(page, "pictures", "--dump-dom", f"--virtual-time-budget={_PATIENCE_MS}").decode("utf-8")
    start = dom.rfind('<pre id="drawn">')
    drawn = html.unescape(dom[start + len('<pre id="drawn">') : dom.find("</pre>", start)]) if start >= 0 else ""
    if not drawn:
        raise UsageError(say("the browser drew no picture"))
    found = json.loads(drawn)
    if isinstance(found, str):
        raise UsageError(say("the browser drew no picture: {fault}", fault=found[:300]))
    return [_picture(text, kind) for text in found]


def _picture(address: str, kind: str) -> bytes:
    """The content of a data address."""
    head, _, body = address.partition(",")
    if head.endswith(";base64"):
        import base64

        return base64.b64decode(body)
    from urllib.parse import unquote_to_bytes

    content = unquote_to_bytes(body)
    return content if kind != "svg" else content.replace(b"\r\n", b"\n")
