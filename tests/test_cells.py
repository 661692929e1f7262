"""Cells of CSV files: never a formula, always read back as they were."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cells import guarded, unguarded
from sim.store import read_csv, read_csv_lines, write_csv

SIGNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n\uff1d\uff0b1e.5a中 ,\""), max_size=8) | st.text(max_size=20))
def test_texts_read_back_and_none_begins_like_a_formula(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    if cell and cell[0] in SIGNS:
        float(cell)  # numbers alone may begin with a sign


@pytest.mark.parametrize("text", ["-5", "+5.25", "-1e-07", "-inf", "- 5", "'t Hof", "fan", "", "3=2"])
def test_what_stays_as_it_is(text: str) -> None:
    assert guarded(text) == (f"'{text}" if text == "- 5" else text)


def test_a_file_is_safe_and_reads_back(tmp_path: Path) -> None:
    names = ["=1+2", "@SUM(A1)", "+49 30", "-", "\tx", "'=1", "''=1", "'quoted'", "山=川", "a\nb", "-5"]
    rows = [(name, -5.0, np.float64(-0.25), -7, None) for name in names]
    path = tmp_path / "a.csv"
    write_csv(path, ("=name", "value", "other", "count", "none"), rows)
    with path.open(encoding="utf-8", newline="") as stream:
        raw = list(csv.reader(stream))
    assert [row[0] for row in raw] == [
        "'=name", "'=1+2", "'@SUM(A1)", "'+49 30", "'-", "'\tx", "''=1", "'''=1", "'quoted'", "山=川", "a\nb", "-5",
    ]  # fmt: skip
    assert raw[1][1:] == ["-5.0", "-0.25", "-7", ""]
    assert [row[0] for row in read_csv(path)] == names
    assert next(read_csv_lines(path))[0] == "=name"
