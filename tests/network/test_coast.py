"""Deriving the coastlines: rings across the date line and round the pole, and the detail at which a vertex stands."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "network"))

from derive_coast import DETAILS, coded, decoded, levels, unwrapped


def test_arcs_are_joined_to_rings() -> None:
    topology = {
        "transform": {"scale": [0.5, 0.5], "translate": [10.0, 20.0]},
        "arcs": [[[0, 0], [2, 0], [0, 2]], [[0, 0], [0, 2], [2, 0]]],
        "objects": {"land": {"geometries": [{"arcs": [[[0, -2]]]}]}},
    }
    assert decoded(topology) == [[(10.0, 20.0), (11.0, 20.0), (11.0, 21.0), (10.0, 21.0)]]


def test_rings_go_on_beyond_the_date_line_and_along_the_pole() -> None:
    assert unwrapped([(170.0, 60.0), (-170.0, 60.0), (-170.0, 70.0), (170.0, 70.0)]) == [
        (170.0, 60.0), (190.0, 60.0), (190.0, 70.0), (170.0, 70.0),
    ]  # fmt: skip
    around = unwrapped([(-120.0, -70.0), (0.0, -70.0), (120.0, -70.0)])
    assert around == [(-120.0, -70.0), (0.0, -70.0), (120.0, -70.0), (240.0, -70.0), (240.0, -90.0), (-120.0, -90.0)]


def test_vertices_stand_as_long_as_they_stand_out() -> None:
    ring = [(0.0, 0.0), (5.0, 0.0), (10.0, 0.0), (10.0, 4.0), (5.0, 4.1), (0.0, 4.0)]
    found = levels(ring)
    assert found[1] == -1  # on a straight line
    assert 0 <= found[4] < len(DETAILS) - 1  # a small bump
    assert found[0] == found[3] == len(DETAILS) - 1
    code = coded(ring)
    assert code is not None
    assert code["xy"][:4] == [0, 0, 1000, 0]
    assert len(code["keep"]) == len(code["xy"]) // 2 == 5
