"""Tables of the appendix: all files of the folder, packed small, left out where they do not fit; one library for many pages."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path

import pytest
from fake_run import FakeRun

import sim
from sim.assets import assets, using_assets
from sim.cli import main
from sim.errors import UsageError
from sim.report import render
from sim.report.appendix import PackedTable, fitting, folder_tables, packed, run_tables, table_of
from sim.report.page import write_report
from sim.report.panel import DataTable
from sim.report.read import read_run
from sim.store import write_csv


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return FakeRun(points=40).write(tmp_path_factory.mktemp("runs") / "run")


def unpacked(text: str) -> object:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def test_every_file_of_the_folder_is_a_table(run: Path) -> None:
    found = run_tables(read_run(run))
    files = {path.name for path in run.glob("*.csv")}
    assert {table.file for table in found.tables} == files | {"summary.json"}
    assert [table.name for table in found.tables][:4] == ["measures", "stages", "tat", "points"]
    assert len({table.title for table in found.tables}) == len(found.tables)
    assert found.folder == "run"
    measures = found.tables[0]
    summary = json.loads((run / "summary.json").read_text())
    assert len(measures) == len(summary["kpis"])
    assert sorted(measures.columns[measures.head.index("kpi")]) == sorted(k["kpi"] for k in summary["kpis"])


def test_columns_are_numbers_only_where_every_cell_was_written_as_one(tmp_path: Path) -> None:
    rows = [("7", "007", 1 / 3, 5, "1e3", None), ("8", "12", -2e-9, 123456789, "1000.0", 2.5)]
    write_csv(tmp_path / "a.csv", ("site", "code", "x", "n", "odd", "some"), rows)
    table = table_of(tmp_path / "a.csv")
    assert table.columns == (("7", "8"), ("007", "12"), (0.3333333, -2e-9), (5, 123456789), ("1e3", "1000.0"), (None, 2.5))
    assert unpacked(packed(table)) == [list(column) for column in table.columns]


def test_large_tables_are_left_out_single_replications_first() -> None:
    tables = [PackedTable(DataTable(name, name, ("a",), ((1,),)), "x" * size) for name, size in
              (("daily", 50), ("replications", 20), ("points", 300), ("parts", 10))]  # fmt: skip
    assert [bool(one.data) for one in fitting(tables, 1000)] == [True] * 4
    assert [one.table.name for one in fitting(tables, 365) if one.data] == ["daily", "points", "parts"]
    assert [one.table.name for one in fitting(tables, 100) if one.data] == ["daily", "replications", "parts"]


def test_a_page_that_would_be_too_large_says_where_its_tables_are(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = write_report(run, run.parent / "whole.html").read_text(encoding="utf-8")
    size = len(whole.encode())
    monkeypatch.setattr(render, "MOST_BYTES", size - 100)
    page = write_report(run, run.parent / "smaller.html").read_text(encoding="utf-8")
    assert len(page.encode()) <= size - 100
    assert re.search(r"rows, too many for this page: \w+\.csv in the folder run", page)
    assert "too many for this page" not in whole


def test_a_file_beyond_reading_is_named(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.report.appendix.MOST_READ_BYTES", (run / "daily.csv").stat().st_size - 1)
    found = folder_tables(run)
    assert "daily.csv" in found.too_large
    assert "daily.csv" in found.files
    assert "daily" not in {table.name for table in found.tables}


def test_reports_share_a_library_beside_their_folders(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = FakeRun(points=10, wings=("parts",)).write(run.parent / "other")
    assert main(["report", str(run), str(other), "--assets", "shared"]) == 0
    page = (run / "report.html").read_text(encoding="utf-8")
    (library,) = (run.parent / "assets").iterdir()
    assert f'<script src="../assets/{library.name}"></script>' in page
    assert library.read_bytes() == render.plotly_source().encode()
    assert len(page.encode()) < 1_000_000
    policy = re.search(r"script-src ([^;]+);", page)
    assert policy is not None
    assert policy[1].split()[:2] == ["'self'", "file:"]
    assert all(source.startswith("'sha256-") for source in policy[1].split()[2:])
    out = sim.report(other, tmp_path / "alone.html", assets="shared")
    assert f'src="assets/{library.name}"' in out.read_text(encoding="utf-8")
    assert (tmp_path / "assets" / library.name).is_file()
    assert "src=" not in sim.report(other, tmp_path / "inline.html").read_text(encoding="utf-8").split("<script>")[0]
    capsys.readouterr()


def test_assets_are_one_of_two() -> None:
    with pytest.raises(UsageError, match="unknown assets 'cdn'; there are inline and shared"), using_assets("cdn"):
        pass
    assert assets() == "inline"
