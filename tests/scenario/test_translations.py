"""Texts of a scenario in other languages: carried to the manifest, merged over a base, no part of what is simulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from sim.errors import ScenarioError
from sim.experiment.study import run_study
from sim.language import LANGUAGES
from sim.scenario.load import load_plan
from sim.scenario.schema.scenario import ScenarioSpec

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
BASE = """
title: Base
question: How long?
run: {start: 2024-01-01, length: 2 days, replications: 1}
cases: {faults: {kind: hardware, rate: 5/day, channel: voice}}
contact_centres: {desk: {agents: 1, hours: always, handle_time: 6 min}}
not_modelled: [theft]
"""
TRANSLATED = BASE + "translations: {zh: {Base: 基准, 'How long?': 多久？, theft: 盗窃}}\n"
OTHER = "extends: base.yaml\ntitle: Other\ntranslations: {zh: {Other: 其他}}\n"


def plan_of(folder: Path, text: str, name: str = "base") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def chinese(path: Path) -> dict[str, str]:
    return dict(dict(load_plan(path).translations)["zh"])


def test_translations_change_no_digest(tmp_path: Path) -> None:
    plain = load_plan(plan_of(tmp_path, BASE, "plain"))
    told = load_plan(plan_of(tmp_path, TRANSLATED))
    assert (plain.digest, plain.study_digest) == (told.digest, told.study_digest)
    assert plain.translations == ()


def test_a_variant_keeps_the_translations_of_its_base_and_never_its_title(tmp_path: Path) -> None:
    plan_of(tmp_path, TRANSLATED)
    found = chinese(plan_of(tmp_path, OTHER, "other"))
    assert found == {"Base": "基准", "How long?": "多久？", "theft": "盗窃", "Other": "其他"}  # looked up by the text itself
    bare = "extends: base.yaml\ntitle: Third\n"
    assert "Third" not in chinese(plan_of(tmp_path, bare, "third"))


def test_they_are_in_the_manifest(tmp_path: Path) -> None:
    study = run_study(load_plan(plan_of(tmp_path, TRANSLATED)), tmp_path / "run", jobs=1)
    manifest = json.loads((study.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["title"] == "Base"
    assert manifest["translations"]["zh"]["Base"] == "基准"


@pytest.mark.parametrize("wrong", ["translations: {fr: {Base: Basis}}", "translations: {zh: {Base: [1]}}", "translations: [zh]"])
def test_other_languages_and_other_shapes_are_faults(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ScenarioError):
        load_plan(plan_of(tmp_path, BASE + wrong + "\n"))


def test_the_schema_knows_the_languages_of_reports() -> None:
    annotation = ScenarioSpec.model_fields["translations"].annotation
    assert set(get_args(get_args(annotation)[0])) == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize(
    "path", sorted(SCENARIOS.glob("hp-*.yaml")) + sorted(SCENARIOS.glob("asus-*.yaml")), ids=lambda p: p.stem
)
def test_seed_scenarios_are_translated_whole(path: Path) -> None:
    plan = load_plan(path)
    assert {plan.title, plan.question, *plan.notes} <= set(chinese(path))
