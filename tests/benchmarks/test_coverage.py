"""The measured coverage of intervals: what is stored, what the page says, and that the script still measures it."""

from __future__ import annotations

import json

import pytest

from benchmarks import coverage

STORED = json.loads(coverage.RESULTS.read_text())
KINDS = {
    "mean", "ratio of sums", "pooled quantile", "probability", "paired difference", "independent difference", "batch means",
    "batch means, ratio of sums",
}  # fmt: skip
ROWS = [row for model in STORED["models"].values() for row in model["rows"]]


def test_every_kind_was_measured_by_a_thousand_studies_of_both_models() -> None:
    assert set(STORED["models"]) == set(coverage.MODELS)
    for model in STORED["models"].values():
        assert {row["kind"] for row in model["rows"]} == KINDS
        assert model["studies"] >= 1000
        assert all(row["intervals"] >= 1000 for row in model["rows"])


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['model']}-{row['kind']}-{row['measure']}" for row in ROWS])
def test_coverage_is_between_93_and_97_percent(row: dict[str, float]) -> None:
    assert 0.93 <= row["coverage"] <= 0.97
    assert row["covered"] == pytest.approx(row["coverage"] * row["intervals"])
    assert row["low"] < row["coverage"] < row["high"]
    if row["truth"] is not None:  # the mean of the estimates, judged by their own spread
        error_of_mean = row["mean_half_width"] / 2 / row["intervals"] ** 0.5
        bias = 0.015 if row["kind"] in ("mean", "batch means") else 0.003  # a mean of ratios of short runs is biased
        assert abs(row["mean_estimate"] - row["truth"]) < 5 * error_of_mean + bias * abs(row["truth"])


def test_true_values_are_those_of_theory() -> None:
    for name, make in coverage.MODELS.items():
        model = make()
        for row in STORED["models"][name]["rows"]:
            known = {**model.means, **model.ratios} if "difference" not in row["kind"] else model.differences
            if row["measure"] in known:
                assert row["truth"] == pytest.approx(known[row["measure"]], rel=1e-9)
    assert coverage.queue_model().means == pytest.approx(
        {"contact.wait.mean": 0.1, "contact.wait_probability": 0.5, "contact.queue.mean": 0.5}
    )


def test_common_seeds_were_worth_it() -> None:
    gains = [gain for model in STORED["models"].values() for gain in model["variance_reduction"].values()]
    assert min(gains) > 2


def test_the_page_shows_what_is_stored() -> None:
    assert f"{coverage.BEGIN}\n{coverage.page_table(STORED)}\n{coverage.END}" in coverage.PAGE.read_text(encoding="utf-8")


def test_a_few_studies_are_measured_the_same_way() -> None:
    """Three studies hold few surprises: no interval of the right place and size misses by its whole width."""
    found = coverage.study_model(coverage.queue_model(), 3, lambda _: None)
    stored = {(row["kind"], row["measure"]): row for row in STORED["models"]["queue"]["rows"]}
    assert {(row["kind"], row["measure"]) for row in found["rows"]} == set(stored)
    for row in found["rows"]:
        want = stored[row["kind"], row["measure"]]
        assert row["mean_half_width"] == pytest.approx(want["mean_half_width"], rel=0.6)
        if row["truth"] is not None:
            assert abs(row["mean_estimate"] - row["truth"]) < 1.5 * want["mean_half_width"]
