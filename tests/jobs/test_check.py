"""`forestall.check`: what data hold, and what was rejected."""

import pandas as pd
import polars as pl

import forestall
from workshop import spoil


def test_data_without_faults_pass(company):
    steps = []
    result = forestall.check(company, progress=steps.append)
    assert result.passed
    assert result.error is None
    assert result.figures["rows"]["interactions"] == 5000
    assert result.to_dict() == result.summary() == result.figures
    assert steps == ["reading the tables"]


def test_too_many_rejected_rows_are_an_error_beside_the_figures_and_are_written(company, tmp_path):
    folder = tmp_path / "data"
    spoil(company, folder, interactions=lambda frame: pl.concat([frame, frame.head(50)]))
    assert forestall.check(folder).passed
    result = forestall.check(folder, max_rejected=0.001, rejected=tmp_path / "rejected")
    assert not result.passed
    assert "interactions lost 50 of 5050 rows (duplicate_key 50)" in str(result.error)
    assert result.figures["rejected"] == {"interactions": {"duplicate_key": 50}}
    assert pl.read_parquet(tmp_path / "rejected" / "interactions.parquet").height == 50


def test_tables_from_pandas_are_checked_too():
    tables = forestall.Tables(
        pd.DataFrame({"interaction_id": ["a", "b"], "started_at": ["2026-03-02T09:00:00Z"] * 2}),
        pd.DataFrame({"interaction_id": ["a"], "at": ["2026-03-02T09:01:00Z"], "kind": ["served"]}),
    )
    assert forestall.check(tables).figures["rows"] == {"interactions": 2, "events": 1, "feedback": 0}
