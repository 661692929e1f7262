"""Opens pages in a headless Chromium: every request but for the page itself is blocked and counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
MARKS = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no chromium (Debian package chromium)")]


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser for the tests of a module."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page opened with every request but its own blocked and counted."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def open_page(
    browser: Any, path: Path, width: int = 1240, scheme: str = "light", also: Sequence[Path] = (), **options: Any
) -> Visit:
    """Open a page and wait for its figures; `also` are files that it may load, `options` those of the browser's context."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    page = context.new_page()
    seen = Visit(page)
    own = path.as_uri()
    allowed = {own, *(file.as_uri() for file in also)}

    def judge(route: Any) -> None:
        if route.request.url in allowed:
            route.continue_()
        else:
            seen.requests.append(route.request.url)
            route.abort()

    page.route("**/*", judge)
    page.on(
        "console", lambda message: seen.errors.append(message.text) if message.type in ("error", "warning", "trace") else None
    )
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(own)
    if options.get("java_script_enabled") is False:
        return seen
    for _ in range(200):  # wait_for_function would need the eval that the page's policy forbids
        if page.evaluate("document.querySelectorAll('.figure:not([data-drawn]):not([hidden])').length") == 0:
            break
        page.wait_for_timeout(100)
    return seen
