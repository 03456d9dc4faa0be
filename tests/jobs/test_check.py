"""`forestall.check`: what data hold, and what was rejected."""

import json

import pandas as pd
import polars as pl
import pytest

import forestall
from forestall.errors import UsageError
from forestall.json_text import json_text
from workshop import spoil


def test_data_without_faults_pass(company):
    steps = []
    result = forestall.check(company, progress=steps.append)
    assert result.passed
    assert result.error is None
    assert result.figures["rows"]["interactions"] == 5000
    assert result.to_dict().keys() == {*result.figures, "findings", "report"}
    assert result.summary()["findings"] == [f"{one.severity}: {one.found}" for one in result.findings]
    assert steps[0] == "reading the tables"


@pytest.mark.slow
def test_too_many_rejected_rows_are_an_error_beside_the_figures_and_are_written(company, tmp_path):
    folder = tmp_path / "data"
    spoil(company, folder, interactions=lambda frame: pl.concat([frame, frame.head(50)]))
    assert forestall.check(folder).passed
    result = forestall.check(folder, max_rejected=0.001, rejected=tmp_path / "rejected")
    assert not result.passed
    assert "interactions lost 50 of 5050 rows (duplicate_key 50)" in str(result.error)
    assert result.figures["rejected"] == {"interactions": {"duplicate_key": 50}}
    assert pl.read_parquet(tmp_path / "rejected" / "interactions.parquet").height == 50


@pytest.mark.slow
def test_rejected_rows_are_never_written_over_what_the_user_has(company, tmp_path):
    folder = tmp_path / "data"
    spoil(company, folder, interactions=lambda frame: pl.concat([frame, frame.head(50)]))
    before = (folder / "interactions.parquet").read_bytes()
    with pytest.raises(UsageError, match=r"no run of this kind wrote: 'events\.parquet'"):
        forestall.check(folder, rejected=folder)
    assert (folder / "interactions.parquet").read_bytes() == before
    for _ in range(2):
        forestall.check(folder, rejected=tmp_path / "rejected")
        (tmp_path / "rejected" / "manifest.json").unlink()  # as version 0.1 wrote it
    forestall.check(folder, output=tmp_path / "out", rejected=tmp_path / "out" / "rejected")
    assert (tmp_path / "out" / "rejected" / "interactions.parquet").is_file()


def test_tables_from_pandas_are_checked_too():
    tables = forestall.Tables(
        pd.DataFrame({"interaction_id": ["a", "b"], "started_at": ["2026-03-02T09:00:00Z"] * 2}),
        pd.DataFrame({"interaction_id": ["a"], "at": ["2026-03-02T09:01:00Z"], "kind": ["served"]}),
    )
    assert forestall.check(tables).figures["rows"] == {"interactions": 2, "events": 1, "feedback": 0}


@pytest.mark.slow
def test_a_report_is_written_and_an_earlier_one_replaced(company, tmp_path):
    folder, out = tmp_path / "data", tmp_path / "out"
    spoil(company, folder, interactions=lambda frame: pl.concat([frame, frame.head(50)]))
    result = forestall.check(folder, output=out)
    assert sorted(file.name for file in out.iterdir()) == [
        "check.json",
        "data_report.html",
        "manifest.json",
        "rejected",
    ]
    assert json.loads((out / "check.json").read_text()) == json.loads(json_text(result.to_dict()))
    assert result.summary()["written"] == str(out / "data_report.html")
    assert pl.read_parquet(out / "rejected" / "interactions.parquet").height == 50
    forestall.check(company, output=out)
    assert sorted(file.name for file in out.iterdir()) == ["check.json", "data_report.html", "manifest.json"]
    (out / "manifest.json").unlink()  # as version 0.1 wrote it
    forestall.check(company, output=out)
    (out / "manifest.json").unlink()
    (out / "data_report.html").rename(out / "mine.html")
    with pytest.raises(UsageError, match=r"holds what no run of this kind wrote: 'mine\.html'"):
        forestall.check(company, output=out)


def test_a_report_of_too_many_rejected_rows_is_written_too(company, tmp_path):
    folder = tmp_path / "data"
    spoil(company, folder, interactions=lambda frame: pl.concat([frame, frame]))
    result = forestall.check(folder, output=tmp_path / "out")
    assert not result.passed
    assert (tmp_path / "out" / "data_report.html").is_file()


def test_the_report_is_not_written_into_the_data_or_over_other_results(company, tmp_path):
    with pytest.raises(UsageError, match="--output must be another folder than the data"):
        forestall.check(company, output=company)
    (tmp_path / "summary.json").write_text('{"run_id": "other"}')
    with pytest.raises(UsageError, match="holds the results of run other"):
        forestall.check(company, output=tmp_path)
