"""`forestall check-features`: exit code 0 or 1, a sentence for each fault, and the same figures as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import forestall
from forestall.simulation import simulate
from workshop import Run, error_of

TEXT = """from forestall.feature_terms import *

OWN = Family("own", "Own.", [
    Feature("word_s", elapsed(START, First("message", "staff")), "Until a word.", +1, "{value}", low=0),
    Feature("per_kg", number("price") / number("kg"), "Price of a kilogram.", reason="{value}"),
])
"""
MODEL = """
name: own
label: {scale: [1, 5], dissatisfied_at_or_below: 2}
context: {numeric: [kg]}
features: [own]
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import polars as pl

    folder = tmp_path_factory.mktemp("shop") / "data"
    simulate(folder, 300, seed=2)
    shop = pl.read_parquet(folder / "interactions.parquet")
    # as a text: it must be read as a number
    shop.with_columns(kg=(pl.int_range(pl.len()) % 4 + 1).cast(pl.String)).write_parquet(
        folder / "interactions.parquet"
    )
    (folder / "manifest.json").unlink(missing_ok=True)
    return folder


@pytest.mark.slow
def test_features_that_pass_and_features_that_do_not(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(TEXT)
    code, out, _ = run("check-features", "own", data, "--format", "json")
    said = json.loads(out)
    assert code == 0, out
    assert said["passed"]
    assert [one["feature"] for one in said["features"]] == ["own_word_s", "own_per_kg"]
    assert said["features"][0]["contributes_to"] == "context"
    assert len(said["rules"]) == 9
    (tmp_path / "own.py").write_text(TEXT.replace('number("kg")', "(number('kg') - 1)"))
    code, out, _ = run("check-features", "own.py", data)
    assert code == 1
    assert "the feature own_per_kg is not a finite number at some moments" in out


@pytest.mark.slow
def test_a_module_beside_model_yaml_is_checked_with_its_standards(
    run: Run, data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "models" / "own"
    folder.mkdir(parents=True)
    (folder / "model.yaml").write_text(MODEL)
    (folder / "own.py").write_text(TEXT)
    report = forestall.check_features("own", data, model=folder, interactions=100)
    assert report.passed
    assert 100 <= report.checked.n_interactions < 200
    (folder / "model.yaml").write_text(MODEL.replace("numeric", "categorical"))
    code, _, said = run("check-features", "own", data, "--model", folder)
    assert code == 1
    assert "read the column kg as a number, but 'context' in model.yaml has it as a text" in error_of(said)


def test_a_clock_is_an_error_and_a_module_that_is_not_there_wrong_usage(
    run: Run, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "clock.py").write_text("import time\n")
    code, _, said = run("check-features", "clock", data)
    assert code == 1
    assert "clock, line 1: imports time, which reads the wall clock" in error_of(said)
    code, _, said = run("check-features", "gone.py", data)
    assert code == 2
    assert "there is no such file" in error_of(said)
    assert run("check-features", "clock", data, "--interactions", 0)[0] == 2
