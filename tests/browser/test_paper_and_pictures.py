"""PDF and pictures by a real headless Chromium: pages counted, text in them, nothing asked of the network."""

from __future__ import annotations

import contextlib
import http.server
import re
import struct
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from fake_run import FakeRun

from sim import api
from sim.errors import UsageError
from sim.report.chromium import count_pages, find_chromium, page_pdf, pictures
from sim.report.exports import write_pdf, write_picture
from sim.report.render import html_of
from sim.report.stored import Stored, stored_run


def has_browser() -> bool:
    try:
        return bool(find_chromium())
    except UsageError:
        return False


pytestmark = [pytest.mark.browser, pytest.mark.skipif(not has_browser(), reason="no chromium (Debian package chromium)")]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return stored_run(FakeRun(points=60).write(tmp_path_factory.mktemp("runs") / "run"))


def streams(pdf: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(found.group(1))
        except zlib.error:
            continue


def letters_of(pdf: bytes) -> set[str]:
    """All letters that the fonts of a PDF can give back as text (its ToUnicode maps)."""
    found: set[str] = set()
    for content in streams(pdf):
        if b"beginbfchar" in content or b"beginbfrange" in content:
            for code in re.findall(rb"<[0-9A-Fa-f]{4}>\s*<([0-9A-Fa-f]{4})>", content):
                found.add(chr(int(code, 16)))
            for low, high, first in re.findall(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>", content):
                found |= {chr(int(first, 16) + i) for i in range(int(high, 16) - int(low, 16) + 1)}
    return found


def test_the_pdf_has_at_most_eight_pages_and_text(stored: Stored, tmp_path: Path) -> None:
    pdf = write_pdf(stored, tmp_path / "r.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert 5 <= count_pages(pdf) <= 8
    assert set("P90turnaround144limit✓✗≤") <= letters_of(pdf)
    shown = sum(content.count(b" TJ") + content.count(b" Tj") for content in streams(pdf))
    assert shown > 800  # texts of all figures, not of the first ones alone
    assert b"20000101" in pdf
    assert [path.name for path in tmp_path.iterdir()] == ["r.pdf"]


def test_a_long_page_is_printed_smaller(stored: Stored) -> None:
    assert count_pages(page_pdf(html_of(stored.page), 4)) <= 4  # it takes more as it is


def test_pictures_stand_alone(stored: Stored, tmp_path: Path) -> None:
    drawn = write_picture(stored, "stages", tmp_path / "s.svg", width=700).read_text(encoding="utf-8")
    root = ElementTree.fromstring(drawn)
    assert root.get("width") == "700"
    texts = "".join(root.itertext())
    assert "Wait for part" in texts  # the legend
    assert stored.figures["stages"].title[:30] in texts.replace("\u00a0", " ")
    assert not re.search(r"(href|src)=[\"']http", drawn)
    picture = api.export_figure(stored.folder, "tat", tmp_path / "t.png", width=500, height=400, scale=1.5).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture[16:24]) == (750, 600)


def test_nothing_is_asked_of_the_network() -> None:
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    figure = go.Figure(go.Scatter(x=[1, 2], y=[1, 2]))
    place = {"x": 0, "y": 1, "sizex": 1, "sizey": 1, "xref": "paper", "yref": "paper"}
    figure.update_layout(height=200, images=[{"source": f"{address}/image.png", **place}])
    with contextlib.suppress(UsageError):  # not drawn is well, asked is not
        pictures([figure], "svg", 300)
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    page = f'<!doctype html>{policy}<img src="{address}/p.png"><p>text'
    assert count_pages(page_pdf(page)) == 1
    server.shutdown()
    server.server_close()
    assert asked == []
