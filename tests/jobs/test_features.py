"""`features`: the feature table of moments."""

from datetime import timedelta

import pandas as pd
import polars as pl
import pytest

import forestall
from forestall.errors import InputError, UsageError
from forestall.jobs.features import features
from forestall.publishing import open_file


def test_a_table_of_the_last_moments_is_returned_and_written_only_if_asked_for(company, tmp_path):
    table = features(company, output=tmp_path / "new" / "table.parquet")
    tables = forestall.read_tables(company)
    assert table.equals(forestall.feature_table(tables))
    assert pl.read_parquet(tmp_path / "new" / "table.parquet").equals(table)
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == [
        "table.parquet",
        "table.parquet.manifest.json",
    ]


def test_the_same_table_again_is_not_computed_again(company, tmp_path):
    file, steps = tmp_path / "table.parquet", []
    first = features(company, output=file)
    before = file.stat().st_mtime_ns
    assert features(company, output=file, progress=steps.append).equals(first)
    assert steps == ["reading the tables"]
    assert file.stat().st_mtime_ns == before
    features(company, output=file, as_of="2026-02-02T12:00Z", progress=steps.append)
    assert file.stat().st_mtime_ns > before


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_file_of_version_0_1_is_replaced_and_a_file_of_the_user_is_not(company, tmp_path, ending):
    file = tmp_path / f"table.{ending}"
    features(company, output=file)
    (tmp_path / f"table.{ending}.manifest.json").unlink()
    features(company, output=file)
    (tmp_path / f"table.{ending}.manifest.json").unlink()
    file.write_text("interaction_id,as_of\na,2026-02-02")
    with pytest.raises(
        UsageError, match=rf"table\.{ending} holds what no run of this kind wrote; nothing was"
    ):
        features(company, output=file)
    assert [item.name for item in tmp_path.iterdir()] == [file.name]


def test_a_file_in_the_working_folder_is_written(company, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    first = features(company, output="table.parquet")
    assert pl.read_parquet("table.parquet").equals(first)
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "notes.txt", "table.parquet", "table.parquet.manifest.json"
    ]  # fmt: skip


def test_two_jobs_at_once_on_one_file_are_refused(company, tmp_path):
    file = tmp_path / "table.parquet"
    with (
        open_file(file, lambda _: False),
        pytest.raises(UsageError, match=rf"{file} is being written by process \d+; wait"),
    ):
        features(company, output=file)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_job_leaves_the_old_file_and_its_draft_is_removed(company, tmp_path, monkeypatch):
    file = tmp_path / "table.parquet"
    first = features(company, output=file)
    monkeypatch.setattr(
        "forestall.publishing.single_file.move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: None)  # as after a kill
    with pytest.raises(KeyboardInterrupt):
        features(company, output=file, as_of="2026-02-02T12:00Z")
    monkeypatch.undo()
    assert pl.read_parquet(file).equals(first)
    assert [item for item in tmp_path.iterdir() if item.name.startswith(".table.parquet.forestall-")]
    features(company, output=file, as_of="2026-02-02T12:00Z")
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "table.parquet",
        "table.parquet.manifest.json",
    ]


def test_moments_are_a_frame_or_a_file_in_their_order(company, tmp_path):
    tables = forestall.read_tables(company)
    moments = forestall.default_moments(tables).head(5).reverse()
    moments.write_parquet(tmp_path / "moments.parquet")
    by_frame = features(tables, moments=moments)
    assert by_frame["interaction_id"].to_list() == moments["interaction_id"].to_list()
    assert features(company, moments=tmp_path / "moments.parquet").equals(by_frame)
    assert features(company, moments=moments.to_pandas()).equals(by_frame)


def test_a_time_takes_the_open_interactions_and_with_all_the_closed_ones(company):
    starts = forestall.read_tables(company).interactions["started_at"].sort()
    soon = starts[2500] + timedelta(seconds=2)  # this customer is still there
    some, every = features(company, as_of=soon), features(company, as_of=soon, all=True)
    assert 0 < some.height < every.height
    assert set(some["interaction_id"]) < set(every["interaction_id"])


def test_tables_from_pandas_give_pandas(company):
    tables = forestall.read_tables(company)
    few = tables.interactions.head(20)
    events = tables.events.join(few.select("interaction_id"), on="interaction_id", how="semi")
    table = features(forestall.Tables(few.to_pandas(), events.to_pandas()))
    assert isinstance(table, pd.DataFrame)
    assert table["interaction_id"].to_list() == few["interaction_id"].to_list()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"output": "table.txt"}, "--output must be a .parquet or .csv file, is table.txt"),
        ({"as_of": "2026-02-02", "moments": "m.csv"}, "give one of them"),
        ({"all": True}, "--all must be given with --as-of"),
    ],
)
def test_options_that_contradict_each_other_are_refused(company, options, said):
    with pytest.raises(UsageError, match=said):
        features(company, **options)


def test_a_moment_of_an_unknown_interaction_is_refused(company):
    moments = pl.DataFrame({"interaction_id": ["nobody"], "as_of": ["2026-02-02T12:00:00Z"]})
    with pytest.raises(InputError, match="moments names 1 moments of interactions that are not in the data"):
        features(company, moments=moments)
