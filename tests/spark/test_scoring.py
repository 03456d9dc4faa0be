"""With Spark the packaged model gives the scores of batch scoring."""

import json
import random
import runpy
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import forestall
from companies import random_moments
from forestall.jobs.score import score
from forestall.registry import load
from workshop import Run, Work

RECIPE = Path(__file__).parents[2] / "pipelines" / "score_spark.py"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
RISKS = ["dissatisfaction_risk", "risk_low", "risk_high"]


@pytest.fixture(scope="module")
def some(work: Work) -> forestall.Tables:
    """Return tables of 400 interactions, two of which have no event."""
    tables = forestall.read_tables(work.data)
    first = tables.interactions.head(400)
    events = tables.events.join(first.slice(2), on="interaction_id", how="semi")
    feedback = tables.feedback.join(first, on="interaction_id", how="semi")
    return tables.replace(interactions=first, events=events, feedback=feedback)


def write_records(records: list[dict[str, Any]], folder: Path) -> None:
    """Write records as a table of Spark, with their nested fields as JSON."""
    nested = ("events", "history", "queue")
    rows = [{name: json.dumps(one[name]) if name in nested else one[name] for name in one} for one in records]
    folder.mkdir()
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / "part.parquet")


def test_a_scoring_job_with_spark_writes_the_same_rows(
    work: Work, some: forestall.Tables, spark: Any, tmp_path: Path
) -> None:
    told = {}
    for engine in ("local", "spark"):
        told[engine] = score(
            work.champion, some, output=tmp_path / engine, scored_at=NOON, reasons=True, language="da",
            engine=engine, tracking_uri=work.tracking_uri,
        ).figures  # fmt: skip
    assert told["local"] == told["spark"]
    here, there = (pl.read_parquet(tmp_path / engine / "scores" / "*.parquet") for engine in told)
    assert here.schema == there.schema
    assert here.equals(there, null_equal=True)
    assert here["dissatisfaction_risk"].null_count() == 2
    assert here["dissatisfaction_risk"].n_unique() > 100


def test_the_recipe_of_ten_lines_gives_the_same_risks(
    work: Work, some: forestall.Tables, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(work.champion, work.tracking_uri)
    write_records(forestall.records(some, forestall.default_moments(some)), tmp_path / "records")
    words = [(tmp_path / "records").as_uri(), (tmp_path / "scores").as_uri(), "--model", work.champion]
    monkeypatch.setattr(sys, "argv", ["score_spark", *words])
    runpy.run_path(str(RECIPE), run_name="__main__")
    rows = pl.read_parquet(tmp_path / "scores" / "*.parquet")
    answers = {row["interaction_id"]: row for row in rows.iter_rows(named=True)}
    expected = model.score(some)
    assert len(answers) == expected.height
    for name, *risks, quality in expected.select("interaction_id", *RISKS, "data_quality").iter_rows():
        answer = answers[name]
        assert answer["data_quality"] == quality
        if quality != "abstained":
            assert [answer[risk] for risk in RISKS] == pytest.approx(risks, abs=1e-12)


def test_values_that_are_null_in_spark_score_as_fields_left_out_of_records(
    work: Work, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spark has a column for every field, so that a field left out of some records is null in them."""
    model = load(work.champion, work.tracking_uri)
    tables = forestall.read_tables(work.data)
    moments = random_moments(tables, 300, seed=4).unique("interaction_id", maintain_order=True)
    draw = random.Random(4)
    keys = ("interaction_id", "started_at", "events")
    records = [
        {name: value for name, value in one.items() if name in keys or draw.random() > 0.15}
        for one in forestall.records(tables, moments)
    ]
    write_records(records, tmp_path / "records")
    words = [(tmp_path / "records").as_uri(), (tmp_path / "scores").as_uri(), "--model", work.champion]
    monkeypatch.setattr(sys, "argv", ["score_spark", *words])
    runpy.run_path(str(RECIPE), run_name="__main__")
    answers = pl.read_parquet(tmp_path / "scores" / "*.parquet").sort("interaction_id")
    expected = model.score(records).sort("interaction_id")
    assert 0.2 < (expected["data_quality"] == "partial").mean() < 0.9
    assert answers["data_quality"].to_list() == expected["data_quality"].to_list()
    for risk in RISKS:
        assert answers[risk].to_list() == pytest.approx(expected[risk].to_list(), abs=1e-12)


def test_an_unknown_engine_is_refused(run: Run, work: Work) -> None:
    code, _, said = run("score", work.champion, work.data, "--output", "out", "--engine", "abacus")
    assert code == 2
    assert "abacus" in said
